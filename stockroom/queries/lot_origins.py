"""From whom did a lot come, when, and at which cost?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, and_, select

from stockroom.models import Lot, Person, Receipt, ReceiptLine, Supplier


@dataclass(frozen=True, slots=True, kw_only=True)
class LotOrigin:
    """A delivery, the opening stock or a pack taken in at the bench, by which some of a lot came."""

    receipt_uid: str
    supplier: str | None
    supplier_uid: str | None
    delivery_note: str
    arrived_at: datetime
    received_by: str
    books_begin_on: date | None
    at_bench: bool
    quantity: int
    cost_state: str
    unit_cost_minor: int | None
    """Of one whole presentation."""
    currency: str | None


def origins_of_lot(connection: Connection, clinic_id: int, *, lot_uid: str) -> tuple[LotOrigin, ...]:
    """Give by which deliveries a lot came, the newest first; one statement."""
    rows = connection.execute(
        select(
            Receipt.uid.label("receipt_uid"),
            Supplier.name.label("supplier"),
            Supplier.uid.label("supplier_uid"),
            Receipt.delivery_note,
            Receipt.arrived_at,
            Person.name.label("received_by"),
            Receipt.books_begin_on,
            Receipt.at_bench,
            ReceiptLine.quantity,
            ReceiptLine.cost_state,
            ReceiptLine.unit_cost_minor,
            ReceiptLine.currency,
        )
        .join(Receipt, and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id))
        .join(Lot, and_(Lot.clinic_id == ReceiptLine.clinic_id, Lot.id == ReceiptLine.lot_id))
        .join(Person, Person.id == Receipt.received_by_id)
        .outerjoin(Supplier, Supplier.id == Receipt.supplier_id)
        .where(ReceiptLine.clinic_id == clinic_id, Lot.uid == lot_uid)
        .order_by(Receipt.arrived_at.desc(), ReceiptLine.id.desc())
    )
    return tuple(LotOrigin(**row._mapping) for row in rows)
