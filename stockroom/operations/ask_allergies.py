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
from stockroom.errors import ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.unsuitable import tell_unsuitable
from stockroom.models import Ingredient, Patient, PatientAllergy, PatientClassAllergy
from stockroom.reads.clinics import every_clinic
from stockroom.reads.finding import many_by_uid
from stockroom.reads.patients import PatientChanged, field_digest, patient_by_uid, request_salt
from stockroom.reads.unsuitable import causes_of_patient
from stockroom.vocabulary import Action

_OF_HERS = PatientAllergy.patient_id == bindparam("patient")
_KNOWN = select(PatientAllergy.ingredient_id).where(_OF_HERS)
_TAKE_AWAY = delete(table_of(PatientAllergy)).where(
    _OF_HERS, PatientAllergy.ingredient_id.in_(bindparam("ingredients", expanding=True))
)
_CLASSES = select(Ingredient.ingredient_class).distinct()
_HER_CLASSES = PatientClassAllergy.patient_id == bindparam("patient")
_KNOWN_CLASSES = select(PatientClassAllergy.ingredient_class).where(_HER_CLASSES)
_TAKE_CLASSES_AWAY = delete(table_of(PatientClassAllergy)).where(
    _HER_CLASSES, PatientClassAllergy.ingredient_class.in_(bindparam("classes", expanding=True))
)


@dataclass(frozen=True, kw_only=True)
class AskAllergies:
    """The patient's whole answer; an empty one says that she was asked and knows of none."""

    patient_uid: str
    ingredient_uids: tuple[str, ...]
    classes: tuple[str, ...] | None = None
    """Whole classes of ingredients, as `Ingredient.ingredient_class` says them; None: as they are known."""
    version: int | None = None
    """The version of the record that was read; None where nobody looked."""


@dataclass(frozen=True, kw_only=True)
class ConfirmAnswers:
    """That she was asked again about allergies and flags, and nothing has changed."""

    patient_uid: str
    version: int
    """The version of the record that was read: what nobody has seen is not confirmed."""


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

    Locks every clinic: an added allergy stops uses everywhere, and whatever is planned for her and does not
    suit her any more is told there.  A merged record means what it was merged into.
    Raises ThingNotFound, PatientErased, PatientChanged.
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


def confirm_answers(
    store: Store, command: ConfirmAnswers, *, actor: Actor, key: str, now: datetime
) -> AllergiesAsked:
    """Write down that she was asked, and that what is known of her stays as it is.

    Raises ThingNotFound, PatientErased, PatientChanged.
    """
    return perform(
        store,
        Act(kind="patient.confirm_answers", action=Action.MAINTAIN_PATIENTS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _confirm(work, command),
        answer=AllergiesAsked,
        actor=actor,
        key=key,
        now=now,
    )


def _confirm(work: Work, command: ConfirmAnswers) -> AllergiesAsked:
    row = patient_by_uid(work.connection, command.patient_uid)
    if command.version != row.version:
        raise PatientChanged(patient=row.uid)
    _mark_asked(work, row)
    work.payload.update(patient=row.uid, version=row.version + 1)
    return AllergiesAsked(patient_uid=row.uid, asked_at=work.now, version=row.version + 1)


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
    classes = _answer_classes(work, row, command.classes)
    _mark_asked(work, row)
    _journal(work, row, (*sorted(named), *classes))
    tell_unsuitable(work, causes_of_patient(work.connection, row.id))
    return AllergiesAsked(patient_uid=row.uid, asked_at=work.now, version=row.version + 1)


def _answer_classes(work: Work, row: Row[Any], said: tuple[str, ...] | None) -> tuple[str, ...]:
    """Write down the classes that she must not get; give them all.  Raises ThingNotFound."""
    before = set(work.connection.execute(_KNOWN_CLASSES, {"patient": row.id}).scalars())
    answered = before if said is None else set(said)
    known = set(work.connection.execute(_CLASSES).scalars()) if answered - before else before
    if strange := answered - before - known:
        raise ThingNotFound(thing="class of ingredients", uid=min(strange)[:40])
    if gone := sorted(before - answered):
        work.connection.execute(_TAKE_CLASSES_AWAY, {"patient": row.id, "classes": gone})
    if added := sorted(answered - before):
        rows = [{**_by_whom(work, row.id), "ingredient_class": each} for each in added]
        work.connection.execute(adding(PatientClassAllergy), rows)
    return tuple(sorted(answered))


def _allergy(work: Work, patient_id: int, ingredient_id: int) -> dict[str, object]:
    return {**_by_whom(work, patient_id), "ingredient_id": ingredient_id}


def _by_whom(work: Work, patient_id: int) -> dict[str, object]:
    return {
        "patient_id": patient_id,
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


def _journal(work: Work, row: Row[Any], answers: tuple[str, ...]) -> None:
    """Only a salted hash that nobody can try out, and no count: how many there are is medical too."""
    data_key = work.store.keyring.open_data_key(row.data_key, bound_to=row.uid)
    answer = " ".join(answers)
    digest = field_digest(work.store.keyring, data_key, row.uid, "allergies", answer)
    work.payload.update(patient=row.uid, changed={"allergies": digest}, version=row.version + 1)
