"""What may a table of sessions mean?  Patients are found by blind tokens."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from stockroom.db.sealing import KeyRing
from stockroom.models import (
    Course,
    CourseSession,
    Location,
    Patient,
    PatientIndex,
    Person,
    Protocol,
    ProtocolVersion,
    TreatmentSession,
)
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.courses import pace_of
from stockroom.tables.known_catalogue import folded
from stockroom.tables.visit_lines import VisitLine
from stockroom.tables.visit_plan import KnownCourse, KnownProtocol, KnownVisit, KnownVisits
from stockroom.vocabulary import SHELF_KINDS, CourseState, SessionState

_AT_ONCE = 1_000
_UID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def known_visits(
    connection: Connection, keyring: KeyRing, clinic_id: int, lines: Iterable[VisitLine], *, today: date
) -> KnownVisits:
    """Give what these lines may name, in a number of statements that their count divides by a thousand."""
    asked = tuple(lines)
    courses = _courses(connection, clinic_id, {each.course for each in asked} - {""})
    by_course: dict[int, list[KnownVisit]] = defaultdict(list)
    visits: dict[str, KnownVisit] = {}
    for row in _sessions(
        connection, clinic_id, {each.reference for each in asked}, [row.id for row in courses]
    ):
        known = _visit(row)
        if row.external_reference:
            visits[row.external_reference] = known
        if row.course_id is not None:
            by_course[row.course_id].append(known)
    return KnownVisits(
        zone=clinic_settings(connection, clinic_id).time_zone,
        today=today,
        patients=_patients(connection, keyring, {each.patient for each in asked}),
        rooms=_rooms(connection, clinic_id),
        practitioners=_people(connection),
        protocols=_protocols(connection),
        courses={row.external_reference: _course(row, by_course[row.id]) for row in courses},
        visits=visits,
    )


def _patients(connection: Connection, keyring: KeyRing, texts: set[str]) -> dict[str, int]:
    """Patients who are not erased, merges followed, by their number elsewhere or by uid."""
    tokens = {keyring.blind_index("reference", text): text for text in texts}
    stands_for = func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id")
    found: dict[str, int] = {}
    for part in _parts(sorted(tokens)):
        rows = connection.execute(
            select(stands_for, PatientIndex.token)
            .join_from(PatientIndex, Patient, Patient.id == PatientIndex.patient_id)
            .where(
                PatientIndex.field == "reference", PatientIndex.token.in_(part), Patient.erased_at.is_(None)
            )
        )
        found |= {tokens[row.token]: row.patient_id for row in rows}
    for part in _parts(sorted(text for text in texts if len(text) == 36)):
        rows = connection.execute(
            select(stands_for, Patient.uid).where(Patient.uid.in_(_uids(part)), Patient.erased_at.is_(None))
        )
        found |= {row.uid: row.patient_id for row in rows}
    return found


def _uids(texts: list[str]) -> list[str]:
    return [text for text in texts if _UID.fullmatch(text)]


def _rooms(connection: Connection, clinic_id: int) -> dict[str, tuple[int, ...]]:
    rows = connection.execute(
        select(Location.id, Location.uid, Location.name).where(
            Location.clinic_id == clinic_id,
            Location.kind.in_(sorted(SHELF_KINDS)),
            Location.closed_at.is_(None),
        )
    )
    return _by_name(rows)


def _people(connection: Connection) -> dict[str, tuple[int, ...]]:
    return _by_name(
        connection.execute(select(Person.id, Person.uid, Person.name).where(Person.is_system.is_(False)))
    )


def _by_name(rows: Iterable[Any]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for row in rows:
        found[row.uid] = (row.id,)
        name = folded(row.name)
        found[name] = (*found.get(name, ()), row.id)
    return found


def _protocols(connection: Connection) -> dict[str, KnownProtocol]:
    newest = (
        select(func.max(ProtocolVersion.number))
        .where(ProtocolVersion.protocol_id == Protocol.id)
        .correlate(Protocol)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            Protocol.uid, Protocol.name, ProtocolVersion.id, ProtocolVersion.interval_from,
            ProtocolVersion.interval_unit, ProtocolVersion.maintenance_from, ProtocolVersion.maintenance_unit,
        )
        .join(
            ProtocolVersion,
            and_(ProtocolVersion.protocol_id == Protocol.id, ProtocolVersion.number == newest),
        )
        .where(Protocol.retired_at.is_(None))
    )  # fmt: skip
    found: dict[str, KnownProtocol] = {}
    for row in rows:
        known = KnownProtocol(version_id=row.id, name=row.name, least=pace_of(row).between)
        found[folded(row.name)] = found[row.uid] = known
    return found


def _courses(connection: Connection, clinic_id: int, references: set[str]) -> list[Any]:
    stands_for = func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id")
    rows: list[Any] = []
    for part in _parts(sorted(references)):
        rows += connection.execute(
            select(
                Course.id, Course.external_reference, Course.state, Course.protocol_version_id, stands_for,
                ProtocolVersion.interval_from, ProtocolVersion.interval_unit,
                ProtocolVersion.maintenance_from, ProtocolVersion.maintenance_unit,
            )
            .join(Patient, Patient.id == Course.patient_id)
            .outerjoin(ProtocolVersion, ProtocolVersion.id == Course.protocol_version_id)
            .where(Course.clinic_id == clinic_id, Course.external_reference.in_(part))
        )  # fmt: skip
    return rows


def _course(row: Any, visits: list[KnownVisit]) -> KnownCourse:
    return KnownCourse(
        id=row.id,
        patient_id=row.patient_id,
        has_ended=row.state == CourseState.ENDED,
        least=pace_of(row).between,
        version_id=row.protocol_version_id,
        visits=tuple(visits),
    )


def _sessions(
    connection: Connection, clinic_id: int, references: set[str], course_ids: list[int]
) -> Iterator[Any]:
    stands_for = func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id")
    statement = (
        select(
            TreatmentSession.id, TreatmentSession.uid, TreatmentSession.version, TreatmentSession.state,
            TreatmentSession.planned_at, TreatmentSession.practitioner_id, TreatmentSession.room_id,
            TreatmentSession.external_reference, stands_for, CourseSession.course_id,
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(
            CourseSession,
            and_(
                CourseSession.clinic_id == TreatmentSession.clinic_id,
                CourseSession.session_id == TreatmentSession.id,
            ),
        )
        .where(TreatmentSession.clinic_id == clinic_id)
    )  # fmt: skip
    seen: set[int] = set()
    conditions = [TreatmentSession.external_reference.in_(part) for part in _parts(sorted(references))]
    conditions += [CourseSession.course_id.in_(part) for part in _parts(sorted(course_ids))]
    for condition in conditions:
        for row in connection.execute(statement.where(or_(condition))):
            if row.id not in seen:
                seen.add(row.id)
                yield row


def _visit(row: Any) -> KnownVisit:
    return KnownVisit(
        id=row.id,
        uid=row.uid,
        version=row.version,
        patient_id=row.patient_id,
        state=SessionState(row.state),
        planned_at=row.planned_at,
        practitioner_id=row.practitioner_id,
        room_id=row.room_id,
        course_id=row.course_id,
    )


def _parts(wanted: list[Any]) -> Iterator[list[Any]]:
    for begin in range(0, len(wanted), _AT_ONCE):
        yield wanted[begin : begin + _AT_ONCE]
