"""How is it written that sessions belong to a course, and why one of them comes sooner than its protocol says?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from stockroom.db.built_once import adding, adding_one, changing
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, Stale, extracted
from stockroom.ledger.named_rows import name_rows
from stockroom.models import Course, CourseSession, IntervalAnswer
from stockroom.rules.courses import Sooner
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


@dataclass(frozen=True, kw_only=True)
class CourseMade:
    id: int
    uid: str


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


def write_answers(
    work: Work, course_id: int, answered: Sequence[Sooner], session_ids: Mapping[str, int], reason: str
) -> None:
    """Write why sessions come sooner than the protocol says, and count it in the journal; the reason stays in its row.

    `session_ids` by what each session is called there (`reads/course_pace.py` gives them).
    """
    if not answered:
        return
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
    name_rows(work, IntervalAnswer, [str(each["uid"]) for each in rows])
    work.payload["sooner"] = [
        {"days": each.days, "least_days": each.least_days, "on": each.on.isoformat()} for each in answered
    ]
