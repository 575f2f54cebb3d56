"""What when two records turn out to be one patient?  One stands for both; no line of the ledger moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.unsuitable import tell_unsuitable
from stockroom.models import Patient, PatientAllergy, PatientClassAllergy, PatientFlag
from stockroom.reads.clinics import every_clinic
from stockroom.reads.patients import patient_by_uid
from stockroom.reads.unsuitable import causes_of_patient
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class MergePatients:
    """The record that goes on, and the one that from now on means the same patient."""

    into_uid: str
    merged_uid: str


@dataclass(frozen=True, kw_only=True)
class PatientsMerged:
    patient_uid: str
    merged_uid: str
    version: int


def merge_patients(
    store: Store, command: MergePatients, *, actor: Actor, key: str, now: datetime
) -> PatientsMerged:
    """Let one record stand for both; the allergies and flags of both count, and so does an answer to either.

    Sessions keep the record under which they were booked, and are found under either.  Records merged
    earlier follow, so that a merge is always one step deep.  Locks every clinic: an allergy may be added.
    Raises ThingNotFound, PatientErased, InvalidValue (the same patient already).
    """
    return perform(
        store,
        Act(
            kind="patient.merge",
            action=Action.MAINTAIN_PATIENTS,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
        ),
        command=command,
        body=lambda work: _merge(work, command),
        answer=PatientsMerged,
        actor=actor,
        key=key,
        now=now,
    )


def _merge(work: Work, command: MergePatients) -> PatientsMerged:
    target = patient_by_uid(work.connection, command.into_uid)
    source = patient_by_uid(work.connection, command.merged_uid)
    if source.id == target.id:
        raise InvalidValue(field="merged_uid", problem="both records mean the same patient already")
    _unite_allergies(work, target, source)
    _unite_flags(work, target, source)
    work.connection.execute(
        update(Patient)
        .where(or_(Patient.id == source.id, Patient.merged_into_id == source.id))
        .values(merged_into_id=target.id, version=Patient.version + 1, updated_at=work.recorded_at)
    )
    work.payload.update(patient=target.uid, merged=source.uid, version=target.version + 1)
    tell_unsuitable(work, causes_of_patient(work.connection, target.id))
    return PatientsMerged(patient_uid=target.uid, merged_uid=source.uid, version=target.version + 1)


def _unite_allergies(work: Work, target: Row[Any], source: Row[Any]) -> None:
    """Move to the target what the source must not get, and the latest time when this person was asked."""
    hers = set(_allergies(work, target.id))
    missing = [each for each in _allergies(work, source.id) if each not in hers]
    if missing:
        rows = [
            {
                "patient_id": target.id,
                "ingredient_id": ingredient_id,
                "recorded_at": work.recorded_at,
                "recorded_by_id": work.actor.person_id,
            }
            for ingredient_id in missing
        ]
        work.connection.execute(insert(PatientAllergy), rows)
    work.connection.execute(delete(PatientAllergy).where(PatientAllergy.patient_id == source.id))
    asked = [at for row in (target, source) if (at := row.allergies_asked_at) is not None]
    work.connection.execute(
        update(Patient)
        .where(Patient.id == target.id)
        .values(
            allergies_asked_at=max(asked, default=None),
            version=target.version + 1,
            updated_at=work.recorded_at,
        )
    )


def _unite_flags(work: Work, target: Row[Any], source: Row[Any]) -> None:
    """Move flags and allergies to classes as they are, the later one beside the earlier one."""
    hers = PatientClassAllergy.patient_id
    known = select(PatientClassAllergy.ingredient_class).where(hers == target.id)
    twice = [hers == source.id, PatientClassAllergy.ingredient_class.in_(known)]
    work.connection.execute(delete(PatientClassAllergy).where(*twice))
    for table in (PatientClassAllergy, PatientFlag):
        work.connection.execute(
            update(table).where(table.patient_id == source.id).values(patient_id=target.id)
        )


def _allergies(work: Work, patient_id: int) -> list[int]:
    held = select(PatientAllergy.ingredient_id).where(PatientAllergy.patient_id == patient_id)
    return list(work.connection.execute(held).scalars())
