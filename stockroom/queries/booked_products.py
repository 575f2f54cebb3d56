"""What do planned sessions take of products by day, and which products are short for them, and from when?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, select

from stockroom.db.compiled_once import Once
from stockroom.models import Product
from stockroom.queries.availability import ProductDay, outlook

_NAMED = Once(
    select(Product.id, Product.uid, Product.name, Product.strength).where(
        Product.id.in_(bindparam("ids", expanding=True))
    )
)
_ONE = Once(select(Product.id).where(Product.uid == bindparam("uid")))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortProduct:
    """A product that is short for a planned session, and the day of the first such."""

    product_uid: str
    name: str
    short_on: date


@dataclass(frozen=True, kw_only=True)
class Booked:
    """What planned sessions take of one product."""

    days: tuple[ProductDay, ...] = ()

    @property
    def short_on(self) -> date | None:
        return next((each.on for each in self.days if each.short), None)


def booked_of(
    connection: Connection, clinic_id: int, *, product_uid: str, now: datetime, zone: str | None = None
) -> Booked:
    """Give what planned sessions take of a product, day by day; a statement more than the outlook, if it has any."""
    days = outlook(connection, clinic_id, now=now, zone=zone).days
    if not days:
        return Booked()
    return Booked(days=days.get(_ONE.scalar(connection, {"uid": product_uid}), ()))


def short_products(connection: Connection, clinic_id: int, *, now: datetime) -> tuple[ShortProduct, ...]:
    """Give the products that are short for planned sessions, the first day first; one statement more than the outlook."""
    short = outlook(connection, clinic_id, now=now).short_products
    if not short:
        return ()
    rows = _NAMED.all(connection, {"ids": sorted(short)})
    found = [
        ShortProduct(product_uid=row.uid, name=f"{row.name} {row.strength}".strip(), short_on=short[row.id])
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (each.short_on, each.name.casefold())))
