"""What stands open at the end of a day, and which days are closed?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Container, DayClosing, Location, Movement, Person
from stockroom.queries.open_work import StandsOpen, sessions_open
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.reads.day_end import Draft, drafts, left_over
from stockroom.rules.day_duties import day_bounds
from stockroom.rules.day_end import is_thrown_away_first
from stockroom.rules.usability import Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosingRow:
    """A day that was closed."""

    uid: str
    day: date
    closed_at: datetime
    closed_by: str
    thrown_away_count: int
    left_open_count: int
    unfinished_count: int
    although: str
    movement_uid: str | None


@dataclass(frozen=True, kw_only=True)
class LeftOverThing:
    """A vial or cocktail that does not keep."""

    thing: Thing
    location_uid: str
    place: str
    """Where it lies, or the vial stands."""
    is_ticked: bool
    """It is thrown away unless somebody says otherwise."""


@dataclass(frozen=True, kw_only=True)
class DayEnd:
    """What stands open at the end of a day."""

    sessions: tuple[StandsOpen, ...]
    drafts: tuple[Draft, ...]
    left: tuple[LeftOverThing, ...]
    closed: DayClosingRow | None

    @property
    def is_none(self) -> bool:
        return not (self.sessions or self.drafts or self.left)


def day_end(connection: Connection, clinic_id: int, *, day: date, zone: str, now: datetime) -> DayEnd:
    """Give what stands open at the end of a day, and its closing; nine statements at most."""
    left = left_over(connection, clinic_id, now=now)
    places = _places(connection, clinic_id, {each.location_id for each in left})
    return DayEnd(
        sessions=sessions_open(
            connection, clinic_id, at=day_bounds(day, zone)[1] - timedelta(microseconds=1)
        ),
        drafts=drafts(connection, clinic_id),
        left=tuple(
            LeftOverThing(
                thing=each,
                location_uid=places[each.location_id].uid,
                place=places[each.location_id].place,
                is_ticked=is_thrown_away_first(each),
            )
            for each in left
        ),
        closed=_closing_of(connection, clinic_id, day),
    )


def day_closings(
    connection: Connection, clinic_id: int, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[DayClosingRow]:
    """Give the closed days, the newest first; one statement.  Raises CursorUnreadable."""
    return page_of(
        connection,
        _closings(clinic_id),
        DayClosing,
        lambda row: DayClosingRow(**row._mapping),
        after=after,
        limit=limit,
        newest_first=True,
    )


def _closing_of(connection: Connection, clinic_id: int, day: date) -> DayClosingRow | None:
    row = connection.execute(_closings(clinic_id).where(DayClosing.day == day)).first()
    return None if row is None else DayClosingRow(**row._mapping)


def _closings(clinic_id: int) -> Any:
    return (
        select(
            DayClosing.uid,
            DayClosing.day,
            DayClosing.closed_at,
            Person.name.label("closed_by"),
            DayClosing.thrown_away_count,
            DayClosing.left_open_count,
            DayClosing.unfinished_count,
            DayClosing.although,
            Movement.uid.label("movement_uid"),
        )
        .join(Person, Person.id == DayClosing.closed_by_id)
        .outerjoin(
            Movement,
            and_(Movement.clinic_id == DayClosing.clinic_id, Movement.id == DayClosing.movement_id),
        )
        .where(DayClosing.clinic_id == clinic_id)
    )


def _places(connection: Connection, clinic_id: int, ids: set[int]) -> dict[int, Any]:
    if not ids:
        return {}
    standing = aliased(Location)
    holder = and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id)
    rows = connection.execute(
        select(Location.id, Location.uid, func.coalesce(standing.name, Location.name).label("place"))
        .outerjoin(Container, holder)
        .outerjoin(
            standing, and_(standing.clinic_id == Container.clinic_id, standing.id == Container.stands_in_id)
        )
        .where(Location.clinic_id == clinic_id, Location.id.in_(sorted(ids)))
    )
    return {row.id: row for row in rows}
