"""What must the rules know of a patient?  As columns of another statement, so that a scan asks once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Text, cast, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Patient, PatientAllergy
from stockroom.rules.usability import PatientFacts

merged_into = aliased(Patient)
"""The record that the patient's was merged into; join it outer, on `Patient.merged_into_id`."""


def fact_columns() -> list[Any]:
    """Give the columns from which `facts_of` reads, for a statement that has Patient and `merged_into`.

    After a merge the facts are those of the record that stands for both; what either is known not to
    bear counts.
    """
    allergies = (
        select(func.aggregate_strings(cast(PatientAllergy.ingredient_id, Text), " "))
        .where(
            or_(PatientAllergy.patient_id == Patient.id, PatientAllergy.patient_id == Patient.merged_into_id)
        )
        .correlate(Patient)
        .scalar_subquery()
    )
    asked = func.coalesce(
        merged_into.allergies_asked_at, Patient.allergies_asked_at, type_=Patient.allergies_asked_at.type
    )
    return [
        func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id"),
        asked.label("allergies_asked_at"),
        allergies.label("allergies"),
    ]


def facts_of(row: Row[Any]) -> PatientFacts:
    """Read the facts from a row with the columns of `fact_columns`."""
    return PatientFacts(
        patient_id=row.patient_id,
        allergies_asked=row.allergies_asked_at is not None,
        allergy_ingredient_ids=frozenset(int(part) for part in (row.allergies or "").split()),
    )
