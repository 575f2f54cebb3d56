"""How is it written down that somebody went on with an order?  Its version counts every change of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Row, and_, cast, func, insert, select, update

from stockroom.db.base import table_of
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.delivery_rows import look_again
from stockroom.models import OrderArrival, PurchaseOrder, PurchaseOrderLine, ReceiptLine, SupplierAnswer


@dataclass(frozen=True, kw_only=True)
class OrderWritten:
    """An order and its version now."""

    order_uid: str
    version: int


def add_order_row(work: Work, supplier_id: int) -> str:
    """Begin a draft without lines; give its public id.  Its version is 1."""
    uid = new_uid(work.now)
    work.connection.execute(
        insert(PurchaseOrder).values(
            uid=uid,
            clinic_id=work.clinic_id,
            supplier_id=supplier_id,
            started_by_id=work.actor.person_id,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
    )
    return uid


def change_order_row(work: Work, order: Row[Any], **values: object) -> int:
    """Write these values and count the change; give the new version.

    Of an order that was sent, the deliveries that are being unpacked have to be looked at again: another
    number is owed now.
    """
    table = table_of(PurchaseOrder)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == order.id)
        .values(version=order.version + 1, updated_at=work.recorded_at, **values)
    )
    if order.ordered_at is not None or "ordered_at" in values:
        look_again(work, order.supplier_id)
    return int(order.version) + 1


def change_order_line_row(work: Work, line: Row[Any], **values: object) -> int:
    """Write these values of a line; give its new version."""
    table = table_of(PurchaseOrderLine)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == line.id)
        .values(version=line.version + 1, **values)
    )
    return int(line.version) + 1


def note_answer(
    work: Work,
    line: Row[Any],
    *,
    expected_on: date | None,
    none_until: date | None,
    rest_is_coming: bool,
    words: str,
) -> None:
    """Keep what the supplier said of a line beside what it said before."""
    work.connection.execute(
        insert(SupplierAnswer).values(
            clinic_id=work.clinic_id,
            purchase_order_line_id=line.id,
            said_at=work.recorded_at,
            said_by_id=work.actor.person_id,
            expected_on=expected_on,
            none_until=none_until,
            rest_is_coming=rest_is_coming,
            words=words,
        )
    )


def owe_again(work: Work, line_ids: Iterable[int | None]) -> None:
    """Open the lines of orders that were closed because of goods whose receipt is taken back.

    `line_ids` are the lines of the books that are reversed.  A line that was closed because the rest was not
    coming stays closed.  Two statements, and two for each line and order that is concerned.
    """
    taken = {line_id for line_id in line_ids if line_id is not None}
    if not taken:
        return
    every: Any = cast(func.sum(OrderArrival.arrived_count), BigInteger)
    brought = and_(
        ReceiptLine.clinic_id == OrderArrival.clinic_id, ReceiptLine.id == OrderArrival.receipt_line_id
    )
    concerned = (
        select(OrderArrival.purchase_order_line_id)
        .join(ReceiptLine, brought)
        .where(OrderArrival.clinic_id == work.clinic_id, ReceiptLine.line_id.in_(taken))
    )
    closed: Any = (
        select(PurchaseOrderLine.id, PurchaseOrderLine.version)
        .join(
            OrderArrival,
            and_(
                OrderArrival.clinic_id == PurchaseOrderLine.clinic_id,
                OrderArrival.purchase_order_line_id == PurchaseOrderLine.id,
            ),
        )
        .where(
            PurchaseOrderLine.clinic_id == work.clinic_id,
            PurchaseOrderLine.id.in_(concerned),
            PurchaseOrderLine.closed_at.is_not(None),
        )
        .group_by(
            PurchaseOrderLine.id,
            PurchaseOrderLine.version,
            PurchaseOrderLine.pack_count,
            PurchaseOrderLine.packs_ordered,
        )
        .having(every >= PurchaseOrderLine.pack_count * PurchaseOrderLine.packs_ordered)
    )
    for row in work.connection.execute(closed).all():
        change_order_line_row(work, row, closed_at=None)
    orders = work.connection.execute(
        select(PurchaseOrder.__table__)
        .where(
            PurchaseOrder.clinic_id == work.clinic_id,
            PurchaseOrder.id.in_(
                select(PurchaseOrderLine.purchase_order_id).where(
                    PurchaseOrderLine.clinic_id == work.clinic_id, PurchaseOrderLine.id.in_(concerned)
                )
            ),
        )
        .order_by(PurchaseOrder.id)
    ).all()
    for order in orders:
        change_order_row(work, order)
