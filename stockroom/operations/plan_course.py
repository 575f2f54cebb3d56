"""How is a patient's course planned, from a protocol or freely, and how does a further session come into it?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.built_once import reading
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger import course_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.said import SAID
from stockroom.ledger.session_rows import NewSession, SessionMade, add_sessions, told_needs
from stockroom.models import Course, Patient, Protocol, ProtocolVersion
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.course_pace import (
    Placed,
    require_course_free,
    require_pace,
    session_ids,
    version_of,
)
from stockroom.reads.courses import course_visits, version_needs
from stockroom.reads.finding import one_by_uid
from stockroom.reads.new_sessions import look_up
from stockroom.reads.patients import patient_by_uid
from stockroom.reads.session_needs import needs_of_session
from stockroom.reads.session_seats import seat
from stockroom.rules.courses import SESSIONS_MAX
from stockroom.rules.planning import NeedOf, check_needs, check_reference, require_day
from stockroom.vocabulary import Action

NAME_LONGEST = 200


@dataclass(eq=False, kw_only=True)
class ProtocolRetired(Conflict):
    """Nothing is planned from the protocol any more."""

    code: ClassVar[str] = "protocol_retired"
    message: ClassVar[str] = extracted("{name} is planned no more. Choose another protocol.")
    name: str
    protocol: str


@dataclass(frozen=True, kw_only=True)
class PlanCourse:
    """A series of sessions of one patient, all with the same needs, room and practitioner."""

    patient_uid: str
    planned: tuple[datetime, ...] = ()
    """When its sessions are; none yet, where an external system sends them one by one."""
    protocol_uid: str | None = None
    """None plans freely."""
    name: str = field(default="", metadata=SAID)
    """The protocol's, where nothing is said."""
    practitioner_uid: str | None = None
    room_uid: str | None = None
    needs: tuple[NeedOf, ...] | None = None
    """Of each session; None takes the protocol's."""
    external_reference: str = ""
    """The course's number in the clinic's own software; never a name."""
    interval_reason: str = ""
    """Why sessions follow each other sooner than the protocol says; stays out of the journal (L14)."""
    past_is_meant: bool = False


@dataclass(frozen=True, kw_only=True)
class CoursePlanned:
    course_uid: str
    session_uids: tuple[str, ...]
    version: int


@dataclass(frozen=True, kw_only=True)
class AddToCourse:
    """A further session of a course."""

    course_uid: str
    version: int
    """The version of the course that was read."""
    planned_at: datetime
    is_maintenance: bool = False
    practitioner_uid: str | None = None
    room_uid: str | None = None
    needs: tuple[NeedOf, ...] | None = None
    """None takes those of its latest session that did not fall out, else the protocol's."""
    interval_reason: str = ""
    past_is_meant: bool = False


def plan_course(store: Store, command: PlanCourse, *, actor: Actor, key: str, now: datetime) -> CoursePlanned:
    """Plan a course with its sessions and what each will need.  The needs bind no lot.

    Raises ThingNotFound, PatientErased, InvalidValue, ProtocolRetired, PlannedInPast, IntervalTooShort,
    CourseReferenceTaken.
    """
    return perform(
        store,
        Act(kind="course.plan", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _plan(work, command),
        answer=CoursePlanned,
        actor=actor,
        key=key,
        now=now,
    )


def add_to_course(
    store: Store, command: AddToCourse, *, actor: Actor, key: str, now: datetime
) -> CoursePlanned:
    """Plan one more session in a course; the answer names it alone.

    Raises ThingNotFound, InvalidValue, CourseChanged, CourseEnded, PlannedInPast, IntervalTooShort.
    """
    return perform(
        store,
        Act(kind="course.add", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _add(work, command),
        answer=CoursePlanned,
        actor=actor,
        key=key,
        now=now,
    )


def _plan(work: Work, command: PlanCourse) -> CoursePlanned:
    patient_id = patient_by_uid(work.connection, command.patient_uid).id
    protocol, version = _protocol(work, command.protocol_uid)
    name = command.name.strip() or (protocol.name if protocol is not None else "")
    _check(command, name)
    check_reference(command.external_reference)
    require_course_free(work, command.external_reference)
    needs = command.needs
    if needs is None:
        needs = () if version is None else version_needs(work.connection, version.id)
    check_needs(needs)
    placed = [Placed(session=f"new-{n:03d}", planned_at=at) for n, at in enumerate(sorted(command.planned))]
    _require_days(work, placed, past_is_meant=command.past_is_meant)
    answered = require_pace(
        work, patient_id=patient_id, protocol_version=version, placed=placed, reason=command.interval_reason
    )
    course = course_rows.insert_course(
        work,
        patient_id=patient_id,
        version_id=None if version is None else version.id,
        name=name,
        external_reference=command.external_reference,
    )
    made = _sessions(work, command, patient_id, placed, needs)
    course_rows.join_course(work, course.id, {each.id: False for each in made})
    ids = {each.session: one.id for each, one in zip(placed, made, strict=True)}
    course_rows.write_answers(
        work, course.id, answered, session_ids(work, answered, ids), command.interval_reason
    )
    work.payload.update(
        course=course.uid,
        patient=command.patient_uid,
        protocol_version=None if version is None else version.uid,
        sessions=[[one.uid, each.planned_at] for each, one in zip(placed, made, strict=True)],
        needs=told_needs(needs),
    )
    return CoursePlanned(course_uid=course.uid, session_uids=tuple(each.uid for each in made), version=1)


def _add(work: Work, command: AddToCourse) -> CoursePlanned:
    course = one_by_uid(work.connection, Course, command.course_uid, thing="course", clinic_id=work.clinic_id)
    course_rows.require_open(course, command.version)
    new = Placed(session="new", planned_at=command.planned_at, is_maintenance=command.is_maintenance)
    _require_days(work, [new], past_is_meant=command.past_is_meant)
    version = version_of(work, course.protocol_version_id)
    answered = require_pace(
        work,
        patient_id=course.patient_id,
        protocol_version=version,
        placed=[new],
        reason=command.interval_reason,
    )
    needs = command.needs if command.needs is not None else _usual_needs(work, course)
    check_needs(needs)
    patient = work.connection.execute(select(Patient.uid).where(Patient.id == course.patient_id)).scalar_one()
    patient_id = patient_by_uid(work.connection, patient).id
    (made,) = _sessions(work, command, patient_id, [new], needs)
    course_rows.join_course(work, course.id, {made.id: command.is_maintenance})
    ids = session_ids(work, answered, {new.session: made.id})
    course_rows.write_answers(work, course.id, answered, ids, command.interval_reason)
    work.payload.update(
        course=course.uid,
        session=made.uid,
        planned_at=command.planned_at,
        is_maintenance=command.is_maintenance,
        needs=told_needs(needs),
    )
    return CoursePlanned(
        course_uid=course.uid,
        session_uids=(made.uid,),
        version=course_rows.change_course(work, course),
    )


def _protocol(work: Work, uid: str | None) -> tuple[Any, Any]:
    """The protocol and its newest version; none of either where a course is planned freely."""
    if uid is None:
        return None, None
    protocol = one_by_uid(work.connection, Protocol, uid, thing="protocol")
    if protocol.retired_at is not None:
        raise ProtocolRetired(name=protocol.name, protocol=protocol.uid)
    newest = reading(ProtocolVersion, "protocol_id").order_by(ProtocolVersion.number.desc()).limit(1)
    return protocol, work.connection.execute(newest, {"its_protocol_id": protocol.id}).one()


def _check(command: PlanCourse, name: str) -> None:
    if not name:
        raise InvalidValue(field="name", problem="say what the course is for, or choose a protocol")
    if len(name) > NAME_LONGEST:
        raise InvalidValue(field="name", problem=f"at most {NAME_LONGEST} characters")
    if len(command.planned) > SESSIONS_MAX:
        raise InvalidValue(field="planned", problem=f"at most {SESSIONS_MAX} sessions")


def _require_days(work: Work, placed: list[Placed], *, past_is_meant: bool) -> None:
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    for each in placed:
        require_day(each.planned_at, now=work.now, zone=zone, past_is_meant=past_is_meant)


def _sessions(
    work: Work,
    command: PlanCourse | AddToCourse,
    patient_id: int,
    placed: list[Placed],
    needs: tuple[NeedOf, ...],
) -> tuple[SessionMade, ...]:
    where = seat(
        work.connection,
        work.clinic_id,
        practitioner_uid=command.practitioner_uid,
        room_uid=command.room_uid,
    )
    sessions = [
        NewSession(patient_id=patient_id, planned_at=each.planned_at, seat=where, needs=needs)
        for each in placed
    ]
    return add_sessions(work, sessions, look_up(work.connection, work.clinic_id, sessions))


def _usual_needs(work: Work, course: Any) -> tuple[NeedOf, ...]:
    """What the course's latest session needs that did not fall out; what its protocol says where there is none."""
    visits = course_visits(work.connection, work.clinic_id, course.id)
    latest = next((each for each in reversed(visits) if not each.fell_out), None)
    if latest is not None:
        return needs_of_session(work.connection, work.clinic_id, latest.id)
    if course.protocol_version_id is None:
        return ()
    return version_needs(work.connection, course.protocol_version_id)
