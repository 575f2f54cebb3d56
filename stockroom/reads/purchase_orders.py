"""What does a purchase order hold, where does it stand, and what came of its lines?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import BigInteger, Connection, Row, Select, and_, cast, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import Stale, ThingNotFound, extracted
from stockroom.models import (
    Line,
    OrderArrival,
    Product,
    PurchaseOrder,
    PurchaseOrderLine,
    ReceiptLine,
)
from stockroom.reads.finding import one_by_uid
from stockroom.rules.ordering import Ordered, OrderState, state_of
from stockroom.vocabulary import CostState


@dataclass(eq=False, kw_only=True)
class OrderChanged(Stale):
    """Somebody changed the order since it was read."""

    code: ClassVar[str] = "order_changed"
    message: ClassVar[str] = extracted(
        "Somebody else went on with this order meanwhile. Look at it again before you go on."
    )
    order: str


@dataclass(frozen=True, kw_only=True)
class OrderAt:
    """An order as it stands: its row, its lines with what came of each, and its state."""

    row: Row[Any]
    lines: tuple[Row[Any], ...]
    state: OrderState

    def line(self, uid: str) -> Row[Any]:
        """Give a line of this order.  Raises ThingNotFound."""
        found = next((line for line in self.lines if line.uid == uid), None)
        if found is None:
            raise ThingNotFound(thing="line of this order", uid=uid[:40])
        return found


_reversal = aliased(Line, name="reversal")


def arrived_count() -> Any:
    """What came of a PurchaseOrderLine and was not taken back, in whole presentations: a scalar to select.

    What turned out to be a free sample is for no order.
    """
    return (
        select(cast(func.coalesce(func.sum(OrderArrival.arrived_count), 0), BigInteger))
        .join(
            ReceiptLine,
            and_(
                ReceiptLine.clinic_id == OrderArrival.clinic_id,
                ReceiptLine.id == OrderArrival.receipt_line_id,
            ),
        )
        .where(
            OrderArrival.clinic_id == PurchaseOrderLine.clinic_id,
            OrderArrival.purchase_order_line_id == PurchaseOrderLine.id,
            ReceiptLine.cost_state != CostState.FREE_SAMPLE,
            ~select(_reversal.id)
            .where(
                _reversal.clinic_id == ReceiptLine.clinic_id,
                _reversal.reverses_line_id == ReceiptLine.line_id,
            )
            .exists(),
        )
        .correlate(PurchaseOrderLine)
        .scalar_subquery()
    )


def lines_of_orders(clinic_id: int) -> Select[Any]:
    """The standing lines of a clinic's orders with their products and what came of each, in order."""
    columns: list[Any] = [
        *PurchaseOrderLine.__table__.columns,
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.presentation,
        arrived_count().label("arrived_count"),
    ]
    return (
        select(*columns)
        .join(Product, Product.id == PurchaseOrderLine.product_id)
        .where(PurchaseOrderLine.clinic_id == clinic_id, PurchaseOrderLine.removed_at.is_(None))
        .order_by(PurchaseOrderLine.purchase_order_id, PurchaseOrderLine.n)
    )


def as_ordered(line: Row[Any]) -> Ordered:
    """Give a row of `lines_of_orders` as the rule takes it."""
    return Ordered(
        ordered_count=line.pack_count * line.packs_ordered,
        arrived_count=int(line.arrived_count),
        is_closed=line.closed_at is not None,
    )


def state_of_rows(order: Row[Any], lines: Sequence[Row[Any]]) -> OrderState:
    """Say where an order with these standing lines is."""
    return state_of(
        ordered_at=order.ordered_at, cancelled_at=order.cancelled_at, lines=map(as_ordered, lines)
    )


def order_at(connection: Connection, clinic_id: int, uid: str, *, version: int | None = None) -> OrderAt:
    """Give an order as it stands, in the version that was looked at where one is asked for; two statements.

    Raises ThingNotFound, OrderChanged.
    """
    row = one_by_uid(connection, PurchaseOrder, uid, thing="order", clinic_id=clinic_id)
    if version is not None and row.version != version:
        raise OrderChanged(order=row.uid)
    of_order = lines_of_orders(clinic_id).where(PurchaseOrderLine.purchase_order_id == row.id)
    lines = tuple(connection.execute(of_order))
    return OrderAt(row=row, lines=lines, state=state_of_rows(row, lines))


def orders_at(connection: Connection, clinic_id: int, order_ids: Collection[int]) -> tuple[OrderAt, ...]:
    """Give several orders as they stand, the oldest first; two statements."""
    orders = connection.execute(
        select(PurchaseOrder.__table__)
        .where(PurchaseOrder.clinic_id == clinic_id, PurchaseOrder.id.in_(sorted(order_ids)))
        .order_by(PurchaseOrder.id)
    ).all()
    of_orders = lines_of_orders(clinic_id).where(PurchaseOrderLine.purchase_order_id.in_(sorted(order_ids)))
    lines = connection.execute(of_orders).all()
    found = []
    for order in orders:
        own = tuple(line for line in lines if line.purchase_order_id == order.id)
        found.append(OrderAt(row=order, lines=own, state=state_of_rows(order, own)))
    return tuple(found)


def owed_of(order: OrderAt) -> int:
    """Give how many whole presentations the supplier still owes of an order: the backorder."""
    return sum(as_ordered(line).owed_count for line in order.lines)


def fulfilled(order: OrderAt) -> list[int]:
    """Give the lines of an order of which all came and which stand open still."""
    return [line.id for line in order.lines if line.closed_at is None and not as_ordered(line).owed_count]


@dataclass(frozen=True, kw_only=True)
class OrderAfter:
    """Where an order stands once a delivery brought something of it."""

    order_uid: str
    state: OrderState
    owed_count: int
    """Whole presentations that the supplier still owes of it: the backorder."""


def orders_after(orders: Iterable[OrderAt]) -> tuple[OrderAfter, ...]:
    """Say where orders stand, for the answer of the delivery that brought something of them."""
    return tuple(
        OrderAfter(order_uid=order.row.uid, state=order.state, owed_count=owed_of(order)) for order in orders
    )
