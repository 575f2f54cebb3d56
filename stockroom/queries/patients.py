"""Who is this patient, and what must she not get, as whoever treats her reads it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from stockroom.db.sealing import KeyRing
from stockroom.models import Ingredient, Patient, PatientAllergy, TreatmentSession
from stockroom.reads.patients import PatientIdentity, identity, patient_by_uid

# Statements of every page with a patient on it, built once.
_HELD = (
    select(Ingredient.uid, Ingredient.slug, Ingredient.name, PatientAllergy.recorded_at)
    .join(PatientAllergy, PatientAllergy.ingredient_id == Ingredient.id)
    .where(PatientAllergy.patient_id == bindparam("patient"))
    .order_by(Ingredient.name)
)
_SEEN = (
    select(TreatmentSession.id)
    .join(Patient, Patient.id == TreatmentSession.patient_id)
    .where(
        TreatmentSession.clinic_id == bindparam("clinic"),
        or_(Patient.id == bindparam("patient"), Patient.merged_into_id == bindparam("patient")),
    )
    .limit(1)
)


@dataclass(frozen=True, kw_only=True)
class AllergyRow:
    """An ingredient that a patient must not get."""

    ingredient_uid: str
    slug: str
    name: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class PatientShown:
    """A patient's record.  Show it to nobody before that was written down (access/disclosing)."""

    identity: PatientIdentity
    allergies_asked_at: datetime | None
    """None: nobody has asked, so that nothing is known and nothing is safe."""
    allergies: tuple[AllergyRow, ...]
    is_seen_here: bool
    """Whether she has a session in the clinic, under this record or one merged into it."""


def patient_shown(connection: Connection, keyring: KeyRing, clinic_id: int, *, uid: str) -> PatientShown:
    """Give the patient whom this record means now; four statements.

    Raises ThingNotFound, PatientErased, SealBroken.
    """
    row = patient_by_uid(connection, uid)
    allergies = tuple(
        AllergyRow(ingredient_uid=each.uid, slug=each.slug, name=each.name, recorded_at=each.recorded_at)
        for each in connection.execute(_HELD, {"patient": row.id})
    )
    return PatientShown(
        identity=identity(keyring, row),
        allergies_asked_at=row.allergies_asked_at,
        allergies=allergies,
        is_seen_here=_is_seen(connection, clinic_id, row.id),
    )


def _is_seen(connection: Connection, clinic_id: int, patient_id: int) -> bool:
    return connection.execute(_SEEN, {"clinic": clinic_id, "patient": patient_id}).first() is not None
