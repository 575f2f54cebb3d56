"""How does what a clinic had before its books began come into them?  Many lots, one dated act."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.barcodes.scan import Scan
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.receipts import Booked, ReceiptOf, book
from stockroom.reads.arrivals import ArrivingLine, parse_lines, read_lines
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.opening_stock import books_begin_at, require_nothing_moved
from stockroom.rules.receiving import check_carried, check_serials, check_text
from stockroom.vocabulary import Action, ArrivalState, MovementKind


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
    require_nothing_moved(work.connection, work.clinic_id)
    check_text("note", command.note)
    clinic = clinic_settings(work.connection, work.clinic_id)
    arrivals = read_lines(work.connection, clinic, command.lines, scans)
    for arrival in arrivals:
        check_carried(arrival)
    check_serials(arrivals)
    receipt = ReceiptOf(
        kind=MovementKind.BRING_FORWARD,
        supplier_id=None,
        delivery_note=command.note,
        arrived_at=books_begin_at(clinic),
        arrived_on=clinic.books_begin_on,
        state_on_arrival=ArrivalState.GOOD,
        received_by_id=work.actor.person_id,
        books_begin_on=clinic.books_begin_on,
    )
    return book(work, receipt, arrivals)
