"""How do the sessions of a course come to other days, one or all that follow, and how does a course end?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, ThingNotFound, extracted
from stockroom.ledger import course_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import release_of_session
from stockroom.ledger.session_rows import change_session
from stockroom.models import Course
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.course_pace import Placed, require_pace, session_ids, version_of
from stockroom.reads.courses import CourseVisit, course_visits
from stockroom.reads.finding import one_by_uid
from stockroom.rules.courses import moved
from stockroom.rules.planning import require_day
from stockroom.vocabulary import Action, CourseState, SessionState


@dataclass(eq=False, kw_only=True)
class SessionNotPlanned(Conflict):
    """The session has begun, is over or fell out: it is not moved."""

    code: ClassVar[str] = "session_not_planned"
    message: ClassVar[str] = extracted(
        "This session is {state} and is not moved. Move the next one, or plan another."
    )
    session: str
    state: str


@dataclass(frozen=True, kw_only=True)
class MoveInCourse:
    """A session of a course at another time."""

    course_uid: str
    version: int
    """The version of the course that was read."""
    session_uid: str
    planned_at: datetime
    following: bool = False
    """True: all planned sessions after it move by as many days, each at its own time of day."""
    interval_reason: str = ""
    """Why it comes sooner after another than its protocol says; stays out of the journal (L14)."""


@dataclass(frozen=True, kw_only=True)
class CourseMoved:
    course_uid: str
    version: int
    session_uids: tuple[str, ...]
    """What was moved, by time."""
    released: tuple[str, ...]
    """Allocations that were given back: only a session of today keeps a lot."""


@dataclass(frozen=True, kw_only=True)
class EndCourse:
    """Nothing more is to come of a course."""

    course_uid: str
    version: int


@dataclass(frozen=True, kw_only=True)
class CourseOver:
    course_uid: str
    version: int
    cancelled: tuple[str, ...]
    """Sessions that were still planned."""
    released: tuple[str, ...]


def move_in_course(
    store: Store, command: MoveInCourse, *, actor: Actor, key: str, now: datetime
) -> CourseMoved:
    """Move a planned session, alone or with all planned ones that follow it.

    Days are counted on the clinic's wall, so that clock changes move no time of day.  What was kept for a session
    that leaves its day is given back.

    Raises ThingNotFound, CourseChanged, CourseEnded, SessionNotPlanned, PlannedInPast, IntervalTooShort.
    """
    return perform(
        store,
        Act(kind="course.move", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _move(work, command),
        answer=CourseMoved,
        actor=actor,
        key=key,
        now=now,
    )


def end_course(store: Store, command: EndCourse, *, actor: Actor, key: str, now: datetime) -> CourseOver:
    """End a course: what is still planned of it is cancelled, and what was kept for that is given back.

    Raises ThingNotFound, CourseChanged, CourseEnded.
    """
    return perform(
        store,
        Act(kind="course.end", action=Action.PLAN_SESSION),
        command=command,
        body=lambda work: _end(work, command),
        answer=CourseOver,
        actor=actor,
        key=key,
        now=now,
    )


def _move(work: Work, command: MoveInCourse) -> CourseMoved:
    course = _course(work, command.course_uid, command.version)
    visits = course_visits(work.connection, work.clinic_id, course.id)
    which = next((each for each in visits if each.uid == command.session_uid), None)
    if which is None:
        raise ThingNotFound(thing="session of this course", uid=command.session_uid[:40])
    if not which.is_planned:
        raise SessionNotPlanned(session=which.uid, state=which.state.value.replace("_", " "))
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    placed = _placed(visits, which, command, zone)
    for each in placed:
        require_day(each.planned_at, now=work.now, zone=zone, past_is_meant=False)
    answered = require_pace(
        work,
        patient_id=course.patient_id,
        protocol_version=version_of(work, course.protocol_version_id),
        placed=placed,
        reason=command.interval_reason,
    )
    by_uid = {each.uid: each for each in visits}
    released: list[str] = []
    for each in placed:
        was = by_uid[each.session]
        if civil_date(was.planned_at, zone) != civil_date(each.planned_at, zone):
            released += release_of_session(work, was.id)
        change_session(work, was.id, was.version, planned_at=each.planned_at)
    course_rows.write_answers(
        work, course.id, answered, session_ids(work, answered, {}), command.interval_reason
    )
    work.payload.update(
        course=course.uid,
        moved=[[each.session, by_uid[each.session].planned_at, each.planned_at] for each in placed],
        released=released,
    )
    return CourseMoved(
        course_uid=course.uid,
        version=course_rows.change_course(work, course),
        session_uids=tuple(each.session for each in placed),
        released=tuple(released),
    )


def _placed(
    visits: Sequence[CourseVisit], which: CourseVisit, command: MoveInCourse, zone: str
) -> list[Placed]:
    """Where the session comes to stand, and those that follow it where they move along."""
    placed = [Placed(session=which.uid, planned_at=command.planned_at, is_maintenance=which.is_maintenance)]
    if command.following:
        days = (civil_date(command.planned_at, zone) - civil_date(which.planned_at, zone)).days
        after = [each for each in visits[visits.index(which) + 1 :] if each.is_planned]
        placed += [
            Placed(
                session=each.uid,
                planned_at=moved(each.planned_at, days=days, zone=zone),
                is_maintenance=each.is_maintenance,
            )
            for each in after
        ]
    return placed


def _end(work: Work, command: EndCourse) -> CourseOver:
    course = _course(work, command.course_uid, command.version)
    planned = [each for each in course_visits(work.connection, work.clinic_id, course.id) if each.is_planned]
    released: list[str] = []
    for each in planned:
        released += release_of_session(work, each.id)
        change_session(work, each.id, each.version, state=SessionState.CANCELLED)
    cancelled = tuple(each.uid for each in planned)
    work.payload.update(course=course.uid, cancelled=list(cancelled), released=released)
    version = course_rows.change_course(work, course, state=CourseState.ENDED, ended_at=work.recorded_at)
    return CourseOver(course_uid=course.uid, version=version, cancelled=cancelled, released=tuple(released))


def _course(work: Work, uid: str, version: int) -> Any:
    course = one_by_uid(work.connection, Course, uid, thing="course", clinic_id=work.clinic_id)
    course_rows.require_open(course, version)
    return course
