"""Which packs did the bench receive that no delivery has taken off yet?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select

from stockroom.models import Line, Location, Lot, Person, Product, Receipt, ReceiptLine
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.reads.bench_receipts import IS_MATCHED, IS_REVERSED


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReceiptRow:
    """A pack that was received at the bench."""

    uid: str
    received_at: datetime
    received_by: str
    lot_uid: str
    lot_number: str
    expires_on: date | None
    expires_at: datetime | None
    product_uid: str
    product_name: str
    base_unit: str
    content_quantity: int
    presentation: str
    quantity: int
    location_uid: str
    location_name: str


def unmatched_bench_receipts(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[BenchReceiptRow]:
    """Give what the bench received and no delivery has taken off, the newest first; one statement.

    Raises CursorUnreadable.
    """
    statement: Any = (
        select(
            Receipt.uid,
            Receipt.arrived_at.label("received_at"),
            Person.name.label("received_by"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Lot.expires_on,
            Lot.expires_at,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
            Product.content_quantity,
            Product.presentation,
            ReceiptLine.quantity,
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
        )
        .select_from(Receipt)
        .join(
            ReceiptLine,
            and_(ReceiptLine.clinic_id == Receipt.clinic_id, ReceiptLine.receipt_id == Receipt.id),
        )
        .join(Line, and_(Line.clinic_id == ReceiptLine.clinic_id, Line.id == ReceiptLine.line_id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .join(Lot, and_(Lot.clinic_id == ReceiptLine.clinic_id, Lot.id == ReceiptLine.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Person, Person.id == Receipt.received_by_id)
        .where(Receipt.clinic_id == clinic_id, Receipt.at_bench, ~IS_REVERSED, ~IS_MATCHED)
    )
    return page_of(connection, statement, Receipt, _show, after=after, limit=limit, newest_first=True)


def _show(row: Row[Any]) -> BenchReceiptRow:
    return BenchReceiptRow(**row._mapping)
