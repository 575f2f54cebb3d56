"""Which products may a line of a recall's notice mean?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from stockroom.errors import ThingNotFound
from stockroom.models import Product
from stockroom.queries.paging import is_uid
from stockroom.vocabulary import ProductKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Something to be chosen, by uid and as people say it."""

    uid: str
    name: str


def products_to_recall(connection: Connection) -> tuple[Chosen, ...]:
    """Give the products that are bought, archived ones too, by name; one statement."""
    rows = connection.execute(
        select(Product.uid, Product.name, Product.strength)
        .where(Product.kind == ProductKind.MANUFACTURED)
        .order_by(Product.name, Product.strength, Product.id)
    )
    return tuple(Chosen(uid=row.uid, name=f"{row.name} {row.strength}".strip()) for row in rows)


def product_to_recall(connection: Connection, uid: str) -> Chosen:
    """Give one of them.  Raises ThingNotFound."""
    row = None
    if is_uid(uid):
        row = connection.execute(select(Product.name, Product.strength).where(Product.uid == uid)).first()
    if row is None:
        raise ThingNotFound(thing="product", uid=uid[:40])
    return Chosen(uid=uid, name=f"{row.name} {row.strength}".strip())
