"""How is a pack used that is not in the books yet?  It is received at the bench, and matched with its delivery later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import and_, func, select

from stockroom.actor import Actor
from stockroom.barcodes.scan import Scan
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.ledger.receipts import Booked, ReceiptOf, book
from stockroom.models import Balance, Location, Lot
from stockroom.notices import AlertKind
from stockroom.reads.arrivals import ArrivingLine, parse_lines, read_lines
from stockroom.reads.authorised import require_authorised
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.settings import settings_of
from stockroom.rules.overriding import Override
from stockroom.rules.receiving import Arrival, check_arrivals
from stockroom.vocabulary import SHELF_KINDS, Action, ArrivalState, MovementKind


@dataclass(eq=False, kw_only=True)
class BenchReceiptNotAllowed(Refused):
    """This clinic receives deliveries only."""

    code: ClassVar[str] = "bench_receipt_not_allowed"
    message: ClassVar[str] = extracted(
        "This clinic takes nothing in at the bench. Put the pack aside, receive the delivery that it came "
        "with, and scan it again."
    )
    answered_for: ClassVar[bool] = True


@dataclass(eq=False, kw_only=True)
class LotInBooks(Conflict):
    """The lot lies on a shelf by the books: nothing has to be received."""

    code: ClassVar[str] = "lot_in_books"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} is in the books and lies in {place}. Scan it and use it from there."
    )
    lot_number: str
    product: str
    place: str


@dataclass(frozen=True, kw_only=True)
class BenchReceive:
    """One pack that was scanned; what its code does not say is typed."""

    pack: ArrivingLine
    override: Override | None = None
    """Why it is received although nobody authorised whoever receives it."""


_ACT = Act(kind="bench.receive", action=Action.BENCH_RECEIVE)


def bench_receive(store: Store, command: BenchReceive, *, actor: Actor, key: str, now: datetime) -> Booked:
    """Take one scanned pack into the books where it is needed, as an unmatched receipt with an alert.

    A later delivery of the lot takes it off (`ArrivingLine.bench`); its cost comes from there.
    Raises BenchReceiptNotAllowed where the clinic does not allow it; LotInBooks; InvalidValue without a
    scan; and for the pack what `receive` raises for a line; AuthorisationAsked, OutsideAuthorisation.
    """
    if command.pack.scan is None:
        raise InvalidValue(field="scan", problem="at the bench only a pack that was scanned is received")
    with store.reading() as connection:
        zone = clinic_settings(connection, actor.clinic_id).time_zone
    scans = parse_lines(((command.pack.scan, command.pack.reading),), today=civil_date(now, zone))
    return perform(
        store,
        _ACT,
        command=command,
        body=lambda work: _receive(work, command, scans),
        answer=Booked,
        actor=actor,
        key=key,
        now=now,
    )


def _receive(work: Work, command: BenchReceive, scans: tuple[Scan | None, ...]) -> Booked:
    if not settings_of(work.connection, work.clinic_id).bench_receipt_allowed:
        raise BenchReceiptNotAllowed()
    require_authorised(work, "receive", answer=command.override)
    clinic = clinic_settings(work.connection, work.clinic_id)
    arrivals = read_lines(work.connection, clinic, (command.pack,), scans)
    today = civil_date(work.now, clinic.time_zone)
    work.payload["decided"] = check_arrivals(
        arrivals,
        now=work.now,
        today=today,
        short_dated_days=clinic.short_dated_days,
        came_doubtful=False,
        country=clinic.country,
    )
    _require_not_in_books(work, arrivals[0])
    receipt = ReceiptOf(
        kind=MovementKind.RECEIVE,
        supplier_id=None,
        delivery_note="",
        arrived_at=work.now,
        arrived_on=today,
        state_on_arrival=ArrivalState.GOOD,
        received_by_id=work.actor.person_id,
        at_bench=True,
    )
    booked = book(work, receipt, arrivals)
    _raise_alert(work, booked)
    return booked


def _require_not_in_books(work: Work, pack: Arrival) -> None:
    place = work.connection.execute(
        select(func.min(Location.name))
        .select_from(Lot)
        .join(Balance, and_(Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id))
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .where(
            Lot.clinic_id == work.clinic_id,
            Lot.product_id == pack.product.product_id,
            Lot.number == pack.lot_number,
            Balance.quantity > 0,
            Location.kind.in_(SHELF_KINDS),
        )
    ).scalar_one()
    if place is not None:
        raise LotInBooks(lot_number=pack.lot_number or "", product=pack.product.name, place=place)


def _raise_alert(work: Work, booked: Booked) -> None:
    (line,) = booked.lines
    raise_alerts(
        work,
        [
            Raised(
                kind=AlertKind.BENCH_RECEIPT_UNMATCHED,
                subject_kind="receipt",
                subject_uid=booked.receipt_uid,
                facts={"lot": line.lot_uid, "quantity": line.quantity},
            )
        ],
    )
