"""Patients of the house: plainly invented, registered and asked through the operations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.models import Ingredient, JournalEntry, OrganisationEntry, Patient
from stockroom.operations.ask_allergies import AskAllergies, ask_allergies
from stockroom.operations.flag_patient import NoteFlag, PatientFlagged, note_flag
from stockroom.operations.maintain_patient import PatientRegistered, RegisterPatient, register_patient
from tests.builders import NOW, House, key


def register(house: House, name: str, *, now: datetime = NOW, **values: Any) -> PatientRegistered:
    """Register a patient who has not been asked about allergies."""
    command = RegisterPatient(name=name, **{"born_on": date(1990, 1, 2), **values})
    return register_patient(house.store, command, actor=house.nurse, key=key("patient"), now=now)


def ask(
    house: House,
    patient_uid: str,
    *slugs: str,
    classes: tuple[str, ...] | None = None,
    now: datetime = NOW,
    actor: Actor | None = None,
) -> None:
    """Write down that the patient must not get these ingredients and classes of them, and nothing else."""
    uids = tuple(ingredient_uid(house.store, slug) for slug in slugs)
    ask_allergies(
        house.store,
        AskAllergies(patient_uid=patient_uid, ingredient_uids=uids, classes=classes),
        actor=actor or house.nurse,
        key=key("allergies"),
        now=now,
    )


def ingredient_uid(store: Store, slug: str) -> str:
    with store.reading() as connection:
        return connection.execute(select(Ingredient.uid).where(Ingredient.slug == slug)).scalar_one()


def ingredient_id(store: Store, slug: str) -> int:
    with store.reading() as connection:
        return connection.execute(select(Ingredient.id).where(Ingredient.slug == slug)).scalar_one()


def patient_row(store: Store, uid: str) -> Any:
    with store.reading() as connection:
        return connection.execute(select(Patient.__table__).where(Patient.uid == uid)).one()


def journalled(store: Store) -> str:
    """Everything that every journal says, as one text."""
    with store.reading() as connection:
        return "\n".join(
            "|".join(map(str, row))
            for table in (JournalEntry, OrganisationEntry)
            for row in connection.execute(select(table.__table__))
        )


def flag(
    house: House, patient_uid: str, slug: str, *, now: datetime = NOW, actor: Actor | None = None, **days: Any
) -> PatientFlagged:
    """Write down a contraindication of a patient."""
    command = NoteFlag(patient_uid=patient_uid, flag=slug, **days)
    return note_flag(house.store, command, actor=actor or house.nurse, key=key("flag"), now=now)


def disclosures(store: Store) -> int:
    """How often it was written down that somebody was shown a patient."""
    with store.reading() as connection:
        shown = select(func.count()).select_from(JournalEntry).where(JournalEntry.stream == "disclosures")
        return int(connection.execute(shown).scalar_one())
