"""What must this patient not get?  Until somebody has asked, nobody knows, and unknown is not safe."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, select

from stockroom.actor import Actor
from stockroom.db.base import table_of
from stockroom.db.built_once import adding, changing
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.models import Ingredient, Patient, PatientAllergy
from stockroom.reads.clinics import every_clinic
from stockroom.reads.finding import many_by_uid
from stockroom.reads.patients import PatientChanged, field_digest, patient_by_uid, request_salt
from stockroom.vocabulary import Action

_OF_HERS = PatientAllergy.patient_id == bindparam("patient")
_KNOWN = select(PatientAllergy.ingredient_id).where(_OF_HERS)
_TAKE_AWAY = delete(table_of(PatientAllergy)).where(
    _OF_HERS, PatientAllergy.ingredient_id.in_(bindparam("ingredients", expanding=True))
)


@dataclass(frozen=True, kw_only=True)
class AskAllergies:
    """The patient's whole answer; an empty one says that she was asked and knows of none."""

    patient_uid: str
    ingredient_uids: tuple[str, ...]
    version: int | None = None
    """The version of the record that was read; None where nobody looked."""


@dataclass(frozen=True, kw_only=True)
class AllergiesAsked:
    """That it was asked, and when; what she answered is medical and stays out (L14)."""

    patient_uid: str
    asked_at: datetime
    version: int


def ask_allergies(
    store: Store, command: AskAllergies, *, actor: Actor, key: str, now: datetime
) -> AllergiesAsked:
    """Write down what the patient answered; it replaces the earlier answer.

    Locks every clinic: an added allergy stops uses everywhere.  A merged record means what it was merged
    into.  Raises ThingNotFound, PatientErased, PatientChanged.
    """
    with store.reading() as connection:
        salt = request_salt(connection, store.keyring, command.patient_uid)
    return perform(
        store,
        Act(
            kind="patient.ask_allergies",
            action=Action.MAINTAIN_PATIENTS,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
            salt=salt,
        ),
        command=command,
        body=lambda work: _ask(work, command),
        answer=AllergiesAsked,
        actor=actor,
        key=key,
        now=now,
    )


def _ask(work: Work, command: AskAllergies) -> AllergiesAsked:
    row = patient_by_uid(work.connection, command.patient_uid)
    if command.version is not None and command.version != row.version:
        raise PatientChanged(patient=row.uid)
    named = many_by_uid(work.connection, Ingredient, command.ingredient_uids, thing="ingredient")
    answered = {ingredient.id for ingredient in named.values()}
    before = set(work.connection.execute(_KNOWN, {"patient": row.id}).scalars())
    work.connection.execute(_TAKE_AWAY, {"patient": row.id, "ingredients": sorted(before - answered)})
    if added := sorted(answered - before):
        work.connection.execute(adding(PatientAllergy), [_allergy(work, row.id, each) for each in added])
    _mark_asked(work, row)
    _journal(work, row, tuple(sorted(named)))
    return AllergiesAsked(patient_uid=row.uid, asked_at=work.now, version=row.version + 1)


def _allergy(work: Work, patient_id: int, ingredient_id: int) -> dict[str, object]:
    return {
        "patient_id": patient_id,
        "ingredient_id": ingredient_id,
        "recorded_at": work.recorded_at,
        "recorded_by_id": work.actor.person_id,
    }


def _mark_asked(work: Work, row: Row[Any]) -> None:
    work.connection.execute(
        changing(Patient, "id"),
        {
            "its_id": row.id,
            "allergies_asked_at": work.now,
            "version": row.version + 1,
            "updated_at": work.recorded_at,
        },
    )


def _journal(work: Work, row: Row[Any], ingredient_uids: tuple[str, ...]) -> None:
    """Only a salted hash that nobody can try out, and no count: how many there are is medical too."""
    data_key = work.store.keyring.open_data_key(row.data_key, bound_to=row.uid)
    answer = " ".join(ingredient_uids)
    digest = field_digest(work.store.keyring, data_key, row.uid, "allergies", answer)
    work.payload.update(patient=row.uid, changed={"allergies": digest}, version=row.version + 1)
