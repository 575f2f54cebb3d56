"""What is planned, kept or made for patients, and does not suit them?  Judged anew whenever it is asked.

For each session that is not over: its needs, what is allocated to it, and the cocktails that are made or being
made for it, against the allergies and flags of its patient as they are now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.models import (
    Clinic,
    Course,
    CourseSession,
    Patient,
    PatientAllergy,
    PatientClassAllergy,
    PatientFlag,
    ProtocolVersion,
    TreatmentSession,
)
from stockroom.reads.meant import Meant, PartKind, meant_for
from stockroom.reads.patient_facts import fact_columns, facts_of, merged_into
from stockroom.rules.alerting import Cause, unsuitable_cause
from stockroom.rules.expiry import end_of_day
from stockroom.rules.suitability import PatientFacts, Verdict, best_of, judged, worst_of
from stockroom.vocabulary import CLOSED_SESSION_STATES, Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One thing that is meant for a session and does not suit its patient, or nobody knows whether it does."""

    kind: PartKind
    uid: str
    """Of the need, the allocation or the cocktail."""
    name: str
    detail: str
    """The lot of what is kept, the code of a cocktail; empty for a need."""
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedSession:
    """A session that is not over, with everything about it that is not simply suitable."""

    id: int
    uid: str
    short_code: str
    state: str
    planned_at: datetime
    planned_on: date
    patient_id: int
    """As it was booked; after a merge the record that goes on is another."""
    patient_uid: str
    was_asked: bool
    """Somebody has asked her about allergies and flags."""
    parts: tuple[Part, ...]

    @property
    def fit(self) -> Fit:
        """As bad as its worst part."""
        worst = worst_of(part.verdict for part in self.parts)
        return Fit.SUITS if worst is None else worst.fit

    @property
    def cause(self) -> Cause | None:
        """What is to be told of it; None where nothing speaks against anything."""
        fits = [part.verdict.fit for part in self.parts]
        return unsuitable_cause(
            self.uid, self.planned_on, stops=fits.count(Fit.STOP), cautions=fits.count(Fit.CAUTION)
        )


def judged_day(
    connection: Connection, clinic_id: int, *, begins_at: datetime, ends_at: datetime
) -> tuple[JudgedSession, ...]:
    """Judge every session of [begins_at, ends_at) that is not over, by time; six statements at most."""
    asked = {"clinic": clinic_id, "begins_at": begins_at, "ends_at": ends_at}
    return _judged(connection, clinic_id, connection.execute(_of_day(), asked).all())


def judged_of_patient(connection: Connection, clinic_id: int, patient_id: int) -> tuple[JudgedSession, ...]:
    """Judge what is planned in a clinic for the patient of this record, and those merged into it."""
    rows = connection.execute(_of_patient(), {"clinic": clinic_id, "patient": patient_id}).all()
    return _judged(connection, clinic_id, rows)


def causes_of_patient(connection: Connection, patient_id: int) -> dict[int, list[Cause]]:
    """Judge everything planned for a patient in every clinic; give what is to be told, by clinic."""
    clinics = connection.execute(_clinics(), {"patient": patient_id}).scalars().all()
    return {
        clinic_id: [
            cause
            for session in judged_of_patient(connection, clinic_id, patient_id)
            if (cause := session.cause) is not None
        ]
        for clinic_id in clinics
    }


def judged_to_come(
    connection: Connection, clinic_id: int, *, now: datetime, zone: str
) -> tuple[JudgedSession, ...]:
    """Judge what is planned from today on for patients with an allergy or a flag, by time.

    `zone` is the clinic's: it says where today begins.
    """
    begins_at = end_of_day(civil_date(now, zone) - timedelta(days=1), zone)
    rows = connection.execute(_to_come(), {"clinic": clinic_id, "begins_at": begins_at}).all()
    return _judged(connection, clinic_id, rows)


def _judged(connection: Connection, clinic_id: int, rows: Iterable[Row[Any]]) -> tuple[JudgedSession, ...]:
    sessions = list(rows)
    if not sessions:
        return ()
    meant = meant_for(connection, clinic_id, [row.id for row in sessions])
    return tuple(_session(row, meant.get(row.id, ())) for row in sessions)


def _session(row: Row[Any], meant: Iterable[Meant]) -> JudgedSession:
    patient, planned_on = facts_of(row), civil_date(row.planned_at, row.time_zone)
    return JudgedSession(
        id=row.id,
        uid=row.uid,
        short_code=row.short_code,
        state=row.state,
        planned_at=row.planned_at,
        planned_on=planned_on,
        patient_id=row.booked_for_id,
        patient_uid=row.patient_uid,
        was_asked=patient.allergies_asked,
        parts=tuple(_unsuitable(meant, patient, planned_on, row.technique or "")),
    )


def _unsuitable(meant: Iterable[Meant], patient: PatientFacts, on: date, technique: str) -> Iterator[Part]:
    """Of several products that would do the best counts, of two techniques the worse: the one that is planned and
    the one for which a recipe is meant.
    """
    for each in meant:
        verdict = worst_of(
            best
            for said in _techniques(technique, each.technique)
            if (best := _best(each, patient, on, said))
        )
        if verdict is not None and verdict.fit is not Fit.SUITS:
            yield Part(kind=each.kind, uid=each.uid, name=each.name, detail=each.detail, verdict=verdict)


def _techniques(*said: str) -> list[str | None]:
    """Each that is said, once; None where none is."""
    return [*dict.fromkeys(filter(None, said))] or [None]


def _best(meant: Meant, patient: PatientFacts, on: date, technique: str | None) -> Verdict | None:
    return best_of(judged(contents, patient, on=on, technique=technique) for contents in meant.any_of)


def _sessions() -> Any:
    """Sessions that are not over, with what the rules must know of their patients."""
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.uid,
            TreatmentSession.short_code,
            TreatmentSession.state,
            TreatmentSession.planned_at,
            TreatmentSession.patient_id.label("booked_for_id"),
            Patient.uid.label("patient_uid"),
            Clinic.time_zone,
            _technique().label("technique"),
            *fact_columns(TreatmentSession.clinic_id),
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(merged_into, merged_into.id == Patient.merged_into_id)
        .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
        .where(
            TreatmentSession.clinic_id == bindparam("clinic"),
            TreatmentSession.state.not_in(sorted(CLOSED_SESSION_STATES)),
        )
        .order_by(TreatmentSession.planned_at, TreatmentSession.id)
    )


def _technique() -> Any:
    """The technique of the protocol by which a session is planned; NULL for one of no course, or a free one."""
    return (
        select(ProtocolVersion.technique)
        .join(Course, Course.protocol_version_id == ProtocolVersion.id)
        .join(
            CourseSession,
            and_(CourseSession.clinic_id == Course.clinic_id, CourseSession.course_id == Course.id),
        )
        .where(
            CourseSession.clinic_id == TreatmentSession.clinic_id,
            CourseSession.session_id == TreatmentSession.id,
        )
        .correlate(TreatmentSession)
        .scalar_subquery()
    )


@cache
def _of_day() -> Any:
    return _sessions().where(
        TreatmentSession.planned_at >= bindparam("begins_at"),
        TreatmentSession.planned_at < bindparam("ends_at"),
    )


@cache
def _of_patient() -> Any:
    return _sessions().where(TreatmentSession.patient_id.in_(_records()))


@cache
def _clinics() -> Any:
    """The clinics in which something is planned for her."""
    return (
        select(TreatmentSession.clinic_id)
        .where(
            TreatmentSession.patient_id.in_(_records()),
            TreatmentSession.state.not_in(sorted(CLOSED_SESSION_STATES)),
        )
        .distinct()
        .order_by(TreatmentSession.clinic_id)
    )


def _records() -> Any:
    """Her record, and those merged into it."""
    record = aliased(Patient, name="record")
    return select(record.id).where(
        or_(record.id == bindparam("patient"), record.merged_into_id == bindparam("patient"))
    )


@cache
def _to_come() -> Any:
    """Only of patients of whom something is known that could speak against anything."""
    spoken = or_(
        *(
            select(table.patient_id)
            .where(or_(table.patient_id == Patient.id, table.patient_id == Patient.merged_into_id))
            .correlate(Patient)
            .exists()
            for table in (PatientAllergy, PatientClassAllergy, PatientFlag)
        )
    )
    return _sessions().where(TreatmentSession.planned_at >= bindparam("begins_at"), spoken)
