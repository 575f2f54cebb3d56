"""By whom was one patient seen, when, what for and on which page?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, cast, func, select

from stockroom.db.transaction import DISCLOSURES
from stockroom.models import Clinic, DisclosedPatient, JournalEntry, Person
from stockroom.queries.patient_record import record_ids

_PAGE_UNKNOWN = frozenset({"first_visit", "emergency", "complaint", "adverse_reaction", "records_request"})
"""Purposes under which an entry of before pages were named does not say where she was shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureRow:
    """One entry of a clinic's journal of disclosures that names her."""

    clinic_uid: str
    clinic: str
    time_zone: str
    seq: int
    at: datetime
    person_uid: str
    person: str
    """Empty for the installation itself."""
    roles: tuple[str, ...]
    """What let the person see her."""
    purpose: str
    """What names were opened for, or what she asked for; empty in daily work."""
    page: str
    """Empty where it was not written down yet."""


@dataclass(frozen=True, kw_only=True)
class Disclosures:
    """Some of her disclosures, the newest first, and how many there are."""

    rows: tuple[DisclosureRow, ...]
    count: int


def disclosures_of_patient(
    connection: Connection, uid: str, *, offset: int = 0, limit: int | None = None
) -> Disclosures:
    """Give the disclosures of the patient of this record, in every clinic and under every merged record.

    One statement, which reads hers and nobody else's.  An erased record keeps its disclosures, under its uid.
    """
    named = DisclosedPatient
    hers = (
        select(named.clinic_id, named.seq).where(named.patient_id.in_(record_ids(uid))).distinct().subquery()
    )
    entry = JournalEntry
    author = cast(func.replace(entry.actor_uid, "-", ""), Person.uid.type)  # SQLite keeps uids without dashes
    rows = connection.execute(
        select(
            Clinic.uid.label("clinic_uid"),
            Clinic.name.label("clinic"),
            Clinic.time_zone,
            entry.seq,
            entry.recorded_at,
            entry.actor_uid,
            entry.roles,
            entry.payload,
            Person.name.label("person"),
            func.count().over().label("row_count"),
        )
        .select_from(hers)
        .join(
            entry,
            and_(entry.clinic_id == hers.c.clinic_id, entry.stream == DISCLOSURES, entry.seq == hers.c.seq),
        )
        .join(Clinic, Clinic.id == entry.clinic_id)
        .outerjoin(Person, and_(Person.uid == author, Person.is_system.is_(False)))
        .order_by(entry.recorded_at.desc(), entry.clinic_id, entry.seq.desc())
        .offset(offset)
        .limit(limit)
    ).all()
    return Disclosures(rows=tuple(map(_row, rows)), count=rows[0].row_count if rows else 0)


def _row(row: Any) -> DisclosureRow:
    told = json.loads(row.payload)
    purpose = str(told["purpose"])
    page = str(told.get("page", "" if purpose in _PAGE_UNKNOWN else purpose))
    return DisclosureRow(
        clinic_uid=row.clinic_uid,
        clinic=row.clinic,
        time_zone=row.time_zone,
        seq=row.seq,
        at=row.recorded_at,
        person_uid=row.actor_uid,
        person=row.person or "",
        roles=tuple(row.roles.split()),
        purpose="" if purpose == page else purpose,
        page=page,
    )
