"""What was delivered, in which state and at which cost?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from stockroom.errors import ThingNotFound
from stockroom.models import Line, Location, Lot, Movement, Person, Product, Receipt, ReceiptLine, Supplier
from stockroom.queries.finding_by_text import has
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """A delivery, or (without a supplier) opening stock or a pack that the bench received."""

    uid: str
    supplier_uid: str | None
    supplier: str | None
    delivery_note: str
    arrived_at: datetime
    state_on_arrival: str
    received_by_uid: str
    received_by: str
    movement_uid: str
    books_begin_on: date | None
    at_bench: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptLineRow:
    """One lot of a delivery with what it cost."""

    uid: str
    n: int
    lot_uid: str
    lot_number: str
    expires_on: date | None
    expires_at: datetime | None
    product_uid: str
    product_name: str
    base_unit: str
    content_quantity: int
    presentation: str
    location_uid: str
    location_name: str
    pack_count: int
    quantity: int
    cost_state: str
    unit_cost_minor: int | None
    currency: str | None
    serial: str | None
    raw_scan: str | None
    decision: str
    taken_off_quantity: int
    """What the bench had received of it before."""


@dataclass(frozen=True, kw_only=True)
class ReceiptShown:
    """A receipt with its lines."""

    receipt: ReceiptRow
    lines: tuple[ReceiptLineRow, ...]


def receipts(
    connection: Connection,
    clinic_id: int,
    *,
    supplier_uid: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ReceiptRow]:
    """Give the clinic's receipts, the newest first; one statement.  Raises CursorUnreadable."""
    statement = _receipts(clinic_id)
    if supplier_uid is not None:
        statement = statement.where(Supplier.uid == supplier_uid)
    return page_of(connection, statement, Receipt, _show, after=after, limit=limit, newest_first=True)


def receipts_listed(
    connection: Connection,
    clinic_id: int,
    *,
    supplier_uid: str | None = None,
    text: str = "",
    offset: int,
    limit: int,
) -> tuple[ReceiptRow, ...]:
    """Give a part of the clinic's receipts, the newest first; one statement.

    `supplier_uid` narrows them to one supplier's, `text` to delivery notes and suppliers that have it.
    """
    found = _narrowed(_receipts(clinic_id), supplier_uid, text).order_by(Receipt.id.desc())
    return tuple(_show(row) for row in connection.execute(found.offset(offset).limit(limit)))


def receipt_count(
    connection: Connection, clinic_id: int, *, supplier_uid: str | None = None, text: str = ""
) -> int:
    """Count what `receipts_listed` gives in all; one statement."""
    every = (
        select(func.count())
        .select_from(Receipt)
        .outerjoin(Supplier, Supplier.id == Receipt.supplier_id)
        .where(Receipt.clinic_id == clinic_id)
    )
    return int(connection.execute(_narrowed(every, supplier_uid, text)).scalar_one())


def _narrowed(statement: Any, supplier_uid: str | None, text: str) -> Any:
    if supplier_uid is not None:
        statement = statement.where(Supplier.uid == supplier_uid)
    if text:
        statement = statement.where(or_(has(Receipt.delivery_note, text), has(Supplier.name, text)))
    return statement


def receipt(connection: Connection, clinic_id: int, *, uid: str) -> ReceiptShown:
    """Give one receipt with its lines; two statements.  Raises ThingNotFound."""
    found = (
        connection.execute(_receipts(clinic_id).where(Receipt.uid == uid)).one_or_none()
        if is_uid(uid)
        else None
    )
    if found is None:
        raise ThingNotFound(thing="receipt", uid=uid[:40])
    lines = connection.execute(_lines(clinic_id).where(Receipt.uid == uid).order_by(ReceiptLine.n))
    return ReceiptShown(receipt=_show(found), lines=tuple(ReceiptLineRow(**row._mapping) for row in lines))


def _receipts(clinic_id: int) -> Any:
    return (
        select(
            Receipt.uid,
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier"),
            Receipt.delivery_note,
            Receipt.arrived_at,
            Receipt.state_on_arrival,
            Person.uid.label("received_by_uid"),
            Person.name.label("received_by"),
            Movement.uid.label("movement_uid"),
            Receipt.books_begin_on,
            Receipt.at_bench,
        )
        .select_from(Receipt)
        .join(Movement, and_(Movement.clinic_id == Receipt.clinic_id, Movement.id == Receipt.movement_id))
        .join(Person, Person.id == Receipt.received_by_id)
        .outerjoin(Supplier, Supplier.id == Receipt.supplier_id)
        .where(Receipt.clinic_id == clinic_id)
    )


def _lines(clinic_id: int) -> Any:
    return (
        select(
            ReceiptLine.uid,
            ReceiptLine.n,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Lot.expires_on,
            Lot.expires_at,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
            Product.content_quantity,
            Product.presentation,
            Location.uid.label("location_uid"),
            Location.name.label("location_name"),
            ReceiptLine.pack_count,
            ReceiptLine.quantity,
            ReceiptLine.cost_state,
            ReceiptLine.unit_cost_minor,
            ReceiptLine.currency,
            ReceiptLine.serial,
            ReceiptLine.raw_scan,
            ReceiptLine.decision,
            ReceiptLine.taken_off_quantity,
        )
        .select_from(ReceiptLine)
        .join(Receipt, and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id))
        .join(Line, and_(Line.clinic_id == ReceiptLine.clinic_id, Line.id == ReceiptLine.line_id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .join(Lot, and_(Lot.clinic_id == ReceiptLine.clinic_id, Lot.id == ReceiptLine.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(ReceiptLine.clinic_id == clinic_id)
    )


def _show(row: Row[Any]) -> ReceiptRow:
    return ReceiptRow(**row._mapping)
