"""Where was a product put when it came last?"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from stockroom.models import Line, Location, Lot, ReceiptLine
from stockroom.vocabulary import SHELF_KINDS, UNUSABLE_KINDS


def usual_places(connection: Connection, clinic_id: int, product_ids: Collection[int]) -> dict[int, Row[Any]]:
    """Give the place (`id`, `uid`, `name`) of the newest receipt of each product here; one statement.

    A product that never came, or only into places that are closed or not usable, is left out.
    """
    if not product_ids:
        return {}
    into: Any = and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id)
    by_line: Any = and_(Line.clinic_id == ReceiptLine.clinic_id, Line.id == ReceiptLine.line_id)
    newest = (
        select(Lot.product_id, func.max(ReceiptLine.id).label("receipt_line_id"))
        .select_from(Lot)
        .join(ReceiptLine, and_(ReceiptLine.clinic_id == Lot.clinic_id, ReceiptLine.lot_id == Lot.id))
        .join(Line, by_line)
        .join(Location, into)
        .where(
            Lot.clinic_id == clinic_id,
            Lot.product_id.in_(sorted(product_ids)),
            Location.closed_at.is_(None),
            Location.kind.in_(sorted(SHELF_KINDS - UNUSABLE_KINDS)),
        )
        .group_by(Lot.product_id)
        .subquery("newest")
    )
    rows = connection.execute(
        select(newest.c.product_id, Location.id, Location.uid, Location.name)
        .select_from(newest)
        .join(ReceiptLine, ReceiptLine.id == newest.c.receipt_line_id)
        .join(Line, by_line)
        .join(Location, into)
    )
    return {row.product_id: row for row in rows}
