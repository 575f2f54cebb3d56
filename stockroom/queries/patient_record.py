"""Which rows of the books are one patient's, those of every record merged into hers too, and where do they lie?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, union

from stockroom.models import Course, Patient, TreatmentSession


def record_ids(patient_uid: str) -> Any:
    """The ids of a patient's record and of all that were merged into it, to be used in another statement."""
    record = select(Patient.id).where(Patient.uid == patient_uid).cte("record", recursive=True)
    record = record.union(select(Patient.id).join(record, Patient.merged_into_id == record.c.id))
    return select(record.c.id)


def clinics_of_person(connection: Connection, *, uid: str) -> tuple[int, ...]:
    """Give the clinics in which something is held of the patient of this record: where it is disclosed."""
    records = record_ids(uid)
    found = union(
        *(
            select(table.clinic_id).where(table.patient_id.in_(records))
            for table in (TreatmentSession, Course)
        )
    )
    return tuple(sorted(connection.execute(found).scalars()))
