"""Which orders did a receipt bring something of, what stays owed of them, and what was refused at the door?"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Delivery,
    Line,
    OrderArrival,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    ReceiptLine,
)
from stockroom.queries.deliveries import ForOrder
from stockroom.reads.deliveries import standing_lines
from stockroom.reads.purchase_orders import as_ordered, orders_at
from stockroom.rules.ordering import OrderState
from stockroom.vocabulary import CostState


@dataclass(frozen=True, slots=True, kw_only=True)
class Backorder:
    """What a supplier still owes of one line of an order; whole presentations."""

    line_uid: str
    product_uid: str
    product_name: str
    strength: str
    ordered_count: int
    owed_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedOrder:
    """An order of which the receipt brought something, as it stands now."""

    order_uid: str
    reference: str
    state: OrderState
    owed: tuple[Backorder, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPacks:
    """Packs that were refused at the door; they were never here."""

    n: int
    product_name: str | None
    """None where nobody knew the code."""
    code: str | None
    lot_number: str | None
    packs: int
    fault: str


@dataclass(frozen=True, kw_only=True)
class ReceiptOrders:
    """What a receipt was for."""

    for_orders: dict[str, tuple[ForOrder, ...]] = field(default_factory=dict)
    """By the uid of the receipt's line."""
    taken_back: frozenset[str] = frozenset()
    """Lines of the receipt that were reversed, or turned out to be a free sample: they count no longer."""
    faults: dict[int, str] = field(default_factory=dict)
    """What was wrong with packs that were put aside, by the number of the receipt's line."""
    orders: tuple[ServedOrder, ...] = ()
    refused: tuple[RefusedPacks, ...] = ()


def orders_of_receipt(connection: Connection, clinic_id: int, *, receipt_uid: str) -> ReceiptOrders:
    """Give what a receipt was for and what was refused of its delivery; five statements at most."""
    served = connection.execute(_served(clinic_id).where(Receipt.uid == receipt_uid)).all()
    for_orders: dict[str, list[ForOrder]] = defaultdict(list)
    for row in served:
        for_orders[row.receipt_line_uid].append(
            ForOrder(
                order_uid=row.order_uid,
                reference=row.reference,
                order_line_uid=row.order_line_uid,
                count=row.arrived_count,
            )
        )
    orders = orders_at(connection, clinic_id, {row.order_id for row in served}) if served else ()
    delivery_id = connection.execute(
        select(Delivery.id)
        .join(Receipt, and_(Receipt.clinic_id == Delivery.clinic_id, Receipt.id == Delivery.receipt_id))
        .where(Delivery.clinic_id == clinic_id, Receipt.uid == receipt_uid)
    ).scalar()
    unpacked = () if delivery_id is None else standing_lines(connection, clinic_id, delivery_id)
    return ReceiptOrders(
        for_orders={uid: tuple(parts) for uid, parts in for_orders.items()},
        taken_back=frozenset(
            row.receipt_line_uid
            for row in served
            if row.is_reversed or row.cost_state == CostState.FREE_SAMPLE
        ),
        faults={row.n: row.fault for row in unpacked if row.fault and not row.refused_count},
        orders=tuple(_order(order) for order in orders),
        refused=tuple(_refused(row) for row in unpacked if row.refused_count),
    )


def _order(order: Any) -> ServedOrder:
    counted = [(line, as_ordered(line)) for line in order.lines]
    return ServedOrder(
        order_uid=order.row.uid,
        reference=order.row.reference,
        state=order.state,
        owed=tuple(
            Backorder(
                line_uid=line.uid,
                product_uid=line.product_uid,
                product_name=line.product_name,
                strength=line.strength,
                ordered_count=each.ordered_count,
                owed_count=each.owed_count,
            )
            for line, each in counted
            if each.owed_count
        ),
    )


def _refused(row: Any) -> RefusedPacks:
    return RefusedPacks(
        n=row.n,
        product_name=row.product_name,
        code=row.other_code or row.gtin,
        lot_number=row.lot_number,
        packs=row.refused_count,
        fault=row.fault,
    )


def _served(clinic_id: int) -> Any:
    back = aliased(Line, name="back")
    columns: list[Any] = [
        ReceiptLine.uid.label("receipt_line_uid"),
        ReceiptLine.cost_state,
        back.id.is_not(None).label("is_reversed"),
        OrderArrival.arrived_count,
        PurchaseOrderLine.uid.label("order_line_uid"),
        PurchaseOrder.id.label("order_id"),
        PurchaseOrder.uid.label("order_uid"),
        PurchaseOrder.reference,
    ]
    line, order = PurchaseOrderLine, PurchaseOrder
    return (
        select(*columns)
        .select_from(Receipt)
        .join(
            ReceiptLine,
            and_(ReceiptLine.clinic_id == Receipt.clinic_id, ReceiptLine.receipt_id == Receipt.id),
        )
        .join(
            OrderArrival,
            and_(
                OrderArrival.clinic_id == ReceiptLine.clinic_id,
                OrderArrival.receipt_line_id == ReceiptLine.id,
            ),
        )
        .join(
            line,
            and_(line.clinic_id == OrderArrival.clinic_id, line.id == OrderArrival.purchase_order_line_id),
        )
        .join(order, and_(order.clinic_id == line.clinic_id, order.id == line.purchase_order_id))
        .outerjoin(
            back,
            and_(back.clinic_id == ReceiptLine.clinic_id, back.reverses_line_id == ReceiptLine.line_id),
        )
        .where(Receipt.clinic_id == clinic_id)
        .order_by(ReceiptLine.n, line.id)
    )
