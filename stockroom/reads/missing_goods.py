"""What has to be booked before a thing that happened can be: a delivery that is missing, or a count?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import Connection, and_, select

from stockroom.errors import Conflict, extracted
from stockroom.models import Receipt, ReceiptLine
from stockroom.reads.asked_things import Asked
from stockroom.rules.usability import Thing


@dataclass(eq=False, kw_only=True)
class NotInTheBooks(Conflict):
    """More was used than the books say was there (L4): something else has to be recorded first."""

    code: ClassVar[str] = "not_in_the_books"
    message: ClassVar[str] = extracted(
        "More of lot {lot_number} was used than the books have of it at {place}. "
        "Record the delivery that is missing (the last one booked is {last_receipt}), or count lot "
        "{lot_number} at {place}; then record this use again."
    )
    lot_number: str
    place: str
    used: int
    on_hand: int
    last_receipt: str


def not_in_the_books(
    connection: Connection, clinic_id: int, asked: Asked, *, used: int, thing: Thing | None = None
) -> NotInTheBooks:
    """Give the refusal that names the last delivery of the lot, in one statement; none for no thing."""
    number = thing.lot_number if thing else (asked.scan.lot_number if asked.scan else None) or "?"
    last_receipt = None
    if thing is not None:
        last_receipt = connection.execute(
            select(Receipt.uid)
            .join(
                ReceiptLine,
                and_(ReceiptLine.clinic_id == Receipt.clinic_id, ReceiptLine.receipt_id == Receipt.id),
            )
            .where(Receipt.clinic_id == clinic_id, ReceiptLine.lot_id == thing.lot_id)
            .order_by(Receipt.id.desc())
            .limit(1)
        ).scalar_one_or_none()
    return NotInTheBooks(
        lot_number=number,
        place=(thing.container_code or thing.location_name) if thing else "?",
        used=used,
        on_hand=thing.quantity if thing else 0,
        last_receipt=last_receipt or "none",
    )
