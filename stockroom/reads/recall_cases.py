"""Which recall is meant, how far is it, and what does it cover?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, exists, func, select

from stockroom.errors import Conflict, extracted
from stockroom.ledger.recall_holding import NumberKey
from stockroom.models import (
    Product,
    ProductHold,
    RecallCase,
    RecallFinding,
    RecallLot,
    RecallNotice,
    RecallStep,
)
from stockroom.reads.finding import one_by_uid
from stockroom.rules.recalling import Steps, state_of
from stockroom.vocabulary import HoldReason, RecallState, RecallStepKind


@dataclass(eq=False, kw_only=True)
class RecallClosed(Conflict):
    """Somebody closed the case."""

    code: ClassVar[str] = "recall_closed"
    message: ClassVar[str] = extracted(
        "Recall R-{number} is closed. Open it again, with the reason, to go on with it."
    )
    case_uid: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Case:
    """A recall, or an exercise of one, and how far it is."""

    id: int
    uid: str
    number: int
    title: str
    is_mock: bool
    opened_at: datetime
    recorded_at: datetime
    recorded_by_id: int
    state: RecallState
    is_released: bool
    """What it held is free again."""


def any_case(connection: Connection, uid: str) -> Case:
    """Give a case; four statements.  Raises ThingNotFound."""
    return _case(connection, one_by_uid(connection, RecallCase, uid, thing="recall"))


def open_case(connection: Connection, uid: str) -> Case:
    """Give a case that goes on.  Raises ThingNotFound, RecallClosed."""
    case = any_case(connection, uid)
    if case.state is RecallState.CLOSED:
        raise RecallClosed(case_uid=case.uid, number=case.number)
    return case


def _case(connection: Connection, row: Row[Any]) -> Case:
    steps = tuple(
        RecallStepKind(kind)
        for kind in connection.execute(
            select(RecallStep.kind).where(RecallStep.case_id == row.id).order_by(RecallStep.id)
        ).scalars()
    )
    said = Steps(
        has_lots=bool(connection.execute(select(exists().where(RecallLot.case_id == row.id))).scalar_one()),
        has_finding=bool(
            connection.execute(select(exists().where(RecallFinding.case_id == row.id))).scalar_one()
        ),
        steps=steps,
    )
    lets = [each for each in steps if each in (RecallStepKind.RELEASED, RecallStepKind.HELD_AGAIN)]
    return Case(
        id=row.id,
        uid=row.uid,
        number=row.number,
        title=row.title,
        is_mock=row.is_mock,
        opened_at=row.opened_at,
        recorded_at=row.recorded_at,
        recorded_by_id=row.recorded_by_id,
        state=state_of(said),
        is_released=bool(lets) and lets[-1] is RecallStepKind.RELEASED,
    )


def standing() -> Any:
    """The condition that a case of `RecallCase` is not closed."""
    ends = (RecallStepKind.CLOSED, RecallStepKind.REOPENED)
    newest = (
        select(func.max(RecallStep.id))
        .where(RecallStep.case_id == RecallCase.id, RecallStep.kind.in_([each.value for each in ends]))
        .correlate(RecallCase)
        .scalar_subquery()
    )
    closed = select(RecallStep.id).where(
        RecallStep.id == newest, RecallStep.kind == RecallStepKind.CLOSED.value
    )
    return ~closed.exists()


@dataclass(frozen=True, kw_only=True)
class FirstCase:
    """A case that goes on, or (no number) a hold of before there were cases."""

    uid: str
    number: int | None
    title: str


def case_of_notice(connection: Connection, issuer: str, reference: str) -> FirstCase | None:
    """Give the case that goes on with a notice of this issuer under this reference, however it is written."""
    rows = connection.execute(
        select(
            RecallCase.uid, RecallCase.number, RecallCase.title, RecallNotice.issuer, RecallNotice.reference
        )
        .join(RecallNotice, RecallNotice.case_id == RecallCase.id)
        .where(standing(), RecallCase.is_mock.is_(False))
        .order_by(RecallCase.id)
    )
    wanted = (_folded(issuer), _folded(reference))
    for row in rows:
        if (_folded(row.issuer), _folded(row.reference)) == wanted:
            return FirstCase(uid=row.uid, number=row.number, title=row.title)
    return None


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def recalled_already(connection: Connection, wanted: Iterable[NumberKey]) -> dict[NumberKey, FirstCase]:
    """Give what of this a recall holds by now, with the first case that does."""
    asked = list(wanted)
    if not asked:
        return {}
    rows = connection.execute(
        select(
            ProductHold.product_id,
            ProductHold.lot_number,
            ProductHold.uid.label("hold_uid"),
            RecallCase.uid,
            RecallCase.number,
            RecallCase.title,
        )
        .outerjoin(RecallCase, RecallCase.id == ProductHold.case_id)
        .where(
            ProductHold.reason == HoldReason.RECALL,
            ProductHold.released_at.is_(None),
            ProductHold.product_id.in_({product_id for product_id, _ in asked}),
        )
        .order_by(ProductHold.id.desc())
    )
    held = {
        (row.product_id, row.lot_number): FirstCase(
            uid=row.uid or row.hold_uid, number=row.number, title=row.title or ""
        )
        for row in rows
    }
    found = {}
    for product_id, number in asked:
        first = held.get((product_id, None)) or held.get((product_id, number))
        if first is not None:
            found[product_id, number] = first
    return found


@dataclass(frozen=True, kw_only=True)
class CoveredNumber:
    """A number that a case covers (None: all of the product)."""

    product_id: int
    product_uid: str
    lot_number: str | None


def covered_numbers(connection: Connection, case_id: int) -> tuple[CoveredNumber, ...]:
    """Give what a case covers, in the order in which it came upon it; one statement."""
    rows = connection.execute(
        select(RecallLot.product_id, Product.uid.label("product_uid"), RecallLot.lot_number)
        .join(Product, Product.id == RecallLot.product_id)
        .where(RecallLot.case_id == case_id)
        .order_by(RecallLot.id)
    )
    return tuple(CoveredNumber(**row._mapping) for row in rows)
