"""How much of a product should this clinic, or one of its places, hold?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from stockroom.errors import ThingNotFound
from stockroom.models import Location, ParLevel, Product, StockLevel
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.reads.finding import one_by_uid


@dataclass(frozen=True, slots=True, kw_only=True)
class StockLevelRow:
    """Minimum and target in sealed presentations."""

    product_uid: str
    minimum_count: int
    target_count: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParLevelRow:
    """How many sealed presentations a place should hold; `uid` is the product's."""

    uid: str
    product_name: str
    strength: str
    par_count: int
    version: int

    @property
    def product_uid(self) -> str:
        return self.uid


def stock_level(connection: Connection, clinic_id: int, *, product_uid: str) -> StockLevelRow:
    """Give the clinic's level of a product; two statements.  Raises ThingNotFound, also where none is set."""
    product = one_by_uid(connection, Product, product_uid, thing="product")
    row = connection.execute(
        select(StockLevel.minimum_count, StockLevel.target_count, StockLevel.version).where(
            StockLevel.clinic_id == clinic_id, StockLevel.product_id == product.id
        )
    ).one_or_none()
    if row is None:
        raise ThingNotFound(thing="stock level of product", uid=product_uid)
    return StockLevelRow(product_uid=product_uid, **row._mapping)


def par_levels(
    connection: Connection,
    clinic_id: int,
    *,
    location_uid: str,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ParLevelRow]:
    """Give what a place should hold, in the order of the catalogue; two statements.

    Raises ThingNotFound, CursorUnreadable.
    """
    place = one_by_uid(connection, Location, location_uid, thing="place", clinic_id=clinic_id)
    held: Any = (
        select(
            Product.uid,
            Product.name.label("product_name"),
            Product.strength,
            ParLevel.par_count,
            ParLevel.version,
        )
        .join(ParLevel, ParLevel.product_id == Product.id)
        .where(ParLevel.clinic_id == clinic_id, ParLevel.location_id == place.id)
    )
    return page_of(
        connection, held, Product, lambda row: ParLevelRow(**row._mapping), after=after, limit=limit
    )
