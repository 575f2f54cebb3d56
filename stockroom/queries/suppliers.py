"""Who sells to us, and how do they sell each product?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from stockroom.models import Product, Supplier, SupplierItem
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.reads.finding import one_by_uid


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierRow:
    """A supplier, and how to reach it."""

    uid: str
    name: str
    contact: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierItemRow:
    """How one supplier sells one product; `uid` is the product's."""

    uid: str
    product_name: str
    strength: str
    item_code: str
    pack_count: int
    lead_time_days: int | None
    is_preferred: bool
    last_price_minor: int | None
    currency: str | None
    version: int

    @property
    def product_uid(self) -> str:
        return self.uid


def supplier(connection: Connection, *, uid: str) -> SupplierRow:
    """Give one supplier; one statement.  Raises ThingNotFound."""
    row = one_by_uid(connection, Supplier, uid, thing="supplier")
    return SupplierRow(uid=row.uid, name=row.name, contact=row.contact, version=row.version)


def supplier_items(
    connection: Connection, *, supplier_uid: str, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[SupplierItemRow]:
    """Give what a supplier sells, in the order of the catalogue; two statements.

    Raises ThingNotFound, CursorUnreadable.
    """
    named = one_by_uid(connection, Supplier, supplier_uid, thing="supplier")
    sold: Any = (
        select(
            Product.uid,
            Product.name.label("product_name"),
            Product.strength,
            SupplierItem.item_code,
            SupplierItem.pack_count,
            SupplierItem.lead_time_days,
            SupplierItem.is_preferred,
            SupplierItem.last_price_minor,
            SupplierItem.currency,
            SupplierItem.version,
        )
        .join(SupplierItem, SupplierItem.product_id == Product.id)
        .where(SupplierItem.supplier_id == named.id)
    )
    return page_of(
        connection, sold, Product, lambda row: SupplierItemRow(**row._mapping), after=after, limit=limit
    )
