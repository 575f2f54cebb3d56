"""How is it written down what a receipt brought of orders, and that nothing more of a line is owed?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import insert, update

from stockroom.db.base import table_of
from stockroom.db.transaction import Work
from stockroom.models import OrderArrival, PurchaseOrderLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """So many whole presentations of a line of a receipt came for a line of an order."""

    line_id: int
    receipt_line_id: int
    count: int


def write_arrivals(work: Work, arrived: Sequence[Arrived]) -> None:
    """Write down what came; one statement.  Who calls it has judged under the lock that it fits."""
    work.connection.execute(
        insert(OrderArrival),
        [
            {
                "clinic_id": work.clinic_id,
                "purchase_order_line_id": each.line_id,
                "receipt_line_id": each.receipt_line_id,
                "arrived_count": each.count,
            }
            for each in arrived
        ],
    )


def close_order_lines(work: Work, line_ids: Sequence[int]) -> None:
    """Close lines of orders of which all came; one statement."""
    if not line_ids:
        return
    table = table_of(PurchaseOrderLine)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id.in_(line_ids))
        .values(version=table.c.version + 1, closed_at=work.recorded_at)
    )
