"""Which sessions are on the list of a recall, whose are they, and how did each come there?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Clinic, Patient, RecallAttempt, RecallCase, RecallSession, TreatmentSession
from stockroom.reads.recall_cases import standing
from stockroom.vocabulary import Joined

_meant = aliased(Patient, name="meant")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSession:
    """A session in which something of what is recalled was used; its patient is the one who is meant after a merge."""

    session_uid: str
    short_code: str
    patient_uid: str
    clinic_id: int
    clinic_uid: str
    clinic_name: str
    planned_at: datetime
    joined: str
    listed_at: datetime


def sessions_of_case(
    connection: Connection, case_id: int, clinic_ids: Collection[int]
) -> tuple[ListedSession, ...]:
    """Give the sessions on a case's list in these clinics, the newest first; one statement."""
    session = and_(
        TreatmentSession.clinic_id == RecallSession.clinic_id, TreatmentSession.id == RecallSession.session_id
    )
    rows = connection.execute(
        select(
            TreatmentSession.uid.label("session_uid"),
            TreatmentSession.short_code,
            _meant.uid.label("patient_uid"),
            RecallSession.clinic_id,
            Clinic.uid.label("clinic_uid"),
            Clinic.name.label("clinic_name"),
            TreatmentSession.planned_at,
            RecallSession.joined,
            RecallSession.recorded_at.label("listed_at"),
        )
        .select_from(RecallSession)
        .join(TreatmentSession, session)
        .join(Patient, Patient.id == RecallSession.patient_id)
        .join(_meant, _meant.id == func.coalesce(Patient.merged_into_id, Patient.id))
        .join(Clinic, Clinic.id == RecallSession.clinic_id)
        .where(RecallSession.case_id == case_id, RecallSession.clinic_id.in_(clinic_ids))
        .order_by(TreatmentSession.planned_at.desc(), TreatmentSession.id.desc())
    )
    return tuple(ListedSession(**row._mapping) for row in rows)


def late_and_not_told(connection: Connection, clinic_id: int) -> tuple[str, ...]:
    """Give the recalls that go on upon whose list a patient of the clinic came late whom nobody tried to reach."""
    tried = and_(
        RecallAttempt.case_id == RecallSession.case_id, RecallAttempt.patient_id == RecallSession.patient_id
    )
    rows = connection.execute(
        select(RecallCase.uid, RecallCase.id)
        .join(RecallSession, RecallSession.case_id == RecallCase.id)
        .where(
            RecallSession.clinic_id == clinic_id,
            RecallSession.joined != Joined.SCOPE.value,
            standing(),
            ~select(RecallAttempt.id).where(tried).exists(),
        )
        .distinct()
        .order_by(RecallCase.id)
    )
    return tuple(row.uid for row in rows)
