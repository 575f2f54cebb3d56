"""Where does the demo happen?  A town with a clock of its own; every act goes through an operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from stockroom.actor import Actor
from stockroom.db.store import Store

Answer = TypeVar("Answer")
Operation = Callable[..., Answer]


@dataclass(kw_only=True)
class Shelf:
    """A place of a clinic."""

    uid: str
    name: str


@dataclass(kw_only=True)
class Vial:
    """An opened container that the staff of the demo have in hand."""

    uid: str
    left: int
    limit_at: datetime | None


@dataclass(kw_only=True)
class Product:
    """A product of the demo's list, with the ids that the catalogue gave it."""

    slug: str
    row: dict[str, str]
    uid: str = ""
    gtin: str = ""
    box_gtin: str = ""

    @property
    def content(self) -> int:
        return int(self.row["content"])

    @property
    def box_of(self) -> int:
        return int(self.row["box_of"])

    @property
    def is_opened(self) -> bool:
        """Whether several draws share one presentation."""
        return self.row["container_type"] in (
            "multi_dose",
            "pharmacy_bulk",
            "multi_use_topical",
            "counted_use",
        )

    @property
    def needs_prescriber(self) -> bool:
        return self.row["regulatory_class"] in ("medicine", "compounded")

    @property
    def is_cold(self) -> bool:
        return self.row["storage"] == "refrigerated"


@dataclass(frozen=True, kw_only=True)
class Loan:
    """Goods on their way from the other clinic."""

    transfer_uid: str
    slug: str
    quantity: int


@dataclass(kw_only=True)
class House:
    """One clinic of the demo: its people, places, sealed stock by count, and opened vials."""

    name: str
    zone: ZoneInfo
    uid: str
    actors: dict[str, Actor] = field(default_factory=dict)
    person_uids: dict[str, str] = field(default_factory=dict)
    shelves: dict[str, Shelf] = field(default_factory=dict)
    sealed: dict[str, int] = field(default_factory=dict)
    """Presentations on the shelf, by product slug, as the staff believe."""
    open_vials: dict[str, Vial] = field(default_factory=dict)
    loans: list[Loan] = field(default_factory=list)
    order_uids: dict[str, str] = field(default_factory=dict)
    """What was sent to suppliers and has not come, by supplier."""
    lot_count: int = 0
    box_uids: dict[str, str] = field(default_factory=dict)
    """The sharps box that stands in each room."""
    device_uids: dict[str, str] = field(default_factory=dict)
    with_gun: list[str] = field(default_factory=list)
    """The sessions in which the mesogun was used."""

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """An instant by the clinic's wall clock."""
        return datetime.combine(day, time(hour, minute), tzinfo=self.zone)

    def shelf_for(self, product: Product) -> Shelf:
        return self.shelves["Fridge" if product.is_cold else "Cupboard"]


@dataclass(kw_only=True)
class Town:
    """The organisation: its store, seed, products and clinics, and how many acts have been done."""

    store: Store
    random: Random
    system: Actor
    until: datetime
    """The present: nothing in the demo happens later."""
    products: dict[str, Product] = field(default_factory=dict)
    supplier_uids: dict[str, str] = field(default_factory=dict)
    recipe_uids: dict[str, str] = field(default_factory=dict)
    recipes: dict[str, dict[str, str]] = field(default_factory=dict)
    houses: list[House] = field(default_factory=list)
    ingredient_uids: dict[str, str] = field(default_factory=dict)
    act_count: int = 0

    def do(self, operation: Any, command: object, *, by: Actor, at: datetime) -> Any:
        """Carry out one operation at an instant of the demo's own clock, under a key of its own."""
        self.act_count += 1
        return operation(self.store, command, actor=by, key=f"demo-{self.act_count}", now=at)


def minutes(count: float) -> timedelta:
    """So many minutes."""
    return timedelta(minutes=count)
