"""How does a clinic's whole opening stock come in from a table?  In one dated act, and the same table twice once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.receipts import ReceiptOf, book
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.known_stock import known_stock
from stockroom.reads.opening_stock import books_begin_at, require_nothing_moved
from stockroom.rules.receiving import Arrival, check_text
from stockroom.tables.kinds import refuse_faults
from stockroom.tables.reading import Tell, silent
from stockroom.tables.stock_lines import StockLine
from stockroom.tables.stock_plan import plan_stock
from stockroom.vocabulary import Action, ArrivalState, MovementKind

STEPS = 3


@dataclass(frozen=True, kw_only=True)
class ImportOpeningStock:
    """The good lines of a table of opening stock, as `tables.kinds.read_file` gives them."""

    lines: tuple[StockLine, ...]
    note: str = ""
    """The list on which it was counted."""


@dataclass(frozen=True, kw_only=True)
class OpeningStockImported:
    """How many lines were booked, and how many were in the books already; no receipt where nothing was new."""

    added: int
    unchanged: int
    receipt_uid: str | None


def import_opening_stock(
    store: Store,
    command: ImportOpeningStock,
    *,
    actor: Actor,
    key: str,
    now: datetime,
    tell: Tell = silent,
) -> OpeningStockImported:
    """Book a table of opening stock as of the first instant of the day on which the clinic's books begin, whole.

    What was brought forward already, of the same lot at the same place, is not booked again, so that the same table a
    second time changes nothing, even when the books are under way.
    Raises TableHasFaults, BooksUnderWay when something is new, OccursInFuture before the day the books begin,
    PeriodClosed, LotSuperseded.
    """
    return perform(
        store,
        Act(kind="stock.import", action=Action.BRING_FORWARD),
        command=command,
        body=lambda work: _import(work, command, tell),
        answer=OpeningStockImported,
        actor=actor,
        key=key,
        now=now,
    )


def _import(work: Work, command: ImportOpeningStock, tell: Tell) -> OpeningStockImported:
    check_text("note", command.note)
    plan = plan_stock(command.lines, known_stock(work.connection, work.clinic_id))
    refuse_faults(plan.faults)
    tell(1, STEPS)
    receipt_uid = _book(work, command.note, plan.arrivals) if plan.arrivals else None
    tell(2, STEPS)
    work.payload["unchanged"] = plan.unchanged_count
    return OpeningStockImported(
        added=len(plan.arrivals), unchanged=plan.unchanged_count, receipt_uid=receipt_uid
    )


def _book(work: Work, note: str, arrivals: tuple[Arrival, ...]) -> str:
    require_nothing_moved(work.connection, work.clinic_id)
    clinic = clinic_settings(work.connection, work.clinic_id)
    receipt = ReceiptOf(
        kind=MovementKind.BRING_FORWARD,
        supplier_id=None,
        delivery_note=note,
        arrived_at=books_begin_at(clinic),
        arrived_on=clinic.books_begin_on,
        state_on_arrival=ArrivalState.GOOD,
        received_by_id=work.actor.person_id,
        books_begin_on=clinic.books_begin_on,
    )
    return book(work, receipt, arrivals).receipt_uid
