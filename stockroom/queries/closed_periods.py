"""When were a clinic's books closed, and what were its balances then?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from stockroom.models import ClosedPeriod, Person
from stockroom.queries.paging import PAGE_ROWS, Page, page_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPeriodRow:
    """The books through an entry of the journal, with the digest of every balance at it."""

    uid: str
    through_at: datetime
    through_seq: int
    balances_digest: str
    closed_by: str
    although: str
    """Why they were closed although something still stood open."""


def closed_periods(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[ClosedPeriodRow]:
    """Give the clinic's closed periods, the newest first; one statement.  Raises CursorUnreadable."""
    statement: Any = (
        select(
            ClosedPeriod.uid,
            ClosedPeriod.through_at,
            ClosedPeriod.through_seq,
            ClosedPeriod.balances_digest,
            Person.name.label("closed_by"),
            ClosedPeriod.although,
        )
        .join(Person, Person.id == ClosedPeriod.closed_by_id)
        .where(ClosedPeriod.clinic_id == clinic_id)
    )
    return page_of(
        connection,
        statement,
        ClosedPeriod,
        lambda row: ClosedPeriodRow(**row._mapping),
        after=after,
        limit=limit,
        newest_first=True,
    )
