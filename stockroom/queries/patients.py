"""Who is this patient, and what must she not get, as whoever treats her reads it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    Date,
    Row,
    and_,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from stockroom.db.sealing import KeyRing
from stockroom.models import (
    Ingredient,
    Patient,
    PatientAllergy,
    PatientClassAllergy,
    PatientFlag,
    ReferenceItem,
    TreatmentSession,
)
from stockroom.reads.patients import PatientIdentity, identity, patient_by_uid

# Statements of every page with a patient on it, built once.
_HERS: BindParameter[int] = bindparam("patient")
_NO_UID = cast(null(), Ingredient.uid.type)
_NO_DAY = cast(null(), Date)
_HELD = union_all(
    select(
        literal("ingredient").label("kind"),
        Ingredient.uid,
        Ingredient.slug,
        Ingredient.name,
        PatientAllergy.recorded_at,
        _NO_DAY.label("from_on"),
        _NO_DAY.label("until_on"),
    )
    .join(PatientAllergy, PatientAllergy.ingredient_id == Ingredient.id)
    .where(PatientAllergy.patient_id == _HERS),
    select(
        literal("class"),
        _NO_UID,
        PatientClassAllergy.ingredient_class,
        PatientClassAllergy.ingredient_class,
        PatientClassAllergy.recorded_at,
        _NO_DAY,
        _NO_DAY,
    ).where(PatientClassAllergy.patient_id == _HERS),
    select(
        literal("flag"),
        PatientFlag.uid,
        PatientFlag.flag,
        func.coalesce(ReferenceItem.name, PatientFlag.flag),
        PatientFlag.recorded_at,
        PatientFlag.from_on,
        PatientFlag.until_on,
    )
    .outerjoin(
        ReferenceItem,
        and_(ReferenceItem.kind == "contraindications", ReferenceItem.slug == PatientFlag.flag),
    )
    .where(PatientFlag.patient_id == _HERS),
)
"""What she must not get and what she is flagged with, all at once."""
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
class ClassAllergyRow:
    """A whole class of ingredients that a patient must not get."""

    ingredient_class: str
    recorded_at: datetime


@dataclass(frozen=True, kw_only=True)
class FlagRow:
    """A contraindication that a patient has, from one day until another."""

    uid: str
    flag: str
    name: str
    from_on: date
    until_on: date | None
    recorded_at: datetime
    counts: bool
    """On the day for which it is shown."""


@dataclass(frozen=True, kw_only=True)
class PatientShown:
    """A patient's record.  Show it to nobody before that was written down (access/disclosing)."""

    identity: PatientIdentity
    allergies_asked_at: datetime | None
    """When she was last asked about allergies and flags; None: nobody has, so that nothing is safe."""
    allergies: tuple[AllergyRow, ...]
    classes: tuple[ClassAllergyRow, ...]
    flags: tuple[FlagRow, ...]
    """The newest first, those that are over or still to come included."""
    is_seen_here: bool
    """Whether she has a session in the clinic, under this record or one merged into it."""

    @property
    def must_not_get(self) -> tuple[str, ...]:
        """Everything that she is allergic to, by name."""
        return (
            *(each.name for each in self.allergies),
            *(each.ingredient_class for each in self.classes),
        )

    @property
    def flags_now(self) -> tuple[FlagRow, ...]:
        """The flags that count on the day for which they are shown."""
        return tuple(each for each in self.flags if each.counts)


def patient_shown(
    connection: Connection, keyring: KeyRing, clinic_id: int, *, uid: str, on: date | None = None
) -> PatientShown:
    """Give the patient whom this record means now; four statements.

    `on` is the day for which it is said which flags count; all that have no end when None.

    Raises ThingNotFound, PatientErased, SealBroken.
    """
    row = patient_by_uid(connection, uid)
    held = sorted(connection.execute(_HELD, {"patient": row.id}), key=attrgetter("name"))
    return PatientShown(
        identity=identity(keyring, row),
        allergies_asked_at=row.allergies_asked_at,
        allergies=tuple(
            AllergyRow(ingredient_uid=each.uid, slug=each.slug, name=each.name, recorded_at=each.recorded_at)
            for each in held
            if each.kind == "ingredient"
        ),
        classes=tuple(
            ClassAllergyRow(ingredient_class=each.name, recorded_at=each.recorded_at)
            for each in held
            if each.kind == "class"
        ),
        flags=_flags((each for each in held if each.kind == "flag"), on),
        is_seen_here=_is_seen(connection, clinic_id, row.id),
    )


def _flags(rows: Iterable[Row[Any]], on: date | None) -> tuple[FlagRow, ...]:
    flags = [
        FlagRow(
            uid=each.uid,
            flag=each.slug,
            name=each.name,
            from_on=each.from_on,
            until_on=each.until_on,
            recorded_at=each.recorded_at,
            counts=each.until_on is None
            if on is None
            else each.from_on <= on and (each.until_on is None or on <= each.until_on),
        )
        for each in rows
    ]
    return tuple(sorted(flags, key=lambda each: each.from_on, reverse=True))


def _is_seen(connection: Connection, clinic_id: int, patient_id: int) -> bool:
    return connection.execute(_SEEN, {"clinic": clinic_id, "patient": patient_id}).first() is not None
