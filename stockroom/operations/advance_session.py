"""How does a visit go on: arrived, being prepared, in treatment, finished, signed, or not at all?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, exists, func, select

from stockroom.actor import Actor
from stockroom.db.built_once import adding, changing
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Signing, Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import release_of_session
from stockroom.ledger.named_rows import name_rows
from stockroom.ledger.remainders import NOTHING_LEFT, RemaindersGone, end_remainders
from stockroom.models import Line, RatioAnswer, TreatmentSession
from stockroom.reads.finding import one_by_uid
from stockroom.reads.ratios import unusual_in
from stockroom.reads.remainders import remainders
from stockroom.rules.ratios import require_answers
from stockroom.vocabulary import (
    CLOSED_SESSION_STATES,
    Action,
    RatioKind,
    SessionState,
    SignatureMeaning,
    SignOnWay,
)

ANSWER_MAX = 500
_ENDINGS = frozenset({SessionState.FINISHED, SessionState.CANCELLED})
TRANSITIONS: dict[SessionState, frozenset[SessionState]] = {
    SessionState.PLANNED: _ENDINGS
    | {SessionState.ARRIVED, SessionState.PREPARING, SessionState.DID_NOT_COME},
    SessionState.ARRIVED: _ENDINGS | {SessionState.PREPARING, SessionState.IN_TREATMENT},
    SessionState.PREPARING: _ENDINGS | {SessionState.IN_TREATMENT, SessionState.DID_NOT_COME},
    SessionState.IN_TREATMENT: _ENDINGS,
    SessionState.FINISHED: frozenset({SessionState.SIGNED}),
    SessionState.SIGNED: frozenset(),
    SessionState.CANCELLED: frozenset(),
    SessionState.DID_NOT_COME: frozenset(),
}
"""What may follow each state: a clinic that does not follow every step finishes in one.

What is over stays over: later facts are recorded late.
"""

_ACTIONS: dict[SessionState, Action] = {
    SessionState.ARRIVED: Action.PLAN_SESSION,
    SessionState.PREPARING: Action.PLAN_SESSION,
    SessionState.IN_TREATMENT: Action.PLAN_SESSION,
    SessionState.FINISHED: Action.FINISH_SESSION,
    SessionState.SIGNED: Action.SIGN_SESSION,
    SessionState.CANCELLED: Action.PLAN_SESSION,
    SessionState.DID_NOT_COME: Action.PLAN_SESSION,
}
_NOTHING_WAS_USED = (SessionState.CANCELLED, SessionState.DID_NOT_COME)


@dataclass(eq=False, kw_only=True)
class StepNotAllowed(Conflict):
    """The session is not in a state from which this follows."""

    code: ClassVar[str] = "step_not_allowed"
    message: ClassVar[str] = extracted("This session is {state}; next it may be: {allowed}.")
    session: str
    state: str
    allowed: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class NothingFollows(StepNotAllowed):
    """The session was signed or cancelled, or nobody came: it goes no further."""

    code: ClassVar[str] = "nothing_follows"
    message: ClassVar[str] = extracted(
        "This session is {state}, and goes no further. Make another one if the patient comes after all."
    )


@dataclass(eq=False, kw_only=True)
class SessionHasUses(Refused):
    """A visit in which something was used did take place."""

    code: ClassVar[str] = "session_has_uses"
    message: ClassVar[str] = extracted(
        "Something was used in this session, so it took place. Finish it; if the use was booked by mistake, "
        "reverse it first."
    )
    session: str


@dataclass(frozen=True, kw_only=True)
class RatioAnswerOf:
    """Why something is as unusual as it is."""

    kind: RatioKind
    answer: str


@dataclass(frozen=True, kw_only=True)
class AdvanceSession:
    """The state that a session is now in."""

    session_uid: str
    to: SessionState
    answers: tuple[RatioAnswerOf, ...] = ()
    """Why the number of needles or cartridges is unusual; asked when a session is finished."""
    way: SignOnWay = SignOnWay.PASSWORD
    """How whoever signs it off proved who it is."""


@dataclass(frozen=True, kw_only=True)
class SessionAdvanced:
    session_uid: str
    state: SessionState
    version: int
    released: tuple[str, ...]
    """Allocations that were given back."""
    movement_uid: str | None = None
    """The disposal of what was left, where something was."""
    ended: tuple[str, ...] = ()
    """Short codes of the vials that finishing closed."""


def advance_session(
    store: Store, command: AdvanceSession, *, actor: Actor, key: str, now: datetime
) -> SessionAdvanced:
    """Bring a session one step on; when it is over, what was kept for it is given back.

    Finishing throws away what is left of vials that serve one patient only and were opened or drawn in
    it, and of cocktails made for it and for nobody who still comes: one disposal, reason *remainder*.
    Signing is the practitioner's: the signature stands beside the others under it.
    Raises ThingNotFound, StepNotAllowed, SessionHasUses, RatioUnanswered, InvalidValue.
    """
    if command.to not in _ACTIONS:
        raise InvalidValue(field="to", problem="a session is planned by planning it")
    return perform(
        store,
        Act(kind=f"session.{command.to.value}", action=_ACTIONS[command.to]),
        command=command,
        body=lambda work: _advance(work, command),
        answer=SessionAdvanced,
        actor=actor,
        key=key,
        now=now,
    )


def _advance(work: Work, command: AdvanceSession) -> SessionAdvanced:
    session = one_by_uid(
        work.connection, TreatmentSession, command.session_uid, thing="session", clinic_id=work.clinic_id
    )
    allowed = TRANSITIONS[SessionState(session.state)]
    if command.to not in allowed:
        refusal = StepNotAllowed if allowed else NothingFollows
        raise refusal(
            session=session.uid,
            state=session.state.replace("_", " "),
            allowed=tuple(sorted(state.value for state in allowed)),
        )
    if command.to in _NOTHING_WAS_USED:
        _require_no_use_stands(work, session)
    released = release_of_session(work, session.id) if command.to in CLOSED_SESSION_STATES else ()
    values: dict[str, Any] = {"state": command.to, "version": session.version + 1}
    gone = NOTHING_LEFT
    if command.to is SessionState.FINISHED:
        values["finished_at"] = work.recorded_at
        _answer_ratios(work, session, command.answers)
        gone = _end_remainders(work, session)
    if command.to is SessionState.SIGNED:
        work.signed.append(_signing(work, session, command.way))
    work.connection.execute(
        changing(TreatmentSession, "clinic_id", "id"),
        {
            "its_clinic_id": work.clinic_id,
            "its_id": session.id,
            "updated_at": work.recorded_at,
            **values,
        },
    )
    work.payload.update(session=session.uid, was=session.state, state=command.to, released=list(released))
    return SessionAdvanced(
        session_uid=session.uid,
        state=command.to,
        version=session.version + 1,
        released=released,
        movement_uid=gone.posted.uid if gone.posted else None,
        ended=gone.ended,
    )


def _signing(work: Work, session: Row[Any], way: SignOnWay) -> Signing:
    return Signing(
        person_id=work.actor.person_id,
        person_uid=work.actor.person_uid,
        meaning=SignatureMeaning.SIGNED_OFF,
        way=way,
        session_id=session.id,
    )


def _answer_ratios(work: Work, session: Row[Any], answers: tuple[RatioAnswerOf, ...]) -> None:
    """Write down why a number of needles or cartridges is unusual.  Raises RatioUnanswered, InvalidValue."""
    said = {each.kind.value: each.answer.strip() for each in answers}
    if any(len(answer) > ANSWER_MAX or "\x00" in answer for answer in said.values()):
        raise InvalidValue(field="answers", problem=f"at most {ANSWER_MAX} readable characters")
    asked = unusual_in(work.connection, work.clinic_id, session.id)
    require_answers(session.uid, asked, said)
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "session_id": session.id,
            "kind": each.kind,
            "counted": each.counted,
            "usual": each.usual,
            "answer": said[each.kind.value],
            "answered_at": work.recorded_at,
            "answered_by_id": work.actor.person_id,
        }
        for each in asked
    ]
    if rows:
        work.connection.execute(adding(RatioAnswer), rows)
        name_rows(work, RatioAnswer, [each["uid"] for each in rows])
        work.payload["unusual"] = [[each.kind.value, each.counted, each.usual] for each in asked]


def _end_remainders(work: Work, session: Row[Any]) -> RemaindersGone:
    left = remainders(
        work.connection,
        work.clinic_id,
        session_id=session.id,
        session_uid=session.uid,
        patient_id=session.patient_id,
    )
    return end_remainders(work, left, session_uid=session.uid) if left else NOTHING_LEFT


def _require_no_use_stands(work: Work, session: Row[Any]) -> None:
    turned = Line.__table__.alias("turned")
    stands = select(
        exists().where(
            Line.clinic_id == work.clinic_id,
            Line.session_id == session.id,
            func.coalesce(Line.reverses_line_id, 0) == 0,  # no index: SQLite would walk every line
            ~exists().where(turned.c.clinic_id == Line.clinic_id, turned.c.reverses_line_id == Line.id),
        )
    )
    if work.connection.execute(stands).scalar_one():
        raise SessionHasUses(session=session.uid)
