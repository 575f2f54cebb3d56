"""How is an order to a supplier written?  A draft, product by product, in the supplier's own packs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_lines import LINES_MAX, LineSaid, PriceSaid, set_lines
from stockroom.ledger.order_rows import OrderWritten, add_order_row, change_order_row
from stockroom.models import Product, Supplier
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.purchase_orders import order_at
from stockroom.rules.ordering import OrderState, check_state
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class StartOrder:
    """An order without lines."""

    supplier_uid: str


@dataclass(frozen=True, kw_only=True)
class SetOrderLine:
    """So many packs of a product; none takes it off."""

    order_uid: str
    product_uid: str
    packs: int
    pack_count: int | None = None
    """Whole presentations in one pack; as this supplier sells it, when nobody says otherwise."""
    item_code: str | None = None
    """The supplier's own; as it is known, when nobody says otherwise."""
    price: PriceSaid | None = None
    """Of one pack; as it last was, when nobody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class SetOrderLines:
    """Several lines of a draft at once; what is not named stays as it is."""

    order_uid: str
    version: int
    """The version of the order that was read: nobody's lines are written over unseen."""
    lines: tuple[LineSaid, ...]


def start_order(store: Store, command: StartOrder, *, actor: Actor, key: str, now: datetime) -> OrderWritten:
    """Begin a draft.  Raises ThingNotFound."""
    return perform(
        store,
        Act(kind="order.start", action=Action.ORDER),
        command=command,
        body=lambda work: _start(work, command),
        answer=OrderWritten,
        actor=actor,
        key=key,
        now=now,
    )


def set_order_line(
    store: Store, command: SetOrderLine, *, actor: Actor, key: str, now: datetime
) -> OrderWritten:
    """Say how many packs of a product a draft asks for; a product stands on an order once.

    Pack, code and price are taken from how the supplier sells it, and stay on the order as they were then.
    Raises ThingNotFound, OrderNotThere, InvalidValue.
    """
    line = LineSaid(
        product_uid=command.product_uid,
        packs=command.packs,
        pack_count=command.pack_count,
        item_code=command.item_code,
        price=command.price,
    )
    return perform(
        store,
        Act(kind="order.line", action=Action.ORDER),
        command=command,
        body=lambda work: _set(work, command.order_uid, (line,)),
        answer=OrderWritten,
        actor=actor,
        key=key,
        now=now,
    )


def set_order_lines(
    store: Store, command: SetOrderLines, *, actor: Actor, key: str, now: datetime
) -> OrderWritten:
    """Say of several products how many packs a draft asks for, under which code and at which price.

    Raises ThingNotFound, OrderChanged, OrderNotThere, InvalidValue.
    """
    return perform(
        store,
        Act(kind="order.lines", action=Action.ORDER),
        command=command,
        body=lambda work: _set_several(work, command),
        answer=OrderWritten,
        actor=actor,
        key=key,
        now=now,
    )


def _start(work: Work, command: StartOrder) -> OrderWritten:
    supplier = one_by_uid(work.connection, Supplier, command.supplier_uid, thing="supplier")
    uid = add_order_row(work, supplier.id)
    work.payload.update(order=uid, supplier=supplier.uid)
    return OrderWritten(order_uid=uid, version=1)


def _set_several(work: Work, command: SetOrderLines) -> OrderWritten:
    if not 0 < len(command.lines) <= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"from 1 to {LINES_MAX}")
    return _set(work, command.order_uid, command.lines, version=command.version)


def _set(
    work: Work, order_uid: str, said: tuple[LineSaid, ...], *, version: int | None = None
) -> OrderWritten:
    order = order_at(work.connection, work.clinic_id, order_uid, version=version)
    check_state(order.row.uid, order.state, OrderState.DRAFT)
    products = many_by_uid(work.connection, Product, [each.product_uid for each in said], thing="product")
    set_lines(work, order=order.row, standing=order.lines, said=said, products=products)
    work.payload.update(order=order.row.uid, lines=[[each.product_uid, each.packs] for each in said])
    return OrderWritten(order_uid=order.row.uid, version=change_order_row(work, order.row))
