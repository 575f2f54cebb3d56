"""How is it written that sessions belong to a course, and why one of them comes sooner than its protocol says?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from stockroom.clock import civil_date
from stockroom.db.built_once import adding, adding_one, changing, reading
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, Refused, Stale, extracted
from stockroom.models import Course, CourseSession, IntervalAnswer, ProtocolVersion, TreatmentSession
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.courses import (
    NO_PACE,
    CourseVisit,
    Pace,
    courses_referenced,
    pace_of,
    visits_of_protocol,
)
from stockroom.reads.finding import many_by_uid
from stockroom.rules.courses import Sooner, Visit, require_intervals, sooner
from stockroom.vocabulary import CourseState


@dataclass(eq=False, kw_only=True)
class CourseChanged(Stale):
    """Somebody changed the course since it was read."""

    code: ClassVar[str] = "course_changed"
    message: ClassVar[str] = extracted(
        "This course was changed by somebody else. Look at it again before you change it."
    )
    course: str


@dataclass(eq=False, kw_only=True)
class CourseEnded(Conflict):
    """Nothing more is planned in the course."""

    code: ClassVar[str] = "course_ended"
    message: ClassVar[str] = extracted("This course has ended. Plan another one.")
    course: str


@dataclass(eq=False, kw_only=True)
class CourseReferenceTaken(Refused):
    """Another course of the clinic has this number of the clinic's own software."""

    code: ClassVar[str] = "course_reference_taken"
    message: ClassVar[str] = extracted(
        "Another course has the number {external_reference} already. Look at that one, or check the number."
    )
    external_reference: str
    course: str


@dataclass(frozen=True, kw_only=True)
class CourseMade:
    id: int
    uid: str


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where a session of a course is to stand; a new one by a word of its own."""

    session: str
    planned_at: datetime
    is_maintenance: bool = False


def require_course_free(work: Work, reference: str) -> None:
    """Raise CourseReferenceTaken when a course of the clinic has this number."""
    for row in courses_referenced(work.connection, work.clinic_id, [reference]).values():
        raise CourseReferenceTaken(external_reference=reference, course=row.uid)


def insert_course(
    work: Work, *, patient_id: int, version_id: int | None, name: str, external_reference: str
) -> CourseMade:
    """Write a course without a session."""
    uid = new_uid(work.now)
    values = {
        "uid": uid,
        "clinic_id": work.clinic_id,
        "patient_id": patient_id,
        "protocol_version_id": version_id,
        "name": name,
        "state": CourseState.RUNNING,
        "external_reference": external_reference,
        "version": 1,
        "created_at": work.recorded_at,
        "updated_at": work.recorded_at,
    }
    return CourseMade(id=work.connection.execute(adding_one(Course), values).scalar_one(), uid=uid)


def join_course(work: Work, course_id: int, sessions: Mapping[int, bool]) -> None:
    """Write that sessions are of a course, by session id, with whether each is maintenance."""
    rows = [
        {
            "clinic_id": work.clinic_id,
            "course_id": course_id,
            "session_id": session_id,
            "is_maintenance": is_maintenance,
        }
        for session_id, is_maintenance in sessions.items()
    ]
    if rows:
        work.connection.execute(adding(CourseSession), rows)


def change_course(work: Work, course: Any, **values: Any) -> int:
    """Change columns of a course, and give the version that it has now."""
    version: int = course.version + 1
    work.connection.execute(
        changing(Course, "clinic_id", "id"),
        {
            "its_clinic_id": work.clinic_id,
            "its_id": course.id,
            "version": version,
            "updated_at": work.recorded_at,
            **values,
        },
    )
    return version


def require_open(course: Any, version: int) -> None:
    """Raise CourseChanged for another version than was read, CourseEnded for one in which nothing is planned."""
    if course.version != version:
        raise CourseChanged(course=course.uid)
    if course.state != CourseState.RUNNING:
        raise CourseEnded(course=course.uid)


def require_pace(
    work: Work,
    *,
    patient_id: int,
    protocol_version: Any | None,
    placed: Sequence[Placed],
    reason: str,
) -> tuple[Sooner, ...]:
    """Judge where these sessions are to stand, among those of the patient's courses of the same protocol.

    Gives what comes too soon and was answered with the reason.  Raises IntervalTooShort where it was not.
    """
    pace = NO_PACE if protocol_version is None else pace_of(protocol_version)
    if pace == NO_PACE:
        return ()
    assert protocol_version is not None
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    standing = visits_of_protocol(
        work.connection, work.clinic_id, protocol_id=protocol_version.protocol_id, patient_id=patient_id
    )
    found = sooner(_seen(standing, placed, pace, zone), changed=[each.session for each in placed])
    return require_intervals(found, reason=reason)


def _seen(standing: Iterable[CourseVisit], placed: Sequence[Placed], pace: Pace, zone: str) -> list[Visit]:
    anew = {each.session for each in placed}
    kept = [
        Placed(session=each.uid, planned_at=each.planned_at, is_maintenance=each.is_maintenance)
        for each in standing
        if each.uid not in anew and not each.fell_out
    ]
    return [
        Visit(
            session=each.session,
            on=civil_date(each.planned_at, zone),
            least=pace.before(is_maintenance=each.is_maintenance),
        )
        for each in (*kept, *placed)
    ]


def version_of(work: Work, version_id: int | None) -> Any | None:
    """Give the version of a protocol that a course was planned from; None for a free one."""
    if version_id is None:
        return None
    return work.connection.execute(reading(ProtocolVersion, "id"), {"its_id": version_id}).one()


def write_answers(
    work: Work, course_id: int, answered: Sequence[Sooner], new_ids: Mapping[str, int], reason: str
) -> None:
    """Write why sessions come sooner than the protocol says, and count it in the journal; the reason stays in its row.

    `new_ids` are those of the sessions that were placed under a word of their own.
    """
    if not answered:
        return
    known = {each.session for each in answered} - new_ids.keys()
    rows_known = many_by_uid(
        work.connection, TreatmentSession, known, thing="session", clinic_id=work.clinic_id
    )
    session_ids = {**new_ids, **{uid: row.id for uid, row in rows_known.items()}}
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "course_id": course_id,
            "session_id": session_ids[each.session],
            "days": each.days,
            "least_days": each.least_days,
            "reason": reason.strip(),
            "answered_at": work.recorded_at,
            "answered_by_id": work.actor.person_id,
        }
        for each in answered
    ]
    work.connection.execute(adding(IntervalAnswer), rows)
    work.payload["sooner"] = [
        {"days": each.days, "least_days": each.least_days, "on": each.on.isoformat()} for each in answered
    ]
