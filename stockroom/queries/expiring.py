"""What will have to be thrown away soon?  Lots by printed expiry; containers and cocktails by their clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from msgspec import Struct
from sqlalchemy import BigInteger, Connection, and_, bindparam, cast, func, or_, select

from stockroom.db.compiled_once import Once
from stockroom.models import Balance, Container, Location, Lot, Product
from stockroom.queries.clinic_day import today_in
from stockroom.reads.in_stock import in_stock
from stockroom.reads.usable import standing, with_facts


class ExpiringLot(Struct, frozen=True, kw_only=True):
    """A lot in stock whose printed expiry is near or past."""

    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    content_quantity: int
    expires_on: date
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EndingThing:
    """An opened container, or a cocktail, whose clock is near its end or past it."""

    lot_uid: str
    lot_number: str
    product_name: str
    base_unit: str
    location_uid: str
    """The container itself, or where the cocktail lies."""
    container_code: str | None
    stands_in: str
    beyond_use_at: datetime
    quantity: int


_EXPIRING = Once(
    select(
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.base_unit,
        Product.content_quantity,
        Lot.expires_on,
        cast(func.sum(Balance.quantity), BigInteger).label("quantity"),
    )
    .select_from(Balance)
    .outerjoin(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
    .outerjoin(Product, Product.id == Lot.product_id)
    .where(in_stock(), func.coalesce(Lot.expires_on, date.max) <= bindparam("until"))
    .group_by(Lot.id, Product.id)
    .order_by(Lot.expires_on, Product.name, Lot.number)
)
"""Begins at what is in stock and joins outwards, so that SQLite does not begin at all that ever expired."""
_ENDING = Once(
    with_facts(
        select(
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.name.label("product_name"),
            Product.base_unit,
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
            Container.short_code.label("container_code"),
            standing.name.label("standing_name"),
            Lot.beyond_use_at.label("lot_limit"),
            Container.beyond_use_at.label("container_limit"),
            Balance.quantity,
        ).select_from(Balance)
    ).where(
        in_stock(),
        or_(Lot.beyond_use_at <= bindparam("until"), Container.beyond_use_at <= bindparam("until")),
    )
)


def expiring_lots(
    connection: Connection, clinic_id: int, *, now: datetime, days: int = 30
) -> tuple[ExpiringLot, ...]:
    """Give the lots in stock that expire within `days` days or have expired, the first first; two statements."""
    until = today_in(connection, clinic_id, now) + timedelta(days=days)
    rows = _EXPIRING.all(connection, {"clinic": clinic_id, "until": until})
    return tuple(ExpiringLot(**row._mapping) for row in rows)


def ending_things(
    connection: Connection, clinic_id: int, *, now: datetime, hours: int = 24
) -> tuple[EndingThing, ...]:
    """Give the opened containers and cocktails in stock that end within `hours` hours or have ended.

    One statement; what ends first comes first.
    """
    until = now + timedelta(hours=hours)
    rows = _ENDING.all(connection, {"clinic": clinic_id, "until": until})
    found = [
        EndingThing(
            lot_uid=row.lot_uid,
            lot_number=row.lot_number,
            product_name=row.product_name,
            base_unit=row.base_unit,
            location_uid=row.location_uid,
            container_code=row.container_code,
            stands_in=row.standing_name or row.location_name,
            beyond_use_at=min(at for at in (row.lot_limit, row.container_limit) if at is not None),
            quantity=row.quantity,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda thing: (thing.beyond_use_at, thing.lot_number)))
