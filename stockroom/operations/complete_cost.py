"""How is a cost that was not known at receipt completed?  Quantities stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, bindparam, select, update

from stockroom.actor import Actor
from stockroom.db.base import table_of
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_rows import owe_again
from stockroom.ledger.receipt_changes import keep_receipt_lines
from stockroom.ledger.receipts import price_bench_lines
from stockroom.models import BenchMatch, ReceiptLine
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import many_by_uid
from stockroom.rules.receiving import CostOf, check_text, cost_in
from stockroom.vocabulary import Action, CostState


@dataclass(eq=False, kw_only=True)
class CostReasonMissing(Refused):
    """A cost that was known is changed only with a reason."""

    code: ClassVar[str] = "cost_reason_missing"
    message: ClassVar[str] = extracted(
        "Line {line} has a cost already ({state}). Say why it is changed; both stay in the journal."
    )
    line: int
    state: str


@dataclass(frozen=True, kw_only=True)
class LineCost:
    """The cost of one line of a receipt."""

    receipt_line_uid: str
    cost: CostOf


@dataclass(frozen=True, kw_only=True)
class CompleteCost:
    lines: tuple[LineCost, ...]
    reason: str = ""
    """Why a cost that was known is changed."""


@dataclass(frozen=True, kw_only=True)
class CostCompleted:
    receipt_line_uids: tuple[str, ...]


def complete_cost(
    store: Store, command: CompleteCost, *, actor: Actor, key: str, now: datetime
) -> CostCompleted:
    """Set what lines of receipts cost, whole or not at all; the journal keeps the old cost and the new one.

    What an order had of goods that turn out to be a free sample is owed again.

    Raises ThingNotFound, InvalidValue, CostReasonMissing when a cost that was known is changed.
    """
    return perform(
        store,
        Act(kind="cost.complete", action=Action.COMPLETE_COST),
        command=command,
        body=lambda work: _complete(work, command),
        answer=CostCompleted,
        actor=actor,
        key=key,
        now=now,
    )


def _complete(work: Work, command: CompleteCost) -> CostCompleted:
    check_text("reason", command.reason.strip(), may_break=True)
    uids = tuple(line.receipt_line_uid for line in command.lines)
    if not uids or len(set(uids)) != len(uids):
        raise InvalidValue(field="lines", problem="each line of a receipt once, and one at least")
    rows = many_by_uid(
        work.connection, ReceiptLine, uids, thing="line of a receipt", clinic_id=work.clinic_id
    )
    currency = clinic_settings(work.connection, work.clinic_id).currency
    costs = [
        (rows[line.receipt_line_uid], cost_in(line.cost, currency, line=n))
        for n, line in enumerate(command.lines, start=1)
    ]
    for n, (row, cost) in enumerate(costs, start=1):
        _check_change(n, row, cost, command.reason)
    _write(work, costs)
    owe_again(work, [row.line_id for row, cost in costs if cost.state is CostState.FREE_SAMPLE])
    work.payload["costs"] = [
        [row.uid, [row.cost_state, row.unit_cost_minor, row.currency], cost] for row, cost in costs
    ]
    return CostCompleted(receipt_line_uids=uids)


def _check_change(n: int, row: Row[Any], cost: CostOf, reason: str) -> None:
    if cost.state is CostState.UNKNOWN:
        raise InvalidValue(field=f"line {n}", problem="a price, or a free sample")
    if row.cost_state != CostState.UNKNOWN and not reason.strip():
        raise CostReasonMissing(line=n, state=row.cost_state)


def _write(work: Work, costs: list[tuple[Row[Any], CostOf]]) -> None:
    keep_receipt_lines(work, (row.id for row, _ in costs))
    table = table_of(ReceiptLine)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == bindparam("which"))
        .values(
            cost_state=bindparam("state"),
            unit_cost_minor=bindparam("unit_cost"),
            currency=bindparam("in_currency"),
        ),
        [
            {
                "which": row.id,
                "state": cost.state.value,
                "unit_cost": cost.unit_cost_minor,
                "in_currency": cost.currency,
            }
            for row, cost in costs
        ],
    )
    _price_what_came_off(work, {row.id: cost for row, cost in costs})


def _price_what_came_off(work: Work, costs: dict[int, CostOf]) -> None:
    """What the bench had received of a line costs what the line costs."""
    matched = work.connection.execute(
        select(BenchMatch.receipt_line_id, BenchMatch.bench_line_id).where(
            BenchMatch.clinic_id == work.clinic_id, BenchMatch.receipt_line_id.in_(costs)
        )
    )
    price_bench_lines(work, {row.bench_line_id: costs[row.receipt_line_id] for row in matched})
