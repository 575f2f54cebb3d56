"""How does a delivery come into the clinic?  By scans or by what was read on the packs, whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.barcodes.scan import Scan
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_arrivals import follow_orders, write_came
from stockroom.ledger.receipts import Booked, ReceiptOf, book
from stockroom.models import Person, Supplier
from stockroom.reads.arrivals import ArrivingLine, parse_lines, read_lines
from stockroom.reads.authorised import note_authorised, require_authorised
from stockroom.reads.bench_receipts import lots_of, unmatched_lines
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.lateness import broken_by_lateness
from stockroom.reads.orders_owed import OwedLine, as_owed, came_for, owed_lines
from stockroom.reads.purchase_orders import OrderAfter, fulfilled, orders_after, orders_at
from stockroom.rules.bench_matching import match_bench
from stockroom.rules.order_matching import Brought, Matched, check_decided, match
from stockroom.rules.overriding import Override
from stockroom.rules.receiving import Arrival, check_arrivals, check_paper
from stockroom.vocabulary import Action, ArrivalState, CostState, MovementKind, OrderChoice


@dataclass(frozen=True, kw_only=True)
class Receive:
    """A delivery."""

    supplier_uid: str
    delivery_note: str
    arrived_at: datetime
    state_on_arrival: ArrivalState
    lines: tuple[ArrivingLine, ...]
    received_by_uid: str | None = None
    """Who took it in, when it is not who enters it."""
    late_reason: str = ""
    """Why it is entered only now, or although the books of its day are closed; what that breaks is a deviation."""
    again_reason: str = ""
    """Why it is booked although a receipt of the same delivery note has these goods: more of them came."""
    override: Override | None = None
    """Why it is received although nobody authorised whoever receives it; not asked about what is entered late."""


@dataclass(frozen=True, kw_only=True)
class Received(Booked):
    """A receipt in the books, and where the orders stand of which it brought something."""

    orders: tuple[OrderAfter, ...] = ()


_ACT = Act(kind="delivery.receive", action=Action.RECEIVE)


def receive(store: Store, command: Receive, *, actor: Actor, key: str, now: datetime) -> Received:
    """Take a delivery in: lots, quantities and costs, one movement RECEIVE, one receipt.

    The product may be incomplete, the place quarantine.  The same product and lot on several lines is one
    lot; each line keeps its scan, serial, cost and decision.
    Lines of the supplier's orders close wholly or in part in the same act (`rules.order_matching`); free samples
    are for no order.  What is entered late is here already: nobody is asked whether it is kept.
    Raises LineUnreadable, LineInDoubt, CodeUnknown, ScanContradicts, InvalidValue, ThingNotFound,
    NotAShelf, LocationClosed; LotNumberMissing, ExpiryMissing, SerialMissing, SerialNamesOnePack,
    SerialTwice; DecisionMissing for expired, short-dated or doubtful goods; LotExpiryDiffers,
    LotSuperseded; DeliveryInBooks where the same paper was received before and nobody says why again;
    ArrivedBeforeBooks, OccursInFuture, PeriodClosed; BenchUndecided, NothingToTakeOff where
    the bench had received packs of a lot before; OrderUndecided where more came than is owed, or what was not
    ordered; AuthorisationAsked, OutsideAuthorisation.
    """
    read = tuple((line.scan, line.reading) for line in command.lines)
    scans = parse_lines(read, today=civil_date(now, "UTC"))
    return perform(
        store,
        _ACT,
        command=command,
        body=lambda work: _receive(work, command, scans),
        answer=Received,
        actor=actor,
        key=key,
        now=now,
    )


def _receive(work: Work, command: Receive, scans: tuple[Scan | None, ...]) -> Received:
    if command.late_reason.strip():
        note_authorised(work, "receive")
    else:
        require_authorised(work, "receive", answer=command.override)
    clinic = clinic_settings(work.connection, work.clinic_id)
    supplier = one_by_uid(work.connection, Supplier, command.supplier_uid, thing="supplier")
    receiver_id = work.actor.person_id
    if command.received_by_uid is not None:
        receiver_id = one_by_uid(work.connection, Person, command.received_by_uid, thing="person").id
    arrived_on = civil_date(command.arrived_at, clinic.time_zone)
    check_paper(
        command.delivery_note,
        command.late_reason,
        command.again_reason,
        arrived_on=arrived_on,
        books_begin_on=clinic.books_begin_on,
    )
    arrivals = read_lines(work.connection, clinic, command.lines, scans)
    work.payload["decided"] = check_arrivals(
        arrivals,
        now=work.now,
        today=civil_date(work.now, clinic.time_zone),
        short_dated_days=clinic.short_dated_days,
        came_doubtful=command.state_on_arrival is not ArrivalState.GOOD,
        country=clinic.country,
    )
    owed = owed_lines(work.connection, work.clinic_id, supplier_id=supplier.id)
    found = match(_brought(command, arrivals), as_owed(owed))
    check_decided(found, {arrival.line: arrival.product.name for arrival in arrivals})
    taken = match_bench(arrivals, unmatched_lines(work.connection, work.clinic_id, lots_of(arrivals)))
    work.payload["supplier"] = supplier.uid
    receipt = ReceiptOf(
        kind=MovementKind.RECEIVE,
        supplier_id=supplier.id,
        delivery_note=command.delivery_note,
        arrived_at=command.arrived_at,
        arrived_on=arrived_on,
        state_on_arrival=command.state_on_arrival,
        received_by_id=receiver_id,
        reason=command.late_reason,
        is_recorded_late=bool(command.late_reason),
        late_rules=broken_by_lateness(work.connection, work.clinic_id, command.arrived_at, now=work.now)
        if command.late_reason
        else (),
        again_reason=command.again_reason,
    )
    booked = book(work, receipt, arrivals, taken)
    uids = {each.line: line.receipt_line_uid for each, line in zip(arrivals, booked.lines, strict=True)}
    return Received(
        receipt_uid=booked.receipt_uid,
        movement_uid=booked.movement_uid,
        lines=booked.lines,
        orders=_close_lines(work, owed, found, uids),
    )


def _brought(command: Receive, arrivals: Iterable[Arrival]) -> tuple[Brought, ...]:
    """The lines as orders see them; what is entered late is kept, because it is here."""
    undecided = OrderChoice.KEEP if command.late_reason else OrderChoice.UNDECIDED
    said = {n: line.order_choice for n, line in enumerate(command.lines, start=1)}
    return tuple(
        Brought(
            n=each.line,
            product_id=each.product.product_id,
            count=each.quantity // each.product.content_quantity,
            choice=undecided if said[each.line] is OrderChoice.UNDECIDED else said[each.line],
            is_free=each.cost.state is CostState.FREE_SAMPLE,
        )
        for each in arrivals
    )


def _close_lines(
    work: Work, owed: Sequence[OwedLine], found: Matched, uids: Mapping[int, str]
) -> tuple[OrderAfter, ...]:
    if not found.parts:
        return ()
    came, order_ids = came_for(found, owed, uids)
    write_came(work, came)
    orders = orders_at(work.connection, work.clinic_id, order_ids)
    follow_orders(work, ((order.row, fulfilled(order)) for order in orders))
    return orders_after(orders)
