"""Who let patients' names be opened here, what for, and until when?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from stockroom.models import Person, StatedPurpose
from stockroom.queries.paging import PAGE_ROWS, Page, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeRow:
    """One purpose, as it was stated."""

    uid: str
    person_uid: str
    person: str
    purpose: str
    reference: str
    stated_at: datetime
    until_at: datetime


def stated_purposes(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[PurposeRow]:
    """Give what was stated in a clinic, the newest first; one statement.  Raises CursorUnreadable."""
    statement: Any = (
        select(
            StatedPurpose.uid,
            Person.uid.label("person_uid"),
            Person.name.label("person"),
            StatedPurpose.purpose,
            StatedPurpose.reference,
            StatedPurpose.stated_at,
            StatedPurpose.until_at,
        )
        .join(Person, Person.id == StatedPurpose.person_id)
        .where(StatedPurpose.clinic_id == clinic_id)
    )
    return page_of(
        connection,
        statement,
        StatedPurpose,
        lambda row: PurposeRow(**row._mapping),
        after=after,
        limit=limit,
        newest_first=True,
    )
