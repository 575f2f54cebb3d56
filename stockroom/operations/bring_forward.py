"""How does what a clinic had before its books began come into them?  Many lots, one dated act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.barcodes.scan import Scan
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.receipts import Booked, ReceiptOf, book
from stockroom.models import Movement
from stockroom.reads.arrivals import ArrivingLine, parse_lines, read_lines
from stockroom.reads.clinics import clinic_settings
from stockroom.rules.receiving import check_carried, check_serials, check_text
from stockroom.vocabulary import Action, ArrivalState, MovementKind

_OF_OPENING_STOCK = (MovementKind.BRING_FORWARD, MovementKind.REVERSE, MovementKind.CORRECT)


@dataclass(eq=False, kw_only=True)
class BooksUnderWay(Conflict):
    """Goods have come, gone or moved already: opening stock would no longer be what was there before."""

    code: ClassVar[str] = "books_under_way"
    message: ClassVar[str] = extracted(
        "Goods were already booked in this clinic ({kind}), so opening stock is closed. "
        "Count the place instead: what is found there is booked with its reason."
    )
    kind: str


@dataclass(frozen=True, kw_only=True)
class BringForward:
    """Opening stock: sealed whole presentations.  What is open is used up or thrown away outside the books."""

    lines: tuple[ArrivingLine, ...]
    note: str = ""
    """The list on which it was counted."""


def bring_forward(store: Store, command: BringForward, *, actor: Actor, key: str, now: datetime) -> Booked:
    """Book a clinic's opening stock as of the first instant of the day on which its books begin.

    It may be done in several acts, as long as nothing else was booked; a wrong one is reversed.  Expired
    goods need no decision: they are there, and are found as expired from the first day on.
    Raises BooksUnderWay, OccursInFuture before the day the books begin, PeriodClosed, and for its lines
    what `receive` raises but DecisionMissing; NotAShelf for an opened container.
    """
    with store.reading() as connection:
        zone = clinic_settings(connection, actor.clinic_id).time_zone
    read = tuple((line.scan, line.reading) for line in command.lines)
    scans = parse_lines(read, today=civil_date(now, zone))
    return perform(
        store,
        Act(kind="stock.bring_forward", action=Action.BRING_FORWARD),
        command=command,
        body=lambda work: _bring(work, command, scans),
        answer=Booked,
        actor=actor,
        key=key,
        now=now,
    )


def _bring(work: Work, command: BringForward, scans: tuple[Scan | None, ...]) -> Booked:
    _check_nothing_moved(work)
    check_text("note", command.note)
    clinic = clinic_settings(work.connection, work.clinic_id)
    arrivals = read_lines(work.connection, clinic, command.lines, scans)
    for arrival in arrivals:
        check_carried(arrival)
    check_serials(arrivals)
    begins_on = clinic.books_begin_on
    begins_at = datetime.combine(begins_on, time(), tzinfo=ZoneInfo(clinic.time_zone)).astimezone(UTC)
    receipt = ReceiptOf(
        kind=MovementKind.BRING_FORWARD,
        supplier_id=None,
        delivery_note=command.note,
        arrived_at=begins_at,
        arrived_on=begins_on,
        state_on_arrival=ArrivalState.GOOD,
        received_by_id=work.actor.person_id,
        books_begin_on=begins_on,
    )
    return book(work, receipt, arrivals)


def _check_nothing_moved(work: Work) -> None:
    other = (
        select(Movement.kind)
        .where(Movement.clinic_id == work.clinic_id, Movement.kind.not_in(_OF_OPENING_STOCK))
        .limit(1)
    )
    kind = work.connection.execute(other).scalar_one_or_none()
    if kind is not None:
        raise BooksUnderWay(kind=kind)
