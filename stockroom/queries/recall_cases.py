"""Which recalls are there, and how far is each?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, distinct, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Person,
    ProductHold,
    RecallCase,
    RecallFile,
    RecallFinding,
    RecallLot,
    RecallNotice,
    RecallReply,
    RecallSession,
    RecallStep,
)
from stockroom.queries.paging import is_uid
from stockroom.rules.recalling import Steps, state_of
from stockroom.vocabulary import RecallState, RecallStepKind

_later = aliased(RecallNotice, name="later")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A recall or an exercise, with its newest notice; the notice's fields are empty where there is none."""

    uid: str
    number: int
    title: str
    is_mock: bool
    state: RecallState
    opened_at: datetime
    opened_by: str
    issuer: str
    reference: str
    recall_class: str
    answer_by: datetime | None
    """Until then a reply is expected, where none was sent since the notice came."""
    numbers: int
    """Of lots that it covers; a whole product counts one."""
    sessions: int
    held: int
    """Numbers that it holds now."""


def recall_cases(connection: Connection, *, mocks: bool | None = None) -> tuple[CaseRow, ...]:
    """Give the cases of the organisation, those that go on first, the newest first; six statements.

    `mocks`: only exercises, only real ones, or both.
    """
    statement = _cases()
    if mocks is not None:
        statement = statement.where(RecallCase.is_mock.is_(mocks))
    found = _counted(connection, connection.execute(statement).all())
    return tuple(sorted(found, key=lambda row: (row.state is RecallState.CLOSED, -row.number)))


def case_row(connection: Connection, uid: str) -> CaseRow:
    """Give one case.  Raises ThingNotFound."""
    row = connection.execute(_cases().where(RecallCase.uid == uid)).first() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="recall", uid=uid[:40])
    return _counted(connection, [row])[0]


def file_of_case(connection: Connection, case_uid: str, file_uid: str) -> Row[Any]:
    """Give a kept file with what is sealed in it.  Raises ThingNotFound."""
    row = None
    if is_uid(case_uid) and is_uid(file_uid):
        of_case = and_(RecallCase.id == RecallFile.case_id, RecallCase.uid == case_uid)
        row = connection.execute(
            select(RecallFile.__table__).join(RecallCase, of_case).where(RecallFile.uid == file_uid)
        ).first()
    if row is None:
        raise ThingNotFound(thing="file", uid=file_uid[:40])
    return row


def _cases() -> Any:
    newest = (
        select(func.max(_later.n))
        .where(_later.case_id == RecallCase.id)
        .correlate(RecallCase)
        .scalar_subquery()
    )
    return (
        select(
            RecallCase.id,
            RecallCase.uid,
            RecallCase.number,
            RecallCase.title,
            RecallCase.is_mock,
            RecallCase.opened_at,
            Person.name.label("opened_by"),
            func.coalesce(RecallNotice.issuer, "").label("issuer"),
            func.coalesce(RecallNotice.reference, "").label("reference"),
            func.coalesce(RecallNotice.recall_class, "").label("recall_class"),
            RecallNotice.answer_by,
            RecallNotice.recorded_at.label("noticed_at"),
        )
        .join(Person, Person.id == RecallCase.recorded_by_id)
        .outerjoin(RecallNotice, and_(RecallNotice.case_id == RecallCase.id, RecallNotice.n == newest))
    )


def _counted(connection: Connection, rows: Iterable[Any]) -> list[CaseRow]:
    found = list(rows)
    ids = [row.id for row in found]
    numbers = _count(connection, RecallLot.case_id, RecallLot.id, ids)
    findings = _count(connection, RecallFinding.case_id, RecallFinding.id, ids)
    sessions = _count(connection, RecallSession.case_id, RecallSession.id, ids)
    held = _count(connection, ProductHold.case_id, ProductHold.id, ids, ProductHold.released_at.is_(None))
    steps: dict[int, list[RecallStepKind]] = {}
    for row in connection.execute(
        select(RecallStep.case_id, RecallStep.kind).where(RecallStep.case_id.in_(ids)).order_by(RecallStep.id)
    ):
        steps.setdefault(row.case_id, []).append(RecallStepKind(row.kind))
    replied = {
        row.case_id: row.sent_at
        for row in connection.execute(
            select(RecallReply.case_id, func.max(RecallReply.sent_at).label("sent_at"))
            .where(RecallReply.case_id.in_(ids))
            .group_by(RecallReply.case_id)
        )
    }
    listed = []
    for row in found:
        said = Steps(
            has_lots=row.id in numbers, has_finding=row.id in findings, steps=tuple(steps.get(row.id, ()))
        )
        answered = row.id in replied and (row.noticed_at is None or replied[row.id] >= row.noticed_at)
        listed.append(
            CaseRow(
                uid=row.uid,
                number=row.number,
                title=row.title,
                is_mock=row.is_mock,
                state=state_of(said),
                opened_at=row.opened_at,
                opened_by=row.opened_by,
                issuer=row.issuer,
                reference=row.reference,
                recall_class=row.recall_class,
                answer_by=None if answered else row.answer_by,
                numbers=numbers.get(row.id, 0),
                sessions=sessions.get(row.id, 0),
                held=held.get(row.id, 0),
            )
        )
    return listed


def _count(connection: Connection, of: Any, what: Any, ids: list[int], *more: Any) -> dict[int, int]:
    rows = connection.execute(
        select(of.label("case_id"), func.count(distinct(what)).label("count"))
        .where(of.in_(ids), *more)
        .group_by(of)
    )
    return {row.case_id: int(row._mapping["count"]) for row in rows}
