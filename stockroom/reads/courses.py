"""Which sessions has a course, how far is each, and what does the protocol that it was planned from ask for?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.base import table_of
from stockroom.models import (
    Course,
    CourseSession,
    Patient,
    Product,
    ProductGroup,
    ProtocolNeed,
    ProtocolVersion,
    TreatmentSession,
)
from stockroom.rules.courses import Step
from stockroom.rules.planning import NeedOf
from stockroom.vocabulary import SessionState, SpanUnit

FELL_OUT = frozenset({SessionState.CANCELLED, SessionState.DID_NOT_COME})
"""In these nothing was done: what comes after them keeps its distance from the one before."""


@dataclass(frozen=True, kw_only=True)
class CourseVisit:
    """A session of a course."""

    id: int
    uid: str
    version: int
    state: SessionState
    planned_at: datetime
    is_maintenance: bool
    course_id: int

    @property
    def fell_out(self) -> bool:
        return self.state in FELL_OUT

    @property
    def is_planned(self) -> bool:
        """Nobody has begun with it, and it can be moved."""
        return self.state is SessionState.PLANNED


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long a protocol wants between two sessions, at the least."""

    between: Step | None = None
    of_maintenance: Step | None = None

    def before(self, *, is_maintenance: bool) -> Step | None:
        """The time that has to lie before a session."""
        return (self.of_maintenance or self.between) if is_maintenance else self.between


NO_PACE = Pace()


_OF_COURSE = (
    select(
        TreatmentSession.id,
        TreatmentSession.uid,
        TreatmentSession.version,
        TreatmentSession.state,
        TreatmentSession.planned_at,
        CourseSession.is_maintenance,
        CourseSession.course_id,
    )
    .select_from(CourseSession)
    .join(
        TreatmentSession,
        and_(
            TreatmentSession.clinic_id == CourseSession.clinic_id,
            TreatmentSession.id == CourseSession.session_id,
        ),
    )
    .where(CourseSession.clinic_id == bindparam("clinic"))
    .order_by(TreatmentSession.planned_at, TreatmentSession.id)
)
_ONE = _OF_COURSE.where(CourseSession.course_id == bindparam("course"))
_version = aliased(ProtocolVersion)
_asked = aliased(Patient)
_target = (
    select(func.coalesce(_asked.merged_into_id, _asked.id))
    .where(_asked.id == bindparam("patient"))
    .scalar_subquery()
)
"""The record that the patient's means now."""
_SAME_PROTOCOL = _OF_COURSE.where(
    CourseSession.course_id.in_(
        select(Course.id)
        .join(_version, _version.id == Course.protocol_version_id)
        .where(
            Course.clinic_id == bindparam("clinic"),
            _version.protocol_id == bindparam("protocol"),
            Course.patient_id.in_(
                select(Patient.id).where(or_(Patient.id == _target, Patient.merged_into_id == _target))
            ),
        )
    )
)
_OF_SESSION = (
    select(table_of(Course), CourseSession.is_maintenance)
    .join(
        CourseSession, and_(CourseSession.clinic_id == Course.clinic_id, CourseSession.course_id == Course.id)
    )
    .where(CourseSession.clinic_id == bindparam("clinic"), CourseSession.session_id == bindparam("session"))
)
_REFERENCED = select(table_of(Course)).where(
    Course.clinic_id == bindparam("clinic"),
    Course.external_reference.in_(bindparam("references", expanding=True)),
)
_NEEDS = (
    select(ProtocolNeed.quantity, Product.uid.label("product_uid"), ProductGroup.uid.label("group_uid"))
    .select_from(ProtocolNeed)
    .outerjoin(Product, Product.id == ProtocolNeed.product_id)
    .outerjoin(ProductGroup, ProductGroup.id == ProtocolNeed.group_id)
    .where(ProtocolNeed.protocol_version_id == bindparam("version"))
    .order_by(ProtocolNeed.n)
)


def course_visits(connection: Connection, clinic_id: int, course_id: int) -> tuple[CourseVisit, ...]:
    """Give the sessions of a course by time; one statement."""
    return _visits(connection.execute(_ONE, {"clinic": clinic_id, "course": course_id}))


def visits_of_protocol(
    connection: Connection, clinic_id: int, *, protocol_id: int, patient_id: int
) -> tuple[CourseVisit, ...]:
    """Give a patient's sessions in this clinic's courses of one protocol, by time; one statement."""
    asked = {"clinic": clinic_id, "protocol": protocol_id, "patient": patient_id}
    return _visits(connection.execute(_SAME_PROTOCOL, asked))


def course_of_session(connection: Connection, clinic_id: int, session_id: int) -> Any | None:
    """Give the course of a session, with `is_maintenance`; None where it is in none.  One statement."""
    return connection.execute(_OF_SESSION, {"clinic": clinic_id, "session": session_id}).one_or_none()


def courses_referenced(connection: Connection, clinic_id: int, references: Iterable[str]) -> dict[str, Any]:
    """Give the clinic's courses that have one of these numbers of another software, by number; one statement."""
    wanted = sorted({each for each in references if each})
    if not wanted:
        return {}
    rows = connection.execute(_REFERENCED, {"clinic": clinic_id, "references": wanted})
    return {row.external_reference: row for row in rows}


def version_needs(connection: Connection, version_id: int) -> tuple[NeedOf, ...]:
    """Give what one session of a version of a protocol needs; one statement."""
    return tuple(
        NeedOf(quantity=row.quantity, product_uid=row.product_uid, group_uid=row.group_uid)
        for row in connection.execute(_NEEDS, {"version": version_id})
    )


def pace_of(version: Any) -> Pace:
    """Give the pace that a row of `protocol_version` asks for."""
    return Pace(
        between=_step(version.interval_from, version.interval_unit),
        of_maintenance=_step(version.maintenance_from, version.maintenance_unit),
    )


def _step(count: int | None, unit: str | None) -> Step | None:
    return None if count is None or unit is None else Step(count=count, unit=SpanUnit(unit))


def _visits(rows: Any) -> tuple[CourseVisit, ...]:
    return tuple(CourseVisit(**{**row._mapping, "state": SessionState(row.state)}) for row in rows)
