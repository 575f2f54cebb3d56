"""When did somebody look at the emergency box, and what was seen?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, select

from stockroom.models import BoxCheck, Location, Person
from stockroom.queries.paging import PAGE_ROWS, Page, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxCheckRow:
    """One look at an emergency box."""

    uid: str
    location_uid: str
    place: str
    checked_at: datetime
    checked_by: str
    is_sealed: bool
    seal: str
    is_complete: bool
    missing_count: int
    earliest_expires_on: date | None
    note: str


def box_checks(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[BoxCheckRow]:
    """Give the looks at a clinic's emergency boxes, the newest first; one statement.  Raises CursorUnreadable."""
    statement: Any = (
        select(
            BoxCheck.uid,
            Location.uid.label("location_uid"),
            Location.name.label("place"),
            BoxCheck.checked_at,
            Person.name.label("checked_by"),
            BoxCheck.is_sealed,
            BoxCheck.seal,
            BoxCheck.is_complete,
            BoxCheck.missing_count,
            BoxCheck.earliest_expires_on,
            BoxCheck.note,
        )
        .join(Location, and_(Location.clinic_id == BoxCheck.clinic_id, Location.id == BoxCheck.location_id))
        .join(Person, Person.id == BoxCheck.checked_by_id)
        .where(BoxCheck.clinic_id == clinic_id)
    )
    return page_of(
        connection,
        statement,
        BoxCheck,
        lambda row: BoxCheckRow(**row._mapping),
        after=after,
        limit=limit,
        newest_first=True,
    )
