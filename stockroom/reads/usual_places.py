"""Where was a product put when it came last?"""

from __future__ import annotations

from sqlalchemy import Connection, and_, select

from stockroom.models import Line, Location, Lot, ReceiptLine
from stockroom.vocabulary import SHELF_KINDS, UNUSABLE_KINDS


def usual_place_id(connection: Connection, clinic_id: int, product_id: int) -> int | None:
    """Give the place of the newest receipt of a product here; None when it never came or the place is closed."""
    return connection.execute(
        select(Location.id)
        .select_from(Lot)
        .join(ReceiptLine, and_(ReceiptLine.clinic_id == Lot.clinic_id, ReceiptLine.lot_id == Lot.id))
        .join(Line, and_(Line.clinic_id == ReceiptLine.clinic_id, Line.id == ReceiptLine.line_id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .where(
            Lot.clinic_id == clinic_id,
            Lot.product_id == product_id,
            Location.closed_at.is_(None),
            Location.kind.in_(SHELF_KINDS - UNUSABLE_KINDS),
        )
        .order_by(ReceiptLine.id.desc())
        .limit(1)
    ).scalar_one_or_none()
