"""How does a receipt close the lines of an order, wholly or in part?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, and_, cast, func, select
from sqlalchemy.orm import aliased

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_arrivals import Arrived, close_order_lines, write_arrivals
from stockroom.ledger.order_rows import change_order_row
from stockroom.models import Line, Lot, OrderArrival, Product, Receipt, ReceiptLine
from stockroom.reads.finding import one_by_uid
from stockroom.reads.purchase_orders import OrderAt, as_ordered, fulfilled, order_at, owed_of
from stockroom.rules.order_matching import is_free
from stockroom.rules.ordering import OrderCalledOff, OrderState, OtherProduct, check_arrival, check_state
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class Came:
    """What a line of a receipt brought of a line of the order, in whole presentations."""

    order_line_uid: str
    receipt_line_uid: str
    count: int


@dataclass(frozen=True, kw_only=True)
class MatchOrder:
    order_uid: str
    receipt_uid: str
    came: tuple[Came, ...]
    more_came: bool = False
    """More came than was ordered, and it is kept."""


@dataclass(frozen=True, kw_only=True)
class OrderMatched:
    order_uid: str
    version: int
    state: OrderState
    owed_count: int
    """Whole presentations that the supplier still owes of the order: the backorder."""


def match_order(store: Store, command: MatchOrder, *, actor: Actor, key: str, now: datetime) -> OrderMatched:
    """Write down what a receipt brought of an order; what is still owed stays owed.

    Goods that arrived short-dated, damaged or doubtful are decided on when they are received; here only
    how many came counts.  A line of a receipt serves an order once, and no more of it than it brought; a free
    sample serves none.  A delivery that is booked does this by itself (`post_delivery`).
    Raises ThingNotFound, OrderNotThere, OrderCalledOff, InvalidValue, OtherProduct, NotOwed.
    """
    return perform(
        store,
        Act(kind="order.match", action=Action.RECEIVE),
        command=command,
        body=lambda work: _match(work, command),
        answer=OrderMatched,
        actor=actor,
        key=key,
        now=now,
    )


def _match(work: Work, command: MatchOrder) -> OrderMatched:
    if not command.came or any(each.count <= 0 for each in command.came):
        raise InvalidValue(field="came", problem="say of at least one line how many came")
    order = order_at(work.connection, work.clinic_id, command.order_uid)
    if order.state is OrderState.CANCELLED:
        raise OrderCalledOff(order=order.row.uid)
    check_state(order.row.uid, order.state, OrderState.ORDERED, OrderState.PART_RECEIVED, OrderState.RECEIVED)
    receipt = one_by_uid(
        work.connection, Receipt, command.receipt_uid, thing="receipt", clinic_id=work.clinic_id
    )
    if receipt.supplier_id != order.row.supplier_id:
        raise InvalidValue(
            field="receipt_uid", problem="it came from another supplier than the order went to"
        )
    brought = _brought(work, receipt.id)
    _check_lines(order, command, brought)
    _write(work, order, command, brought)
    now_at = order_at(work.connection, work.clinic_id, command.order_uid)
    close_order_lines(work, fulfilled(now_at))
    owed = owed_of(now_at)
    work.payload.update(order=order.row.uid, receipt=receipt.uid, came=command.came, owed=owed)
    return OrderMatched(
        order_uid=order.row.uid,
        version=change_order_row(work, order.row),
        state=now_at.state,
        owed_count=owed,
    )


def _brought(work: Work, receipt_id: int) -> dict[str, Row[Any]]:
    """The lines of a receipt that stand, with what each brought and what of it an order has had already."""
    reversal = aliased(Line)
    matched = (
        select(cast(func.coalesce(func.sum(OrderArrival.arrived_count), 0), BigInteger))
        .where(
            OrderArrival.clinic_id == ReceiptLine.clinic_id, OrderArrival.receipt_line_id == ReceiptLine.id
        )
        .correlate(ReceiptLine)
        .scalar_subquery()
    )
    rows = work.connection.execute(
        select(
            ReceiptLine.id,
            ReceiptLine.uid,
            ReceiptLine.quantity,
            ReceiptLine.cost_state,
            Product.id.label("product_id"),
            Product.name.label("product_name"),
            Product.content_quantity,
            matched.label("matched_count"),
        )
        .join(Lot, and_(Lot.clinic_id == ReceiptLine.clinic_id, Lot.id == ReceiptLine.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(
            reversal,
            and_(
                reversal.clinic_id == ReceiptLine.clinic_id, reversal.reverses_line_id == ReceiptLine.line_id
            ),
        )
        .where(
            ReceiptLine.clinic_id == work.clinic_id,
            ReceiptLine.receipt_id == receipt_id,
            reversal.id.is_(None),
        )
    )
    return {row.uid: row for row in rows}


def _check_lines(order: OrderAt, command: MatchOrder, brought: dict[str, Row[Any]]) -> None:
    pairs = [(each.order_line_uid, each.receipt_line_uid) for each in command.came]
    if len(set(pairs)) != len(pairs):
        raise InvalidValue(field="came", problem="the same two lines stand there twice")
    for uid, count in _summed((each.receipt_line_uid, each.count) for each in command.came).items():
        row = brought.get(uid)
        if row is None:
            raise ThingNotFound(thing="line of this receipt", uid=uid[:40])
        if is_free(row.cost_state):
            problem = f"what came of {row.product_name} is a free sample: it is for no order"
            raise InvalidValue(field="came", problem=problem)
        if count > row.quantity // row.content_quantity - row.matched_count:
            raise InvalidValue(field="came", problem=f"no more of {row.product_name} came with this receipt")
    for each in command.came:
        line, row = order.line(each.order_line_uid), brought[each.receipt_line_uid]
        if line.product_id != row.product_id:
            raise OtherProduct(ordered=line.product_name, arrived=row.product_name)
    for uid, count in _summed((each.order_line_uid, each.count) for each in command.came).items():
        line = order.line(uid)
        check_arrival(line.product_name, as_ordered(line), count, more_came=command.more_came)


def _summed(counts: Any) -> Counter[str]:
    total: Counter[str] = Counter()
    for uid, count in counts:
        total[uid] += count
    return total


def _write(work: Work, order: OrderAt, command: MatchOrder, brought: dict[str, Row[Any]]) -> None:
    write_arrivals(
        work,
        [
            Arrived(
                line_id=order.line(each.order_line_uid).id,
                receipt_line_id=brought[each.receipt_line_uid].id,
                count=each.count,
            )
            for each in command.came
        ],
    )
