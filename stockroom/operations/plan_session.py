"""How does a visit come into the book, and how is it planned anew?  Planning locks no lot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, exists, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, Stale, extracted
from stockroom.ledger import course_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import release_of_session
from stockroom.ledger.session_rows import (
    NewSession,
    add_sessions,
    change_session,
    replace_needs,
    require_references_free,
    told_needs,
)
from stockroom.ledger.sides import note_sides
from stockroom.models import Line, Location, Person, TreatmentSession
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.course_pace import Placed, require_pace, session_ids, version_of
from stockroom.reads.courses import course_of_session
from stockroom.reads.finding import one_by_uid
from stockroom.reads.new_sessions import look_up, look_up_needs
from stockroom.reads.patients import patient_by_uid
from stockroom.reads.session_seats import seat
from stockroom.rules.courses import Sooner
from stockroom.rules.planning import NEEDS_MAX as NEEDS_MAX
from stockroom.rules.planning import NeedOf as NeedOf
from stockroom.rules.planning import PlannedInPast as PlannedInPast
from stockroom.rules.planning import check_needs, check_reference
from stockroom.rules.planning import require_day as require_day
from stockroom.vocabulary import Action, SessionState


@dataclass(eq=False, kw_only=True)
class SessionChanged(Stale):
    """Somebody changed the session since it was read."""

    code: ClassVar[str] = "session_changed"
    message: ClassVar[str] = extracted(
        "This session was changed by somebody else. Look at it again before you change it."
    )
    session: str


@dataclass(eq=False, kw_only=True)
class SessionBegun(Conflict):
    """What has begun, or is over, is not planned anew."""

    code: ClassVar[str] = "session_begun"
    message: ClassVar[str] = extracted("This session is {state} and is not planned anew. Plan another one.")
    session: str
    state: str


@dataclass(eq=False, kw_only=True)
class PatientFixed(Refused):
    """A session's patient is fixed by its first use."""

    code: ClassVar[str] = "patient_fixed"
    message: ClassVar[str] = extracted(
        "Something was already used in this session, so its patient stays. Plan a session for the other "
        "patient; if the wrong patient was booked, correct the use."
    )
    session: str


@dataclass(frozen=True, kw_only=True)
class PlanSession:
    """One visit of one patient."""

    patient_uid: str
    planned_at: datetime
    practitioner_uid: str | None = None
    room_uid: str | None = None
    external_reference: str | None = ""
    """The visit's number in the clinic's own software; never a name.  None: as it was."""
    needs: tuple[NeedOf, ...] = ()
    past_is_meant: bool = False
    """True: somebody has seen that the day is past, and means it: a visit that nobody had planned."""
    interval_reason: str = ""
    """Why a session of a course comes sooner after another than its protocol says; stays out of the journal (L14)."""


@dataclass(frozen=True, kw_only=True)
class ReplanSession:
    """All of a planned session anew: what is left out is gone, its needs are replaced."""

    session_uid: str
    version: int
    """The version that was read."""
    plan: PlanSession


@dataclass(frozen=True, kw_only=True)
class SessionPlanned:
    session_uid: str
    short_code: str
    version: int


def plan_session(
    store: Store, command: PlanSession, *, actor: Actor, key: str, now: datetime
) -> SessionPlanned:
    """Plan a visit with what it will need.  The needs bind no lot.

    Raises ThingNotFound, PatientErased, InvalidValue, PlannedInPast, SessionReferenceTaken.
    """
    return perform(
        store,
        Act(kind="session.plan", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _plan(work, command),
        answer=SessionPlanned,
        actor=actor,
        key=key,
        now=now,
    )


def replan_session(
    store: Store, command: ReplanSession, *, actor: Actor, key: str, now: datetime
) -> SessionPlanned:
    """Change a session that has not ended, replacing its needs.  Its patient stays once something was used.

    What was kept for it is given back when its day or its patient changes: only today's session keeps a lot.

    A session of a course keeps its distance to the others, or says why not; the course counts as changed.

    Raises ThingNotFound, PatientErased, InvalidValue, SessionChanged, SessionBegun, PatientFixed,
    SessionReferenceTaken, and for another day than it had PlannedInPast and IntervalTooShort.
    """
    return perform(
        store,
        Act(kind="session.replan", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _replan(work, command),
        answer=SessionPlanned,
        actor=actor,
        key=key,
        now=now,
    )


def _plan(work: Work, command: PlanSession) -> SessionPlanned:
    session = _new_session(work, command)
    _check_day(work, command)
    (made,) = add_sessions(work, [session], look_up(work.connection, work.clinic_id, [session]))
    _say(work, made.uid, command)
    return SessionPlanned(session_uid=made.uid, short_code=made.short_code, version=1)


def _replan(work: Work, command: ReplanSession) -> SessionPlanned:
    session = one_by_uid(
        work.connection,
        TreatmentSession,
        command.session_uid,
        thing="session",
        clinic_id=work.clinic_id,
    )
    if session.version != command.version:
        raise SessionChanged(session=session.uid)
    if session.state not in (SessionState.PLANNED, SessionState.ARRIVED, SessionState.PREPARING):
        raise SessionBegun(session=session.uid, state=session.state.replace("_", " "))
    new = _new_session(work, command.plan, session.external_reference)
    is_another_patient = new.patient_id != session.patient_id
    if is_another_patient:
        _require_unused(work, session)
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    was_on, is_on = (civil_date(at, zone) for at in (session.planned_at, new.planned_at))
    if was_on != is_on:
        _check_day(work, command.plan)
    require_references_free(work, [new.external_reference], own_id=session.id)
    _keep_pace(
        work, session, command.plan, is_another_day=was_on != is_on, is_another_patient=is_another_patient
    )
    if was_on != is_on or is_another_patient:
        work.payload["released"] = list(release_of_session(work, session.id))
    was = {"planned_at": session.planned_at, **_seat(work, session)}
    change_session(
        work,
        session.id,
        session.version,
        patient_id=new.patient_id,
        planned_at=new.planned_at,
        practitioner_id=new.seat.practitioner_id,
        room_id=new.seat.room_id,
        external_reference=new.external_reference,
    )
    seat = {"practitioner": command.plan.practitioner_uid, "room": command.plan.room_uid}
    note_sides(work, was, {"planned_at": new.planned_at, **seat})
    replace_needs(work, {session.id: new.needs}, look_up_needs(work.connection, new.needs))
    _say(work, session.uid, command.plan)
    return SessionPlanned(session_uid=session.uid, short_code=session.short_code, version=session.version + 1)


def _seat(work: Work, session: Row[Any]) -> dict[str, object]:
    """Who treats and where as it was planned, by the uids that go outside."""
    practitioner = select(Person.uid).where(Person.id == session.practitioner_id).scalar_subquery()
    room = (
        select(Location.uid)
        .where(Location.clinic_id == work.clinic_id, Location.id == session.room_id)
        .scalar_subquery()
    )
    seat = select(practitioner.label("practitioner"), room.label("room"))
    return dict(work.connection.execute(seat).one()._mapping)


def _keep_pace(
    work: Work, session: Row[Any], plan: PlanSession, *, is_another_day: bool, is_another_patient: bool
) -> None:
    """A session of a course stays its patient's, and keeps its distance or says why not; the course counts as changed."""
    course = course_of_session(work.connection, work.clinic_id, session.id)
    if course is None:
        return
    if is_another_patient:
        raise InvalidValue(field="patient_uid", problem="the session is one of this patient's course")
    answered: tuple[Sooner, ...] = ()
    if is_another_day:
        answered = require_pace(
            work,
            patient_id=course.patient_id,
            protocol_version=version_of(work, course.protocol_version_id),
            placed=[
                Placed(session=session.uid, planned_at=plan.planned_at, is_maintenance=course.is_maintenance)
            ],
            reason=plan.interval_reason,
        )
    course_rows.write_answers(
        work, course.id, answered, session_ids(work, answered, {}), plan.interval_reason
    )
    course_rows.change_course(work, course)


def _check_day(work: Work, command: PlanSession) -> None:
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    require_day(command.planned_at, now=work.now, zone=zone, past_is_meant=command.past_is_meant)


def _require_unused(work: Work, session: Row[Any]) -> None:
    used = select(exists().where(Line.clinic_id == work.clinic_id, Line.session_id == session.id))
    if work.connection.execute(used).scalar_one():
        raise PatientFixed(session=session.uid)


def _new_session(work: Work, command: PlanSession, was_reference: str = "") -> NewSession:
    reference = was_reference if command.external_reference is None else command.external_reference
    check_reference(reference)
    check_needs(command.needs)
    return NewSession(
        patient_id=patient_by_uid(work.connection, command.patient_uid).id,
        planned_at=command.planned_at,
        seat=seat(
            work.connection,
            work.clinic_id,
            practitioner_uid=command.practitioner_uid,
            room_uid=command.room_uid,
        ),
        needs=command.needs,
        external_reference=reference,
    )


def _say(work: Work, uid: str, command: PlanSession) -> None:
    work.payload.update(
        session=uid,
        patient=command.patient_uid,
        planned_at=command.planned_at,
        needs=told_needs(command.needs),
    )
