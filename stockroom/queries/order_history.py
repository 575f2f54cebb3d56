"""What happened to an order: who wrote, sent and called it off, what the supplier said, what came?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Line,
    OrderArrival,
    Person,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
    SupplierAnswer,
)
from stockroom.queries.purchase_orders import OrderRow


class OrderHappening(StrEnum):
    """What may happen to an order."""

    STARTED = "started"
    ORDERED = "ordered"
    ANSWERED = "answered"
    ARRIVED = "arrived"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEvent:
    """One thing that happened, by whom it was done or written down."""

    kind: OrderHappening
    at: datetime
    person: str
    product_name: str = ""
    """Of the line that it was about."""
    expected_on: date | None = None
    none_until: date | None = None
    rest_is_coming: bool = True
    receipt_uid: str | None = None
    delivery_note: str = ""
    count: int = 0
    """Whole presentations that came."""
    is_taken_back: bool = False
    """Their receipt was reversed, so that they are owed again."""
    reason: str = ""
    """Why it was called off, or what the supplier said in its own words."""


def order_history(connection: Connection, clinic_id: int, order: OrderRow) -> tuple[OrderEvent, ...]:
    """Give what happened to an order, the newest first; two statements."""
    events = [
        *_steps(order),
        *_answers(connection, clinic_id, order.uid),
        *_arrivals(connection, clinic_id, order.uid),
    ]
    return tuple(sorted(events, key=lambda each: each.at, reverse=True))


def _steps(order: OrderRow) -> Iterator[OrderEvent]:
    yield OrderEvent(kind=OrderHappening.STARTED, at=order.started_at, person=order.started_by)
    if order.ordered_at is not None:
        yield OrderEvent(
            kind=OrderHappening.ORDERED,
            at=order.ordered_at,
            person=order.ordered_by or "",
            expected_on=order.expected_on,
        )
    if order.cancelled_at is not None:
        yield OrderEvent(
            kind=OrderHappening.CANCELLED,
            at=order.cancelled_at,
            person=order.cancelled_by or "",
            reason=order.cancel_reason,
        )


def _answers(connection: Connection, clinic_id: int, order_uid: str) -> Iterator[OrderEvent]:
    rows = connection.execute(
        select(
            SupplierAnswer.said_at,
            SupplierAnswer.expected_on,
            SupplierAnswer.none_until,
            SupplierAnswer.rest_is_coming,
            SupplierAnswer.words,
            Person.name.label("person"),
            Product.name.label("product_name"),
        )
        .join(
            PurchaseOrderLine,
            and_(
                PurchaseOrderLine.clinic_id == SupplierAnswer.clinic_id,
                PurchaseOrderLine.id == SupplierAnswer.purchase_order_line_id,
            ),
        )
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseOrderLine.purchase_order_id)
        .join(Product, Product.id == PurchaseOrderLine.product_id)
        .join(Person, Person.id == SupplierAnswer.said_by_id)
        .where(SupplierAnswer.clinic_id == clinic_id, PurchaseOrder.uid == order_uid)
        .order_by(SupplierAnswer.id.desc())
    )
    for row in rows:
        yield OrderEvent(
            kind=OrderHappening.ANSWERED,
            at=row.said_at,
            person=row.person,
            product_name=row.product_name,
            expected_on=row.expected_on,
            none_until=row.none_until,
            rest_is_coming=row.rest_is_coming,
            reason=row.words,
        )


def _arrivals(connection: Connection, clinic_id: int, order_uid: str) -> Iterator[OrderEvent]:
    reversal = aliased(Line)
    rows = connection.execute(
        select(
            Receipt.arrived_at,
            Receipt.uid.label("receipt_uid"),
            Receipt.delivery_note,
            Person.name.label("person"),
            Product.name.label("product_name"),
            OrderArrival.arrived_count,
            reversal.id.label("taken_back_by"),
        )
        .select_from(OrderArrival)
        .join(
            PurchaseOrderLine,
            and_(
                PurchaseOrderLine.clinic_id == OrderArrival.clinic_id,
                PurchaseOrderLine.id == OrderArrival.purchase_order_line_id,
            ),
        )
        .join(PurchaseOrder, PurchaseOrder.id == PurchaseOrderLine.purchase_order_id)
        .join(Product, Product.id == PurchaseOrderLine.product_id)
        .join(
            ReceiptLine,
            and_(
                ReceiptLine.clinic_id == OrderArrival.clinic_id,
                ReceiptLine.id == OrderArrival.receipt_line_id,
            ),
        )
        .join(Receipt, and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id))
        .join(Person, Person.id == Receipt.received_by_id)
        .outerjoin(
            reversal,
            and_(
                reversal.clinic_id == ReceiptLine.clinic_id, reversal.reverses_line_id == ReceiptLine.line_id
            ),
        )
        .where(OrderArrival.clinic_id == clinic_id, PurchaseOrder.uid == order_uid)
        .order_by(ReceiptLine.id.desc(), PurchaseOrderLine.n)
    )
    for row in rows:
        yield OrderEvent(
            kind=OrderHappening.ARRIVED,
            at=row.arrived_at,
            person=row.person,
            product_name=row.product_name,
            receipt_uid=row.receipt_uid,
            delivery_note=row.delivery_note,
            count=row.arrived_count,
            is_taken_back=row.taken_back_by is not None,
        )
