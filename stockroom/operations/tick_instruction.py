"""Was this done before the session?  One tick for each instruction, by whoever saw to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.built_once import adding
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.named_rows import name_rows
from stockroom.models import ReferenceItem, SessionTick, TreatmentSession
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import CLOSED_SESSION_STATES, Action, SessionState

BEFORE_SESSION = "before_session"
"""The kind of reference data that the instructions are."""


@dataclass(eq=False, kw_only=True)
class SessionOver(Conflict):
    """What was done before a session is ticked before it is over."""

    code: ClassVar[str] = "visit_over"
    title: ClassVar[str] = extracted("The session has changed")
    message: ClassVar[str] = extracted("This session is {state}; nothing is ticked in it any more.")
    session: str
    state: str


@dataclass(frozen=True, kw_only=True)
class TickInstructions:
    """Which of the instructions were followed, and which were not after all; the others stay as they are."""

    session_uid: str
    done: tuple[str, ...] = ()
    """Slugs of instructions for before a session."""
    not_done: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class InstructionsTicked:
    session_uid: str
    done: tuple[str, ...]
    """All that are ticked now."""


def tick_instructions(
    store: Store, command: TickInstructions, *, actor: Actor, key: str, now: datetime
) -> InstructionsTicked:
    """Tick instructions of a session that is not over.  What stands so already is not written again.

    Raises ThingNotFound, SessionOver.
    """
    return perform(
        store,
        Act(kind="session.tick", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _tick(work, command),
        answer=InstructionsTicked,
        actor=actor,
        key=key,
        now=now,
    )


def _tick(work: Work, command: TickInstructions) -> InstructionsTicked:
    session = one_by_uid(
        work.connection, TreatmentSession, command.session_uid, thing="session", clinic_id=work.clinic_id
    )
    if SessionState(session.state) in CLOSED_SESSION_STATES:
        raise SessionOver(session=session.uid, state=session.state.replace("_", " "))
    said = dict.fromkeys(command.not_done, False) | dict.fromkeys(command.done, True)
    _check_known(work, said)
    stands = _standing(work, session.id)
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "session_id": session.id,
            "instruction": slug,
            "is_done": is_done,
            "recorded_at": work.recorded_at,
            "recorded_by_id": work.actor.person_id,
        }
        for slug, is_done in said.items()
        if stands.get(slug, False) is not is_done
    ]
    if rows:
        work.connection.execute(adding(SessionTick), rows)
        name_rows(work, SessionTick, [str(row["uid"]) for row in rows])
    stands |= said
    done = tuple(sorted(slug for slug, is_done in stands.items() if is_done))
    work.payload.update(session=session.uid, ticked={str(row["instruction"]): row["is_done"] for row in rows})
    return InstructionsTicked(session_uid=session.uid, done=done)


def _check_known(work: Work, said: dict[str, bool]) -> None:
    of_kind = select(ReferenceItem.slug).where(ReferenceItem.kind == BEFORE_SESSION)
    known = set(work.connection.execute(of_kind).scalars())
    if strange := sorted(said.keys() - known):
        raise ThingNotFound(thing="instruction", uid=strange[0][:40])


def _standing(work: Work, session_id: int) -> dict[str, bool]:
    ticks = (
        select(SessionTick.instruction, SessionTick.is_done)
        .where(SessionTick.clinic_id == work.clinic_id, SessionTick.session_id == session_id)
        .order_by(SessionTick.id)
    )
    return {row.instruction: row.is_done for row in work.connection.execute(ticks)}
