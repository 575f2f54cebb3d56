"""What is open now, in every room: vials, heads, tubes and cocktails, and which of them dies first?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from stockroom.db.columns import written
from stockroom.models import (
    Balance,
    Location,
    Lot,
    Patient,
    Person,
    Preparation,
    PreparationSession,
    Product,
    TreatmentSession,
)
from stockroom.queries.containers import open_board
from stockroom.queries.standing import standings_of_lots
from stockroom.queries.thrown_away_as import Goods
from stockroom.vocabulary import UNUSABLE_KINDS, ContainerType, ProductKind, Rule

_NEVER = datetime.max.replace(tzinfo=UTC)
CONTAINER, COCKTAIL = "container", "cocktail"
_SAID_ANYWAY = frozenset({Rule.BEYOND_USE, Rule.EXPIRED, Rule.OTHER_PATIENT})
_NOT_SHOWN = frozenset({"place_kind", "patients"})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThing:
    """A container that is open, or a cocktail (the part of it at one place) of which something is left."""

    kind: str
    uid: str
    """Of the container, or of the preparation."""
    short_code: str
    product_name: str
    strength: str
    lot_uid: str
    lot_number: str
    base_unit: str
    content_quantity: int
    left_quantity: int
    allocated_quantity: int
    since: datetime
    """When it was opened, or begun to be made."""
    by: str
    beyond_use_at: datetime | None
    place_uid: str
    place: str
    is_put_aside: bool
    """It stands in quarantine or among the returns."""
    serves_one: bool
    """It is for one patient only, whoever she is."""
    stopped_by: tuple[Rule, ...] = ()
    """What stops it beside its time, as far as `with_stops` has looked."""

    @property
    def line(self) -> str:
        """Its place in the list: a cocktail may lie in several places."""
        return f"{self.uid}.{self.place_uid}"

    @property
    def goods(self) -> Goods:
        """As what is thrown away is asked about (`thrown_away_as`)."""
        return self.lot_uid, self.short_code if self.kind == CONTAINER else None

    def is_past(self, now: datetime) -> bool:
        """Whether it is beyond its limit."""
        return self.beyond_use_at is not None and self.beyond_use_at <= now


def open_things(connection: Connection, clinic_id: int) -> tuple[OpenThing, ...]:
    """Give all that is open in the clinic, what dies first at the top; two statements."""
    found = [*_containers(connection, clinic_id), *_lying(connection, clinic_id)]
    return tuple(sorted(found, key=lambda each: (each.beyond_use_at or _NEVER, each.since, each.short_code)))


def with_stops(
    connection: Connection, clinic_id: int, shown: Iterable[OpenThing], *, now: datetime
) -> tuple[OpenThing, ...]:
    """Give the same things with what stops each; five statements at most.

    That its time is over stands with its limit, and that it is for one patient with the thing.
    """
    things = tuple(shown)
    lots = {each.lot_uid for each in things}
    standings = standings_of_lots(connection, clinic_id, lot_uids=lots, now=now)
    found = []
    for each in things:
        here = standings.get(each.lot_uid, {}).get(each.uid if each.kind == CONTAINER else each.place_uid)
        rules = () if here is None else tuple(rule for rule in here.rules if rule not in _SAID_ANYWAY)
        found.append(replace(each, stopped_by=rules))
    return tuple(found)


def _containers(connection: Connection, clinic_id: int) -> list[OpenThing]:
    return [
        OpenThing(
            kind=CONTAINER,
            uid=row.uid,
            short_code=row.short_code,
            product_name=row.product_name,
            strength=row.strength,
            lot_uid=row.lot_uid,
            lot_number=row.lot_number,
            base_unit=row.base_unit,
            content_quantity=row.content_quantity,
            left_quantity=row.left_quantity,
            allocated_quantity=row.allocated_quantity,
            since=row.opened_at,
            by=row.opened_by,
            beyond_use_at=row.beyond_use_at,
            place_uid=row.stands_in_uid,
            place=row.stands_in,
            is_put_aside=row.stands_in_kind in UNUSABLE_KINDS,
            serves_one=row.patient_uid is not None
            or row.one_patient_since is not None
            or row.container_type == ContainerType.SINGLE_DOSE,
        )
        for row in open_board(connection, clinic_id)
    ]


def _lying(connection: Connection, clinic_id: int) -> list[OpenThing]:
    rows = connection.execute(_cocktails(), {"clinic": clinic_id})
    return [
        OpenThing(
            **{name: value for name, value in row._mapping.items() if name not in _NOT_SHOWN},
            kind=COCKTAIL,
            strength="",
            content_quantity=1,
            is_put_aside=row.place_kind in UNUSABLE_KINDS,
            serves_one=row.patients == 1,
        )
        for row in rows
    ]


def _patients() -> Any:
    """For how many a cocktail is made by name; of one that is made for nobody yet several may get."""
    return (
        select(func.count(func.coalesce(Patient.merged_into_id, Patient.id).distinct()))
        .select_from(TreatmentSession)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .join(
            PreparationSession,
            and_(
                PreparationSession.clinic_id == TreatmentSession.clinic_id,
                PreparationSession.session_id == TreatmentSession.id,
            ),
        )
        .where(
            PreparationSession.clinic_id == Preparation.clinic_id,
            PreparationSession.preparation_id == Preparation.id,
            PreparationSession.ended_at.is_(None),
        )
        .correlate(Preparation)
        .scalar_subquery()
        .label("patients")
    )


@cache
def _cocktails() -> Any:
    """By the products that are mixtures, of which there are few: not by every lot that ever was."""
    mixtures = select(Product.id).where(Product.kind != ProductKind.MANUFACTURED)
    return (
        select(
            Preparation.uid,
            Preparation.short_code,
            Product.name.label("product_name"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.base_unit,
            Balance.quantity.label("left_quantity"),
            Balance.allocated.label("allocated_quantity"),
            Preparation.started_at.label("since"),
            Person.name.label("by"),
            Lot.beyond_use_at,
            Location.uid.label("place_uid"),
            Location.name.label("place"),
            Location.kind.label("place_kind"),
            _patients(),
        )
        .select_from(Balance)
        .join(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
        .join(Preparation, and_(Preparation.clinic_id == Lot.clinic_id, Preparation.lot_id == Lot.id))
        .join(Product, Product.id == Lot.product_id)
        .join(Person, Person.id == Preparation.started_by_id)
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .where(
            Balance.clinic_id == bindparam("clinic"),
            Balance.quantity > written(0),
            Balance.product_id.in_(mixtures),
        )
    )
