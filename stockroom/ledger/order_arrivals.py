"""How is it written down what a receipt brought of orders, and that nothing more of a line is owed?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, insert, select, update

from stockroom.db.base import table_of
from stockroom.db.transaction import Work
from stockroom.ledger.order_rows import change_order_row
from stockroom.models import OrderArrival, PurchaseOrderLine, ReceiptLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """So many whole presentations of a line of a receipt came for a line of an order."""

    line_id: int
    receipt_line_id: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CameFor:
    """The same, of a receipt that was just booked, with the uids by which the journal names it."""

    line_id: int
    line_uid: str
    receipt_line_uid: str
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


def write_came(work: Work, came: Sequence[CameFor]) -> None:
    """Write down what a receipt brought that was booked in the same act; two statements."""
    rows = work.connection.execute(
        select(ReceiptLine.uid, ReceiptLine.id).where(
            ReceiptLine.uid.in_({each.receipt_line_uid for each in came})
        )
    )
    ids: dict[str, int] = {row.uid: row.id for row in rows}
    write_arrivals(
        work,
        [
            Arrived(line_id=each.line_id, receipt_line_id=ids[each.receipt_line_uid], count=each.count)
            for each in came
        ],
    )
    work.payload["arrived"] = [[each.line_uid, each.receipt_line_uid, each.count] for each in came]


def follow_orders(work: Work, orders: Iterable[tuple[Row[Any], Sequence[int]]]) -> None:
    """Close the lines (by id) of each order of which all came, and make the order a version newer.

    What else is unpacked of its supplier has to be looked at again: it would have closed the same lines
    (`change_order_row`).
    """
    changed = tuple(orders)
    close_order_lines(work, [line_id for _, fulfilled in changed for line_id in fulfilled])
    for row, _ in changed:
        change_order_row(work, row)


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
