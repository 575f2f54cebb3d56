"""How does a delivery that was unpacked come into the books, whole?  Or how is it given up?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.delivery_rows import change_delivery_row
from stockroom.ledger.order_arrivals import follow_orders, write_came
from stockroom.ledger.receipts import Booked, ReceiptOf, book
from stockroom.models import Person, Receipt, Supplier
from stockroom.reads.authorised import require_authorised
from stockroom.reads.bench_receipts import lots_of, unmatched_lines
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.deliveries import (
    DeliveryChanged,
    brought,
    delivery_in_work,
    named_shortly,
    product_facts,
    standing_lines,
    taken_in,
)
from stockroom.reads.finding import one_by_uid
from stockroom.reads.lateness import broken_by_lateness
from stockroom.reads.locations import LocationClosed
from stockroom.reads.orders_owed import OwedLine, as_owed, came_for, owed_lines
from stockroom.reads.purchase_orders import OrderAfter, fulfilled, orders_after, orders_at
from stockroom.rules.bench_matching import match_bench
from stockroom.rules.order_matching import Matched, check_decided, match
from stockroom.rules.overriding import Override
from stockroom.rules.receiving import Arrival, CostOf, check_arrivals, check_paper, quantity_of
from stockroom.vocabulary import (
    Action,
    ArrivalState,
    BenchDecision,
    CostState,
    DeliveryState,
    LocationKind,
    MovementKind,
)


@dataclass(eq=False, kw_only=True)
class LinesUnresolved(Refused):
    """Nobody knows yet what these packs are."""

    code: ClassVar[str] = "lines_unresolved"
    message: ClassVar[str] = extracted(
        "Nothing was booked. Nobody has said yet what these packs are; add their codes to a product, choose "
        "a reading, or take them off: {lines}"
    )
    lines: tuple[str, ...]
    """Each as `line: code, lot number`."""


@dataclass(eq=False, kw_only=True)
class PlacesMissing(Refused):
    """Nobody has said where these packs were put."""

    code: ClassVar[str] = "places_missing"
    message: ClassVar[str] = extracted("Nothing was booked. Say where these were put: {lines}")
    lines: tuple[str, ...]
    """Each as `line: product, lot number`."""


@dataclass(frozen=True, kw_only=True)
class PostDelivery:
    delivery_uid: str
    version: int
    """The version that was looked through: nothing is booked that nobody has seen."""
    received_by_uid: str | None = None
    """Who took it in, when it is not who posts it."""
    late_reason: str = ""
    """Why it is entered although the books of its day are closed."""
    again_reason: str = ""
    """Why it is booked although a receipt of the same delivery note has these goods: more of them came."""
    override: Override | None = None
    """Why it is received although nobody authorised whoever receives it."""


@dataclass(frozen=True, kw_only=True)
class DeliveryBooked(Booked):
    """A receipt in the books, and where the orders stand of which it brought something."""

    orders: tuple[OrderAfter, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DiscardDelivery:
    delivery_uid: str
    version: int


@dataclass(frozen=True, kw_only=True)
class DeliveryDiscarded:
    delivery_uid: str
    version: int


def post_delivery(
    store: Store, command: PostDelivery, *, actor: Actor, key: str, now: datetime
) -> DeliveryBooked:
    """Book a delivery in work as a receipt, all its lines or none, and with it what it brought of orders.

    Lines of the supplier's orders close wholly or in part in the same act (`rules.order_matching`): what is
    still owed stays owed, what was refused at the door was never here, free samples are for no order.
    Raises ThingNotFound, DeliveryOver, DeliveryChanged (also when somebody received the same order meanwhile);
    InvalidValue without supplier, delivery note or lines; LinesUnresolved, PlacesMissing, LocationClosed,
    OrderUndecided; what `receive` raises for what it books; AuthorisationAsked, OutsideAuthorisation.
    """
    return perform(
        store,
        Act(kind="delivery.post", action=Action.RECEIVE),
        command=command,
        body=lambda work: _post(work, command),
        answer=DeliveryBooked,
        actor=actor,
        key=key,
        now=now,
    )


def discard_delivery(
    store: Store, command: DiscardDelivery, *, actor: Actor, key: str, now: datetime
) -> DeliveryDiscarded:
    """Give a delivery up: nothing of it is booked, its lines stay to be read.

    Raises ThingNotFound, DeliveryOver, DeliveryChanged.
    """
    return perform(
        store,
        Act(kind="delivery.discard", action=Action.RECEIVE),
        command=command,
        body=lambda work: _discard(work, command),
        answer=DeliveryDiscarded,
        actor=actor,
        key=key,
        now=now,
    )


def _post(work: Work, command: PostDelivery) -> DeliveryBooked:
    require_authorised(work, "receive", answer=command.override)
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    if delivery.version != command.version:
        raise DeliveryChanged(delivery=delivery.uid)
    receipt = _paper(work, command, delivery)
    clinic = clinic_settings(work.connection, work.clinic_id)
    lines = standing_lines(work.connection, work.clinic_id, delivery.id)
    arrivals = _arrivals(lines)
    work.payload["decided"] = check_arrivals(
        arrivals,
        now=work.now,
        today=civil_date(work.now, clinic.time_zone),
        short_dated_days=clinic.short_dated_days,
        came_doubtful=receipt.state_on_arrival is not ArrivalState.GOOD,
        country=clinic.country,
    )
    owed = owed_lines(work.connection, work.clinic_id, supplier_id=delivery.supplier_id)
    found = match(brought(lines), as_owed(owed))
    check_decided(found, {arrival.line: arrival.product.name for arrival in arrivals})
    taken = match_bench(arrivals, unmatched_lines(work.connection, work.clinic_id, lots_of(arrivals)))
    booked = book(work, receipt, arrivals, taken)
    uids = {each.line: line.receipt_line_uid for each, line in zip(arrivals, booked.lines, strict=True)}
    orders = _close_lines(work, owed, found, uids)
    receipt_id = work.connection.execute(
        select(Receipt.id).where(Receipt.uid == booked.receipt_uid)
    ).scalar_one()
    change_delivery_row(work, delivery, state=DeliveryState.POSTED, receipt_id=receipt_id)
    work.payload.update(
        delivery=delivery.uid,
        refused=[[row.n, row.refused_count, row.fault] for row in lines if row.refused_count],
    )
    return DeliveryBooked(
        receipt_uid=booked.receipt_uid, movement_uid=booked.movement_uid, lines=booked.lines, orders=orders
    )


def _close_lines(
    work: Work, owed: Sequence[OwedLine], found: Matched, uids: Mapping[int, str]
) -> tuple[OrderAfter, ...]:
    """Close what the delivery brought of orders; `uids` are its lines in the receipt by their number."""
    if not found.parts:
        return ()
    came, order_ids = came_for(found, owed, uids)
    write_came(work, came)
    orders = orders_at(work.connection, work.clinic_id, order_ids)
    follow_orders(work, ((order.row, fulfilled(order)) for order in orders))
    return orders_after(orders)


def _paper(work: Work, command: PostDelivery, delivery: Row[Any]) -> ReceiptOf:
    if delivery.supplier_id is None:
        raise InvalidValue(field="supplier_uid", problem="choose who delivered it")
    clinic = clinic_settings(work.connection, work.clinic_id)
    arrived_on = civil_date(delivery.arrived_at, clinic.time_zone)
    check_paper(
        delivery.delivery_note,
        command.late_reason,
        command.again_reason,
        arrived_on=arrived_on,
        books_begin_on=clinic.books_begin_on,
    )
    receiver_id = work.actor.person_id
    if command.received_by_uid is not None:
        receiver_id = one_by_uid(work.connection, Person, command.received_by_uid, thing="person").id
    supplier = select(Supplier.uid).where(Supplier.id == delivery.supplier_id)
    work.payload["supplier"] = work.connection.execute(supplier).scalar_one()
    return ReceiptOf(
        kind=MovementKind.RECEIVE,
        supplier_id=delivery.supplier_id,
        delivery_note=delivery.delivery_note,
        arrived_at=delivery.arrived_at,
        arrived_on=arrived_on,
        state_on_arrival=ArrivalState(delivery.state_on_arrival),
        received_by_id=receiver_id,
        reason=command.late_reason,
        is_recorded_late=bool(command.late_reason),
        late_rules=broken_by_lateness(work.connection, work.clinic_id, delivery.arrived_at, now=work.now)
        if command.late_reason
        else (),
        again_reason=command.again_reason,
    )


def _arrivals(lines: Sequence[Row[Any]]) -> tuple[Arrival, ...]:
    if not lines:
        raise InvalidValue(field="lines", problem="scan the packs first")
    kept = [row for row in lines if taken_in(row)]
    if not kept:
        problem = (
            "all of it was refused at the door: give the delivery up, what was said of it can still be read"
        )
        raise InvalidValue(field="lines", problem=problem)
    unresolved = [row for row in kept if product_facts(row) is None]
    if unresolved:
        raise LinesUnresolved(lines=named_shortly(unresolved))
    homeless = [row for row in kept if row.location_id is None]
    if homeless:
        raise PlacesMissing(lines=named_shortly(homeless))
    return tuple(_arrival(row) for row in kept)


def _arrival(row: Row[Any]) -> Arrival:
    product = product_facts(row)
    assert product is not None
    if row.location_closed_at is not None:
        raise LocationClosed(place=row.location_name)
    return Arrival(
        line=row.n,
        product=product,
        lot_number=row.lot_number,
        expires_on=row.expires_on,
        expires_at=row.expires_at,
        serial=row.serial,
        pack_count=taken_in(row),
        quantity=quantity_of(taken_in(row), row.presentation_count, product.content_quantity, line=row.n),
        trade_item_id=row.trade_item_id,
        location_id=row.location_id,
        location_kind=LocationKind(row.location_kind),
        raw_scan=row.raw_scan,
        decision=row.decision,
        cost=CostOf(
            state=CostState(row.cost_state),
            unit_cost_minor=row.unit_cost_minor,
            currency=row.currency,
        ),
        bench=BenchDecision(row.bench_decision),
    )


def _discard(work: Work, command: DiscardDelivery) -> DeliveryDiscarded:
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    if delivery.version != command.version:
        raise DeliveryChanged(delivery=delivery.uid)
    version = change_delivery_row(work, delivery, state=DeliveryState.DISCARDED)
    work.payload["delivery"] = delivery.uid
    return DeliveryDiscarded(delivery_uid=delivery.uid, version=version)
