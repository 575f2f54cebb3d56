"""How far has a clinic come from nothing to its first scan?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from stockroom.models import Movement, Receipt, ReceiptLine, Usage
from stockroom.vocabulary import MovementKind


@dataclass(frozen=True, kw_only=True)
class FirstSteps:
    """What a clinic's books say of its beginning."""

    opening_line_count: int
    """Lines of opening stock."""
    is_under_way: bool
    """Goods have come, gone or moved: it works."""
    has_scanned: bool
    """Something was booked by a scan."""


def first_steps(connection: Connection, clinic_id: int) -> FirstSteps:
    """Look at a clinic's books, in one statement."""
    opening = (
        select(func.count())
        .select_from(ReceiptLine)
        .join(Receipt, (Receipt.clinic_id == ReceiptLine.clinic_id) & (Receipt.id == ReceiptLine.receipt_id))
        .where(ReceiptLine.clinic_id == clinic_id, Receipt.books_begin_on.is_not(None))
        .scalar_subquery()
    )
    other = select(Movement.id).where(
        Movement.clinic_id == clinic_id, Movement.kind != MovementKind.BRING_FORWARD
    )
    received = select(ReceiptLine.id).where(
        ReceiptLine.clinic_id == clinic_id, ReceiptLine.raw_scan.is_not(None)
    )
    used = select(Usage.line_id).where(Usage.clinic_id == clinic_id, Usage.raw_scan.is_not(None))
    row = connection.execute(
        select(
            opening.label("opening"),
            other.exists().label("moved"),
            (received.exists() | used.exists()).label("scanned"),
        )
    ).one()
    return FirstSteps(
        opening_line_count=row.opening, is_under_way=bool(row.moved), has_scanned=bool(row.scanned)
    )


def is_under_way(connection: Connection, clinic_id: int) -> bool:
    """True when anything but opening stock was booked in a clinic."""
    statement = (
        select(Movement.id)
        .where(Movement.clinic_id == clinic_id, Movement.kind != MovementKind.BRING_FORWARD)
        .limit(1)
    )
    return connection.execute(statement).first() is not None
