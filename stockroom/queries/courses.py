"""How far is a course: which sessions has it, what do they need, and what comes next?  Patients by id and uid only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Course,
    CourseSession,
    IntervalAnswer,
    Location,
    Patient,
    Person,
    Protocol,
    ProtocolVersion,
    TreatmentSession,
)
from stockroom.queries.bench_needs import NeedLine, needs_of
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.queries.patient_record import record_ids
from stockroom.vocabulary import CLOSED_SESSION_STATES, CourseState, SessionState

_STILL_TO_COME = [state for state in SessionState if state not in CLOSED_SESSION_STATES]
_DONE = [SessionState.FINISHED, SessionState.SIGNED]
LISTED_MAX = 500
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRow:
    """A course as a list shows it."""

    uid: str
    version: int
    name: str
    state: str
    external_reference: str
    patient_id: int
    patient_uid: str
    protocol_uid: str | None
    protocol_number: int | None
    """The version of the protocol that it was planned from."""
    session_count: int
    """Those that did not fall out."""
    done_count: int
    next_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOfCourse:
    """A session in a course's line of time."""

    id: int
    uid: str
    version: int
    short_code: str
    state: str
    planned_at: datetime
    is_maintenance: bool
    external_reference: str
    room_uid: str | None
    room: str | None
    practitioner_uid: str | None
    practitioner: str | None
    needs: tuple[NeedLine, ...]

    @property
    def is_planned(self) -> bool:
        return self.state == SessionState.PLANNED.value

    @property
    def fell_out(self) -> bool:
        return self.state in (SessionState.CANCELLED.value, SessionState.DID_NOT_COME.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """Why a session came sooner than the protocol says."""

    session_uid: str
    days: int
    least_days: int
    reason: str
    answered_at: datetime
    answered_by: str


@dataclass(frozen=True, kw_only=True)
class CourseShown:
    """A course with its sessions by time."""

    course: CourseRow
    sessions: tuple[SessionOfCourse, ...]
    answers: tuple[AnswerRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInCourse:
    """Which session of which course one is."""

    course_uid: str
    name: str
    number: int
    """From 1, among those that did not fall out; 0 for one that did."""
    count: int
    is_maintenance: bool


def courses(
    connection: Connection,
    clinic_id: int,
    *,
    patient_uid: str | None = None,
    state: CourseState | None = None,
    external_reference: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[CourseRow]:
    """Give the clinic's courses in the order in which they were planned; one statement.  Raises CursorUnreadable."""
    statement = _courses(clinic_id)
    if patient_uid is not None:
        statement = statement.where(Course.patient_id.in_(record_ids(patient_uid)))
    if state is not None:
        statement = statement.where(Course.state == state)
    if external_reference is not None:
        statement = statement.where(Course.external_reference == external_reference)
    return page_of(
        connection, statement, Course, lambda row: CourseRow(**row._mapping), after=after, limit=limit
    )


def running_courses(connection: Connection, clinic_id: int) -> tuple[CourseRow, ...]:
    """Give the courses that go on, what comes next at the top, those without a next session last; one statement."""
    rows = connection.execute(
        _courses(clinic_id).where(Course.state == CourseState.RUNNING).order_by(Course.id).limit(LISTED_MAX)
    )
    return tuple(sorted((CourseRow(**row._mapping) for row in rows), key=_comes))


def _comes(row: CourseRow) -> tuple[bool, datetime]:
    return (row.next_at is None, row.next_at or _LAST)


def courses_of_patient(connection: Connection, clinic_id: int, *, patient_uid: str) -> tuple[CourseRow, ...]:
    """Give a patient's courses here, merged records included, the newest first; one statement."""
    wanted = _courses(clinic_id).where(Course.patient_id.in_(record_ids(patient_uid)))
    rows = connection.execute(wanted.order_by(Course.id.desc()).limit(LISTED_MAX))
    return tuple(CourseRow(**row._mapping) for row in rows)


def course(connection: Connection, clinic_id: int, *, uid: str) -> CourseShown:
    """Give one course; six statements at most.  Raises ThingNotFound."""
    wanted = _courses(clinic_id).add_columns(Course.id).where(Course.uid == uid)
    row = connection.execute(wanted).one_or_none() if is_uid(uid) else None
    if row is None:
        raise ThingNotFound(thing="course", uid=uid[:40])
    asked = {"clinic": clinic_id, "course": row.id}
    rows = connection.execute(_sessions(), asked).all()
    needs = needs_of(connection, clinic_id, [each.id for each in rows])
    return CourseShown(
        course=CourseRow(**{name: value for name, value in row._mapping.items() if name != "id"}),
        sessions=tuple(SessionOfCourse(**each._mapping, needs=needs.get(each.id, ())) for each in rows),
        answers=tuple(AnswerRow(**each._mapping) for each in connection.execute(_answers(), asked)),
    )


def places_in_courses(
    connection: Connection, clinic_id: int, session_ids: Iterable[int]
) -> dict[int, PlaceInCourse]:
    """Give by session id its place in its course; sessions of none are left out.  One statement."""
    wanted = sorted(set(session_ids))
    if not wanted:
        return {}
    by_course: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(_siblings(), {"clinic": clinic_id, "sessions": wanted}):
        by_course[row.course_id].append(row)
    found: dict[int, PlaceInCourse] = {}
    for rows in by_course.values():
        stands = [row for row in rows if row.state not in ("cancelled", "did_not_come")]
        for row in rows:
            if row.session_id in wanted:
                found[row.session_id] = PlaceInCourse(
                    course_uid=row.uid,
                    name=row.name,
                    number=stands.index(row) + 1 if row in stands else 0,
                    count=len(stands),
                    is_maintenance=row.is_maintenance,
                )
    return found


def _courses(clinic_id: int) -> Any:
    target = aliased(Patient)
    fell_out = [SessionState.CANCELLED, SessionState.DID_NOT_COME]
    return (
        select(
            Course.uid,
            Course.version,
            Course.name,
            Course.state,
            Course.external_reference,
            Course.patient_id,
            target.uid.label("patient_uid"),
            Protocol.uid.label("protocol_uid"),
            ProtocolVersion.number.label("protocol_number"),
            _counted(TreatmentSession.state.not_in(fell_out)).label("session_count"),
            _counted(TreatmentSession.state.in_(_DONE)).label("done_count"),
            _of_its_sessions(func.min(TreatmentSession.planned_at))
            .where(TreatmentSession.state.in_(_STILL_TO_COME))
            .scalar_subquery()
            .label("next_at"),
            Course.ended_at,
        )
        .join(Patient, Patient.id == Course.patient_id)
        .join(target, target.id == func.coalesce(Patient.merged_into_id, Patient.id))
        .outerjoin(ProtocolVersion, ProtocolVersion.id == Course.protocol_version_id)
        .outerjoin(Protocol, Protocol.id == ProtocolVersion.protocol_id)
        .where(Course.clinic_id == clinic_id)
    )


def _counted(condition: Any) -> Any:
    return _of_its_sessions(func.count()).where(condition).scalar_subquery()


def _of_its_sessions(what: Any) -> Any:
    return (
        select(what)
        .select_from(CourseSession)
        .join(TreatmentSession, _is_of_course())
        .where(CourseSession.clinic_id == Course.clinic_id, CourseSession.course_id == Course.id)
        .correlate(Course)
    )


def _is_of_course() -> Any:
    return and_(
        TreatmentSession.clinic_id == CourseSession.clinic_id, TreatmentSession.id == CourseSession.session_id
    )


@cache
def _sessions() -> Any:
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.uid,
            TreatmentSession.version,
            TreatmentSession.short_code,
            TreatmentSession.state,
            TreatmentSession.planned_at,
            CourseSession.is_maintenance,
            TreatmentSession.external_reference,
            Location.uid.label("room_uid"),
            Location.name.label("room"),
            Person.uid.label("practitioner_uid"),
            Person.name.label("practitioner"),
        )
        .select_from(CourseSession)
        .join(TreatmentSession, _is_of_course())
        .outerjoin(
            Location,
            and_(Location.clinic_id == TreatmentSession.clinic_id, Location.id == TreatmentSession.room_id),
        )
        .outerjoin(Person, Person.id == TreatmentSession.practitioner_id)
        .where(CourseSession.clinic_id == bindparam("clinic"), CourseSession.course_id == bindparam("course"))
        .order_by(TreatmentSession.planned_at, TreatmentSession.id)
    )


@cache
def _answers() -> Any:
    return (
        select(
            TreatmentSession.uid.label("session_uid"),
            IntervalAnswer.days,
            IntervalAnswer.least_days,
            IntervalAnswer.reason,
            IntervalAnswer.answered_at,
            Person.name.label("answered_by"),
        )
        .join(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == IntervalAnswer.clinic_id,
                TreatmentSession.id == IntervalAnswer.session_id,
            ),
        )
        .join(Person, Person.id == IntervalAnswer.answered_by_id)
        .where(
            IntervalAnswer.clinic_id == bindparam("clinic"), IntervalAnswer.course_id == bindparam("course")
        )
        .order_by(IntervalAnswer.id)
    )


@cache
def _siblings() -> Any:
    asked = aliased(CourseSession)
    named = select(asked.course_id).where(
        asked.clinic_id == bindparam("clinic"), asked.session_id.in_(bindparam("sessions", expanding=True))
    )
    return (
        select(
            CourseSession.course_id,
            CourseSession.session_id,
            CourseSession.is_maintenance,
            Course.uid,
            Course.name,
            TreatmentSession.state,
        )
        .select_from(CourseSession)
        .join(Course, and_(Course.clinic_id == CourseSession.clinic_id, Course.id == CourseSession.course_id))
        .join(TreatmentSession, _is_of_course())
        .where(CourseSession.clinic_id == bindparam("clinic"), CourseSession.course_id.in_(named))
        .order_by(CourseSession.course_id, TreatmentSession.planned_at, TreatmentSession.id)
    )
