"""How is an order to a supplier written?  A draft, product by product, in the supplier's own packs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_rows import OrderWritten, change_order_line_row, change_order_row
from stockroom.models import Product, PurchaseOrder, PurchaseOrderLine, Supplier, SupplierItem
from stockroom.reads.finding import one_by_uid
from stockroom.reads.purchase_orders import OrderAt, order_at
from stockroom.rules.ordering import OrderState, check_state
from stockroom.vocabulary import Action, ProductKind

PACKS_MAX = 100_000
LINES_MAX = 500


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
    return perform(
        store,
        Act(kind="order.line", action=Action.ORDER),
        command=command,
        body=lambda work: _set(work, command),
        answer=OrderWritten,
        actor=actor,
        key=key,
        now=now,
    )


def _start(work: Work, command: StartOrder) -> OrderWritten:
    supplier = one_by_uid(work.connection, Supplier, command.supplier_uid, thing="supplier")
    uid = new_uid(work.now)
    work.connection.execute(
        insert(PurchaseOrder).values(
            uid=uid,
            clinic_id=work.clinic_id,
            supplier_id=supplier.id,
            started_by_id=work.actor.person_id,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
    )
    work.payload.update(order=uid, supplier=supplier.uid)
    return OrderWritten(order_uid=uid, version=1)


def _set(work: Work, command: SetOrderLine) -> OrderWritten:
    if not 0 <= command.packs <= PACKS_MAX:
        raise InvalidValue(field="packs", problem=f"from 0 to {PACKS_MAX}")
    order = order_at(work.connection, work.clinic_id, command.order_uid)
    check_state(order.row.uid, order.state, OrderState.DRAFT)
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    standing = next((line for line in order.lines if line.product_id == product.id), None)
    if not command.packs:
        if standing is not None:
            change_order_line_row(work, standing, removed_at=work.recorded_at)
    elif standing is None:
        _add(work, order, product, command)
    else:
        said = {"pack_count": command.pack_count, "item_code": command.item_code}
        given = {name: value for name, value in said.items() if value is not None}
        _check_pack(command.pack_count)
        change_order_line_row(work, standing, packs_ordered=command.packs, **given)
    work.payload.update(order=order.row.uid, product=product.uid, packs=command.packs)
    return OrderWritten(order_uid=order.row.uid, version=change_order_row(work, order.row))


def _check_pack(pack_count: int | None) -> None:
    if pack_count is not None and not 0 < pack_count <= PACKS_MAX:
        raise InvalidValue(field="pack_count", problem="one presentation or more")


def _add(work: Work, order: OrderAt, product: Row[Any], command: SetOrderLine) -> None:
    if product.kind != ProductKind.MANUFACTURED:
        raise InvalidValue(field="product_uid", problem="what is made here is not ordered")
    if len(order.lines) >= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"at most {LINES_MAX} on one order")
    _check_pack(command.pack_count)
    sold = work.connection.execute(
        select(
            SupplierItem.item_code,
            SupplierItem.pack_count,
            SupplierItem.last_price_minor,
            SupplierItem.currency,
        ).where(SupplierItem.supplier_id == order.row.supplier_id, SupplierItem.product_id == product.id)
    ).first()
    highest = select(func.max(PurchaseOrderLine.n)).where(
        PurchaseOrderLine.clinic_id == work.clinic_id,
        PurchaseOrderLine.purchase_order_id == order.row.id,
    )
    pack_count = command.pack_count or (sold.pack_count if sold else 1)
    same_pack = sold is not None and sold.pack_count == pack_count
    work.connection.execute(
        insert(PurchaseOrderLine).values(
            uid=new_uid(work.now),
            clinic_id=work.clinic_id,
            purchase_order_id=order.row.id,
            n=(work.connection.execute(highest).scalar_one() or 0) + 1,
            product_id=product.id,
            item_code=(sold.item_code if sold else "") if command.item_code is None else command.item_code,
            pack_count=pack_count,
            packs_ordered=command.packs,
            price_minor=sold.last_price_minor if sold and same_pack else None,
            currency=sold.currency if sold and same_pack else None,
        )
    )
