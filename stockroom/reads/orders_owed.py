"""What do suppliers still owe a clinic, order line by order line, what is due first first?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select

from stockroom.db.compiled_once import Once
from stockroom.ledger.order_arrivals import CameFor
from stockroom.models import Product, PurchaseOrder, PurchaseOrderLine
from stockroom.reads.purchase_orders import arrived_count
from stockroom.rules.order_matching import Matched, Owed
from stockroom.rules.ordering import due_on

_LATEST = date.max


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedLine:
    """A line of an order that was sent, of which something is still owed; whole presentations."""

    order_id: int
    order_uid: str
    reference: str
    """By which the supplier knows the order; empty where nobody said it."""
    ordered_at: datetime
    line_id: int
    line_uid: str
    product_id: int
    product_uid: str
    product_name: str
    strength: str
    presentation: str
    ordered_count: int
    arrived_count: int
    owed_count: int
    due_on: date | None
    none_until: date | None


def owed_lines(
    connection: Connection, clinic_id: int, *, supplier_id: int | None = None
) -> tuple[OwedLine, ...]:
    """Give what is owed to a clinic, by one supplier or by all, what is due first first; one statement.

    What has no day comes last, and of several the order that was sent first.
    """
    if supplier_id is None:
        rows = _everybody().all(connection, {"clinic": clinic_id})
    else:
        rows = _of_supplier().all(connection, {"clinic": clinic_id, "supplier": supplier_id})
    found = (_owed(row) for row in rows)
    return tuple(sorted((each for each in found if each.owed_count > 0), key=_turn))


def as_owed(lines: Iterable[OwedLine]) -> tuple[Owed, ...]:
    """Give what is owed as the rule of matching takes it."""
    return tuple(
        Owed(line_id=each.line_id, product_id=each.product_id, owed_count=each.owed_count) for each in lines
    )


def _turn(each: OwedLine) -> tuple[date, datetime, int]:
    return each.due_on or _LATEST, each.ordered_at, each.line_id


def _owed(row: Row[Any]) -> OwedLine:
    ordered, arrived = row.pack_count * row.packs_ordered, int(row.arrived_count)
    return OwedLine(
        order_id=row.order_id,
        order_uid=row.order_uid,
        reference=row.reference,
        ordered_at=row.ordered_at,
        line_id=row.line_id,
        line_uid=row.line_uid,
        product_id=row.product_id,
        product_uid=row.product_uid,
        product_name=row.product_name,
        strength=row.strength,
        presentation=row.presentation,
        ordered_count=ordered,
        arrived_count=arrived,
        owed_count=max(ordered - arrived, 0),
        due_on=due_on(
            order_expected_on=row.order_expected_on,
            line_expected_on=row.line_expected_on,
            none_until=row.none_until,
        ),
        none_until=row.none_until,
    )


@cache
def _everybody() -> Once:
    return Once(_owed_lines())


@cache
def _of_supplier() -> Once:
    return Once(_owed_lines().where(PurchaseOrder.supplier_id == bindparam("supplier")))


def _owed_lines() -> Select[Any]:
    line = PurchaseOrderLine
    columns: list[Any] = [
        PurchaseOrder.id.label("order_id"),
        PurchaseOrder.uid.label("order_uid"),
        PurchaseOrder.reference,
        PurchaseOrder.ordered_at,
        PurchaseOrder.expected_on.label("order_expected_on"),
        line.id.label("line_id"),
        line.uid.label("line_uid"),
        line.product_id,
        line.pack_count,
        line.packs_ordered,
        line.expected_on.label("line_expected_on"),
        line.none_until,
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.presentation,
        arrived_count().label("arrived_count"),
    ]
    return (
        select(*columns)
        .join(
            PurchaseOrder,
            and_(PurchaseOrder.clinic_id == line.clinic_id, PurchaseOrder.id == line.purchase_order_id),
        )
        .join(Product, Product.id == line.product_id)
        .where(
            line.clinic_id == bindparam("clinic"),
            line.closed_at.is_(None),
            line.removed_at.is_(None),
            PurchaseOrder.ordered_at.is_not(None),
            PurchaseOrder.cancelled_at.is_(None),
        )
    )


def came_for(
    found: Matched, lines: Iterable[OwedLine], uids: Mapping[int, str]
) -> tuple[tuple[CameFor, ...], frozenset[int]]:
    """Give what came for which lines of orders, and the orders; `uids` are the lines of the receipt by their number."""
    of_line = {each.line_id: each for each in lines}
    came = tuple(
        CameFor(
            line_id=part.line_id,
            line_uid=of_line[part.line_id].line_uid,
            receipt_line_uid=uids[part.n],
            count=part.count,
        )
        for part in found.parts
    )
    return came, frozenset(of_line[part.line_id].order_id for part in found.parts)
