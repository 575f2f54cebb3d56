"""What should lie at each place, what of it lies there, and where is more of it?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, and_, bindparam, select

from stockroom.db.columns import UTCDateTime
from stockroom.models import Balance, Container, Location, Lot, ParLevel, Product
from stockroom.reads.in_stock import in_stock
from stockroom.reads.usable import is_usable, with_facts
from stockroom.vocabulary import LocationKind

_NOW: Any = bindparam("now", type_=UTCDateTime())
_TODAY: Any = bindparam("today", type_=Date())
_PARS = (
    select(
        ParLevel.location_id,
        ParLevel.product_id,
        ParLevel.par_count,
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.presentation,
        Product.content_quantity,
        Location.uid.label("location_uid"),
        Location.name.label("place"),
        Location.kind.label("place_kind"),
    )
    .join(Product, Product.id == ParLevel.product_id)
    .join(Location, and_(Location.clinic_id == ParLevel.clinic_id, Location.id == ParLevel.location_id))
    .where(ParLevel.clinic_id == bindparam("clinic"), ParLevel.par_count > 0, Location.closed_at.is_(None))
    .order_by(Location.name, Product.name, Product.strength)
)
_LYING: Any = (
    with_facts(
        select(
            Balance.product_id,
            Balance.location_id,
            Balance.quantity,
            Location.uid.label("location_uid"),
            Location.name.label("place"),
            Location.kind.label("place_kind"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Lot.expires_on,
        ).select_from(Balance)
    )
    .where(
        in_stock(),
        Balance.product_id.in_(bindparam("products", expanding=True)),
        Container.location_id.is_(None),
        is_usable(now=_NOW, today=_TODAY),
    )
    .order_by(Lot.expires_on.is_(None), Lot.expires_on, Lot.number)
)
_AT_PLACE = (
    select(Lot.expires_on)
    .join_from(Balance, Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
    .where(in_stock(), Balance.location_id == bindparam("location"), Lot.expires_on.is_not(None))
    .order_by(Lot.expires_on)
    .limit(1)
)
STORES = frozenset({LocationKind.FRIDGE, LocationKind.FREEZER, LocationKind.CUPBOARD})
"""Kinds of place from which rooms are filled up."""


@dataclass(frozen=True, kw_only=True)
class Lying:
    """Usable, sealed presentations of one lot at one place."""

    location_id: int
    location_uid: str
    place: str
    place_kind: str
    lot_uid: str
    lot_number: str
    expires_on: date | None
    count: int


@dataclass(frozen=True, kw_only=True)
class Par:
    """How many presentations of a product should lie at a place, and how many usable ones do."""

    location_id: int
    location_uid: str
    place: str
    place_kind: str
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    par_count: int
    here: tuple[Lying, ...]
    elsewhere: tuple[Lying, ...]
    """What lies at other places, what expires first at the top."""

    @property
    def here_count(self) -> int:
        return sum(each.count for each in self.here)

    @property
    def missing_count(self) -> int:
        return max(0, self.par_count - self.here_count)


def pars(connection: Connection, clinic_id: int, *, now: datetime, today: date) -> tuple[Par, ...]:
    """Give what should lie at each open place of the clinic, place by place; two statements."""
    asked = connection.execute(_PARS, {"clinic": clinic_id}).all()
    if not asked:
        return ()
    lying = _lying(connection, clinic_id, {row.product_id: row.content_quantity for row in asked}, now, today)
    return tuple(_par(row, lying[row.product_id]) for row in asked)


def earliest_expiry_at(connection: Connection, clinic_id: int, location_id: int) -> date | None:
    """Give the first expiry of all that lies at a place, past ones too; one statement."""
    found: date | None = connection.execute(
        _AT_PLACE, {"clinic": clinic_id, "location": location_id}
    ).scalar_one_or_none()
    return found


def _lying(
    connection: Connection, clinic_id: int, contents: dict[int, int], now: datetime, today: date
) -> dict[int, list[Lying]]:
    rows = connection.execute(
        _LYING, {"clinic": clinic_id, "products": sorted(contents), "now": now, "today": today}
    )
    found: dict[int, list[Lying]] = defaultdict(list)
    for row in rows:
        found[row.product_id].append(
            Lying(
                location_id=row.location_id,
                location_uid=row.location_uid,
                place=row.place,
                place_kind=row.place_kind,
                lot_uid=row.lot_uid,
                lot_number=row.lot_number,
                expires_on=row.expires_on,
                count=row.quantity // contents[row.product_id],
            )
        )
    return found


def _par(row: Any, lying: Iterable[Lying]) -> Par:
    everywhere = tuple(lying)
    return Par(
        location_id=row.location_id,
        location_uid=row.location_uid,
        place=row.place,
        place_kind=row.place_kind,
        product_uid=row.product_uid,
        product_name=row.product_name,
        strength=row.strength,
        presentation=row.presentation,
        par_count=row.par_count,
        here=tuple(each for each in everywhere if each.location_id == row.location_id),
        elsewhere=tuple(each for each in everywhere if each.location_id != row.location_id),
    )
