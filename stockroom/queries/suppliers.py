"""Who sells to us, and how do they sell each product?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, or_, select

from stockroom.models import Product, Supplier, SupplierItem
from stockroom.queries.finding_by_text import has
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """From whom a product is ordered."""

    product_uid: str
    supplier_uid: str
    supplier: str
    item_code: str
    pack_count: int
    lead_time_days: int | None


def offers_of(connection: Connection, product_uids: Sequence[str]) -> dict[str, Offer]:
    """Give by product whom it is ordered from: the preferred supplier, else the first by name; one statement."""
    if not product_uids:
        return {}
    rows = connection.execute(
        select(
            Product.uid.label("product_uid"),
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier"),
            SupplierItem.item_code,
            SupplierItem.pack_count,
            SupplierItem.lead_time_days,
        )
        .select_from(SupplierItem)
        .join(Product, Product.id == SupplierItem.product_id)
        .join(Supplier, Supplier.id == SupplierItem.supplier_id)
        .where(Product.uid.in_(product_uids))
        .order_by(SupplierItem.is_preferred, Supplier.name.desc())  # the last one of a product stays
    )
    return {row.product_uid: Offer(**row._mapping) for row in rows}


def items_of_supplier(
    connection: Connection, *, supplier_uid: str, text: str = "", offset: int = 0, limit: int = PAGE_ROWS
) -> tuple[SupplierItemRow, ...]:
    """Give a part of what a supplier sells, by name; `text` narrows it to names and item codes; one statement."""
    found = _items(supplier_uid, text).order_by(Product.name, Product.strength, Product.id)
    rows = connection.execute(found.offset(offset).limit(limit))
    return tuple(SupplierItemRow(**row._mapping) for row in rows)


def item_count(connection: Connection, *, supplier_uid: str, text: str = "") -> int:
    """Count what `items_of_supplier` gives in all; one statement."""
    counted = select(func.count()).select_from(_items(supplier_uid, text).subquery())
    return int(connection.execute(counted).scalar_one())


def item_of(connection: Connection, *, supplier_uid: str, product_uid: str) -> SupplierItemRow | None:
    """Give how a supplier sells one product; None where it does not; one statement."""
    row = connection.execute(_items(supplier_uid, "").where(Product.uid == product_uid)).first()
    return None if row is None else SupplierItemRow(**row._mapping)


def _items(supplier_uid: str, text: str) -> Any:
    found = (
        _sold().join(Supplier, Supplier.id == SupplierItem.supplier_id).where(Supplier.uid == supplier_uid)
    )
    return found.where(or_(has(Product.name, text), has(SupplierItem.item_code, text))) if text else found


def _sold() -> Any:
    return select(
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
    ).join(SupplierItem, SupplierItem.product_id == Product.id)


def supplier_items(
    connection: Connection, *, supplier_uid: str, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[SupplierItemRow]:
    """Give what a supplier sells, in the order of the catalogue; two statements.

    Raises ThingNotFound, CursorUnreadable.
    """
    named = one_by_uid(connection, Supplier, supplier_uid, thing="supplier")
    sold = _sold().where(SupplierItem.supplier_id == named.id)
    return page_of(
        connection, sold, Product, lambda row: SupplierItemRow(**row._mapping), after=after, limit=limit
    )
