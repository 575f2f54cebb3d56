"""How is a patient forgotten?  Her key and values go; ledger, chain and trace keep a random id."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import delete, func, or_, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import (
    Clinic,
    Patient,
    PatientAllergy,
    PatientClassAllergy,
    PatientFlag,
    PatientIndex,
    TreatmentSession,
)
from stockroom.reads.clinics import every_clinic
from stockroom.reads.patients import SEALED_FIELDS, patient_by_uid
from stockroom.reads.retained import still_kept
from stockroom.vocabulary import CLOSED_SESSION_STATES, Action


@dataclass(eq=False, kw_only=True)
class RecordKept(Refused):
    """The record of a patient may not be destroyed before its time is over (article 17(3) of the same regulation)."""

    code: ClassVar[str] = "record_kept"
    message: ClassVar[str] = extracted(
        "Nothing was erased: {clinic} keeps this record until {until}, which is {years} years from {since}. Ask again "
        "after that day; how long records are kept stands in the clinic's settings."
    )
    clinic: str
    since: date
    years: int
    until: date


@dataclass(eq=False, kw_only=True)
class PatientExpected(Refused):
    """Goods would stay kept for somebody whom nobody can name any more."""

    code: ClassVar[str] = "patient_expected"
    message: ClassVar[str] = extracted(
        "Nothing was erased: {clinics} still has {sessions} sessions of this patient to come. Cancel them, which "
        "frees what is kept for them, and ask again."
    )
    clinics: str
    sessions: int


@dataclass(frozen=True, kw_only=True)
class ErasePatient:
    """A patient who is to be forgotten (Regulation (EU) 2016/679, article 17)."""

    patient_uid: str


@dataclass(frozen=True, kw_only=True)
class PatientErasure:
    """The records that were erased: the one named, and all that were merged with it."""

    patient_uids: tuple[str, ...]


def erase_patient(
    store: Store, command: ErasePatient, *, actor: Actor, key: str, now: datetime
) -> PatientErasure:
    """Delete the data key, every sealed value, the index, allergies and flags of a patient, for good.

    All records merged with hers are the same person and go with it.  Sessions, movements and journals
    stay as they are: they name her by a random id only.
    Raises ThingNotFound, PatientErased; RecordKept before the time is over for which a clinic that treated her
    keeps its records; PatientExpected while a session of hers is to come.
    """
    return perform(
        store,
        Act(
            kind="patient.erase",
            action=Action.ERASE_PATIENT,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
        ),
        command=command,
        body=lambda work: _erase(work, command),
        answer=PatientErasure,
        actor=actor,
        key=key,
        now=now,
    )


def _erase(work: Work, command: ErasePatient) -> PatientErasure:
    target = patient_by_uid(work.connection, command.patient_uid)
    same_person = select(Patient.id, Patient.uid).where(
        or_(Patient.id == target.id, Patient.merged_into_id == target.id)
    )
    records = {row.id: row.uid for row in work.connection.execute(same_person.order_by(Patient.id))}
    kept = still_kept(work.connection, records, now=work.now)
    if kept is not None:
        raise RecordKept(clinic=kept.clinic, since=kept.since, years=kept.years, until=kept.until)
    _require_nothing_planned(work, records)
    nothing: dict[str, object] = dict.fromkeys((*SEALED_FIELDS, "data_key", "allergies_asked_at"))
    work.connection.execute(
        update(Patient)
        .where(Patient.id.in_(records))
        .values(
            **nothing,
            erased_at=work.recorded_at,
            version=Patient.version + 1,
            updated_at=work.recorded_at,
        )
    )
    for table in (PatientIndex, PatientAllergy, PatientClassAllergy, PatientFlag):
        work.connection.execute(delete(table).where(table.patient_id.in_(records)))
    uids = tuple(records.values())
    work.payload.update(patients=uids)
    return PatientErasure(patient_uids=uids)


def _require_nothing_planned(work: Work, patient_ids: Collection[int]) -> None:
    rows = work.connection.execute(
        select(Clinic.name, func.count().label("many"))
        .join(TreatmentSession, TreatmentSession.clinic_id == Clinic.id)
        .where(
            TreatmentSession.patient_id.in_(patient_ids),
            TreatmentSession.state.not_in(sorted(CLOSED_SESSION_STATES)),
            TreatmentSession.planned_at > work.now,
        )
        .group_by(Clinic.id, Clinic.name)
        .order_by(Clinic.id)
    ).all()
    if rows:
        clinics = ", ".join(row.name for row in rows)
        raise PatientExpected(clinics=clinics, sessions=sum(row.many for row in rows))
