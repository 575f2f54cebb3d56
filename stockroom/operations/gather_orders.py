"""How does what a manager chose to order come onto orders?  One draft for each supplier, never a second of the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_lines import LINES_MAX, LineSaid, set_lines
from stockroom.ledger.order_rows import add_order_row, change_order_row
from stockroom.models import Product, PurchaseOrder, Supplier
from stockroom.reads.finding import many_by_uid
from stockroom.reads.purchase_orders import OrderAt, order_at
from stockroom.vocabulary import Action

WANTED_MAX = 2_000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """So many packs of a product from a supplier, as they were chosen."""

    product_uid: str
    supplier_uid: str
    packs: int
    pack_count: int | None = None
    """Whole presentations in one pack, as they stood beside the choice; else as the supplier sells it."""


@dataclass(frozen=True, kw_only=True)
class GatherOrders:
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, kw_only=True)
class GatheredOrder:
    """A draft on which some of it stands now."""

    order_uid: str
    version: int
    supplier_uid: str
    is_new: bool
    line_count: int
    """So many of the chosen lines are on it."""


@dataclass(frozen=True, kw_only=True)
class OrdersGathered:
    orders: tuple[GatheredOrder, ...]


def gather_orders(
    store: Store, command: GatherOrders, *, actor: Actor, key: str, now: datetime
) -> OrdersGathered:
    """Put what was chosen on one draft for each supplier; a draft that is there already is gone on with.

    A product that stands on a draft to the supplier stays there once, with the packs that are asked for now:
    drafts are not on order, so that a suggestion counts what they ask for again.  Nothing is sent by it.
    Raises ThingNotFound, InvalidValue.
    """
    return perform(
        store,
        Act(kind="order.gather", action=Action.ORDER),
        command=command,
        body=lambda work: _gather(work, command),
        answer=OrdersGathered,
        actor=actor,
        key=key,
        now=now,
    )


def _gather(work: Work, command: GatherOrders) -> OrdersGathered:
    wanted = command.wanted
    if not 0 < len(wanted) <= WANTED_MAX:
        raise InvalidValue(field="wanted", problem=f"choose from 1 to {WANTED_MAX} lines")
    if any(each.packs < 1 for each in wanted):
        raise InvalidValue(field="packs", problem="one pack or more of each line that is chosen")
    if len({each.product_uid for each in wanted}) != len(wanted):
        raise InvalidValue(field="product_uid", problem="the same product is chosen twice")
    by_supplier: dict[str, list[Wanted]] = defaultdict(list)
    for each in wanted:
        by_supplier[each.supplier_uid].append(each)
    suppliers = many_by_uid(work.connection, Supplier, by_supplier, thing="supplier")
    drafts = _drafts(work, [row.id for row in suppliers.values()])
    gathered: list[GatheredOrder] = []
    for uid, lines in sorted(by_supplier.items()):
        gathered += _onto_drafts(work, suppliers[uid].id, uid, lines, drafts.get(suppliers[uid].id, []))
    work.payload.update(orders=[[each.order_uid, each.line_count] for each in gathered])
    return OrdersGathered(orders=tuple(gathered))


def _drafts(work: Work, supplier_ids: Sequence[int]) -> dict[int, list[OrderAt]]:
    """What is a draft to these suppliers, the newest first; by supplier."""
    rows = work.connection.execute(
        select(PurchaseOrder.uid)
        .where(
            PurchaseOrder.clinic_id == work.clinic_id,
            PurchaseOrder.supplier_id.in_(supplier_ids),
            PurchaseOrder.ordered_at.is_(None),
            PurchaseOrder.cancelled_at.is_(None),
        )
        .order_by(PurchaseOrder.id.desc())
    )
    found: dict[int, list[OrderAt]] = defaultdict(list)
    for uid in rows.scalars().all():
        draft = order_at(work.connection, work.clinic_id, uid)
        found[draft.row.supplier_id].append(draft)
    return found


def _onto_drafts(
    work: Work, supplier_id: int, supplier_uid: str, wanted: Sequence[Wanted], drafts: Sequence[OrderAt]
) -> list[GatheredOrder]:
    """Each line onto the draft on which its product stands, else onto the newest with room, else onto a new one."""
    stands_on = {line.product_uid: draft.row.uid for draft in drafts for line in draft.lines}
    room = {draft.row.uid: LINES_MAX - len(draft.lines) for draft in drafts}
    onto: dict[str, list[Wanted]] = defaultdict(list)
    begun: set[str] = set()
    for each in wanted:
        uid = stands_on.get(each.product_uid) or next((uid for uid, left in room.items() if left), None)
        if uid is None:
            uid = add_order_row(work, supplier_id)
            begun.add(uid)
            room[uid] = LINES_MAX
        if each.product_uid not in stands_on:
            room[uid] -= 1
        onto[uid].append(each)
    known = {draft.row.uid: draft for draft in drafts}
    return [
        _onto(work, known.get(uid) or order_at(work.connection, work.clinic_id, uid), supplier_uid, lines,
              is_new=uid in begun)
        for uid, lines in onto.items()
    ]  # fmt: skip


def _onto(
    work: Work, draft: OrderAt, supplier_uid: str, wanted: Sequence[Wanted], *, is_new: bool
) -> GatheredOrder:
    said = [
        LineSaid(product_uid=each.product_uid, packs=each.packs, pack_count=each.pack_count)
        for each in wanted
    ]
    products = many_by_uid(work.connection, Product, [each.product_uid for each in said], thing="product")
    set_lines(work, order=draft.row, standing=draft.lines, said=said, products=products)
    return GatheredOrder(
        order_uid=draft.row.uid,
        version=change_order_row(work, draft.row),
        supplier_uid=supplier_uid,
        is_new=is_new,
        line_count=len(wanted),
    )
