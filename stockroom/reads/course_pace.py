"""Where are sessions of a course to stand among the others, and does each keep its distance?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from stockroom.clock import civil_date
from stockroom.db.built_once import reading
from stockroom.db.transaction import Work
from stockroom.errors import Refused, extracted
from stockroom.models import ProtocolVersion, TreatmentSession
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
class Placed:
    """Where a session of a course is to stand; a new one by a word of its own."""

    session: str
    planned_at: datetime
    is_maintenance: bool = False


def require_course_free(work: Work, reference: str) -> None:
    """Raise CourseReferenceTaken when a course of the clinic has this number."""
    for row in courses_referenced(work.connection, work.clinic_id, [reference]).values():
        raise CourseReferenceTaken(external_reference=reference, course=row.uid)


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


def session_ids(work: Work, answered: Iterable[Sooner], new: Mapping[str, int]) -> dict[str, int]:
    """Give the ids of sessions that come too soon; `new` are those that were placed under a word of their own."""
    known = {each.session for each in answered} - new.keys()
    rows = many_by_uid(work.connection, TreatmentSession, known, thing="session", clinic_id=work.clinic_id)
    return {**new, **{uid: row.id for uid, row in rows.items()}}
