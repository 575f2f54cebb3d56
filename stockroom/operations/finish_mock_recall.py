"""How long did an exercise take from the lot to the complete list of patients, and what did it find?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger import recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.models import RecallMockResult
from stockroom.reads.recall_cases import open_case
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action

NOTE_LONGEST = 1_000
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(eq=False, kw_only=True)
class NotAnExercise(Refused):
    """The case is a real recall."""

    code: ClassVar[str] = "not_an_exercise"
    message: ClassVar[str] = extracted(
        "This is a recall and no exercise: no stopwatch runs. Start a mock recall for that."
    )
    case: str


@dataclass(eq=False, kw_only=True)
class ExerciseFinished(Conflict):
    """The stopwatch was stopped before."""

    code: ClassVar[str] = "exercise_finished"
    message: ClassVar[str] = extracted("The result of this exercise is kept already. Start another one.")
    case: str


@dataclass(frozen=True, kw_only=True)
class FinishMockRecall:
    """What the exercise found; the list of patients was complete when this is asked."""

    case_uid: str
    lots: int
    cocktails: int
    sessions: int
    patients: int
    clinics: int
    is_complete: bool
    """Every lot's books add up, and the list names every session that the trace finds."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class MockRecallFinished:
    result_uid: str
    listed_after_ms: int


def finish_mock_recall(
    store: Store, command: FinishMockRecall, *, actor: Actor, key: str, now: datetime
) -> MockRecallFinished:
    """Stop the watch of an exercise, and keep its result for good.

    Raises ThingNotFound, RecallClosed, NotAnExercise, ExerciseFinished, InvalidValue.
    """
    return perform(
        store,
        Act(kind="recall.exercise", action=Action.RECALL, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _finish(work, command),
        answer=MockRecallFinished,
        actor=actor,
        key=key,
        now=now,
    )


def _finish(work: Work, command: FinishMockRecall) -> MockRecallFinished:
    case = open_case(work.connection, command.case_uid)
    if not case.is_mock:
        raise NotAnExercise(case=case.uid)
    known = select(RecallMockResult.id).where(RecallMockResult.case_id == case.id)
    if work.connection.execute(known).first() is not None:
        raise ExerciseFinished(case=case.uid)
    check_text("note", command.note, longest=NOTE_LONGEST, may_break=True)
    counts = {
        name: getattr(command, name) for name in ("lots", "cocktails", "sessions", "patients", "clinics")
    }
    if min(counts.values()) < 0:
        raise InvalidValue(field="lots", problem="counts are none or more")
    listed_at = max(work.now, case.opened_at)  # a clock that was set back runs no watch backwards
    after_ms = (listed_at - case.opened_at) // _MILLISECOND
    uid = recall_rows.write(
        work,
        RecallMockResult,
        {
            "case_id": case.id,
            "started_at": case.opened_at,
            "listed_at": listed_at,
            "finished_at": None,
            "listed_after_ms": after_ms,
            **counts,
            "is_complete": command.is_complete,
            "note": command.note.strip(),
        },
    )
    work.payload.update(case=case.uid, result=uid, listed_after_ms=after_ms, **counts)
    return MockRecallFinished(result_uid=uid, listed_after_ms=after_ms)
