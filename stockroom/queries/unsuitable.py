"""What does not suit whom, and why, in words that whoever treats her reads?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from stockroom.models import Ingredient, Patient, ReferenceItem
from stockroom.reads.meant import PartKind
from stockroom.reads.unsuitable import JudgedSession, judged_of_patient, judged_to_come
from stockroom.vocabulary import Fit

SPEAKING = (Fit.STOP, Fit.CAUTION)
"""How bad it is where something that is known speaks against something."""
_INGREDIENTS = select(Ingredient.id, Ingredient.name).where(
    Ingredient.id.in_(bindparam("ids", expanding=True))
)
_FLAGS = select(ReferenceItem.slug, ReferenceItem.name).where(ReferenceItem.kind == "contraindications")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsuitablePart:
    """One thing that is meant for a session and does not suit its patient."""

    kind: PartKind
    uid: str
    name: str
    detail: str
    fit: Fit
    because: tuple[str, ...]
    """What she does not bear, and her flags, by name; empty where nobody knows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsuitableSession:
    """A session that is not over, with what does not suit; the patient by id and uid only."""

    uid: str
    short_code: str
    state: str
    planned_at: datetime
    patient_id: int
    patient_uid: str
    fit: Fit
    parts: tuple[UnsuitablePart, ...]


def unsuitable_to_come(
    connection: Connection, clinic_id: int, *, now: datetime, zone: str
) -> tuple[UnsuitableSession, ...]:
    """Give the sessions from today on that an allergy or a flag speaks against; eight statements at most.

    Disclose the patients first.
    """
    return _shown(connection, judged_to_come(connection, clinic_id, now=now, zone=zone))


def unsuitable_of_patient(
    connection: Connection, clinic_id: int, *, uid: str
) -> tuple[UnsuitableSession, ...]:
    """Give what is planned for one patient and an allergy or a flag speaks against; she is named as she is now."""
    patient_id = connection.execute(select(Patient.id).where(Patient.uid == uid)).scalar_one()
    return _shown(connection, judged_of_patient(connection, clinic_id, patient_id))


def _shown(connection: Connection, judged: Iterable[JudgedSession]) -> tuple[UnsuitableSession, ...]:
    speaking = [each for each in judged if any(part.verdict.fit in SPEAKING for part in each.parts)]
    if not speaking:
        return ()
    ids = {key for each in speaking for part in each.parts for key in part.verdict.ingredient_ids}
    ingredients = {row.id: row.name for row in connection.execute(_INGREDIENTS, {"ids": sorted(ids)})}
    flags = {row.slug: row.name for row in connection.execute(_FLAGS)}
    return tuple(
        UnsuitableSession(
            uid=each.uid,
            short_code=each.short_code,
            state=each.state,
            planned_at=each.planned_at,
            patient_id=each.patient_id,
            patient_uid=each.patient_uid,
            fit=each.fit,
            parts=tuple(
                UnsuitablePart(
                    kind=part.kind,
                    uid=part.uid,
                    name=part.name,
                    detail=part.detail,
                    fit=part.verdict.fit,
                    because=(
                        *sorted(ingredients[key] for key in part.verdict.ingredient_ids),
                        *(flags.get(flag, flag) for flag in part.verdict.flags),
                    ),
                )
                for part in each.parts
            ),
        )
        for each in speaking
    )
