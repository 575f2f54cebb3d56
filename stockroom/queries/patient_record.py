"""Which rows of the books are one patient's: those of her record and of every record merged into it?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from stockroom.models import Patient


def record_ids(patient_uid: str) -> Any:
    """The ids of a patient's record and of all that were merged into it, to be used in another statement."""
    record = select(Patient.id).where(Patient.uid == patient_uid).cte("record", recursive=True)
    record = record.union(select(Patient.id).join(record, Patient.merged_into_id == record.c.id))
    return select(record.c.id)
