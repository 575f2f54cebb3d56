"""What of a clinic's day is not done by its hour: readings, a look at the emergency box, the closing?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.ledger.temperatures import KeptPlace, kept_places, newest_readings, undecided_excursions
from stockroom.models import BoxCheck, DayClosing, Movement, Person, TreatmentSession
from stockroom.reads.journal_position import first_since
from stockroom.reads.pars import Par, earliest_expiry_at, pars
from stockroom.reads.settings import settings_of
from stockroom.rules.day_duties import Duty, Hours, box_check_due, day_bounds, newest_closing, newest_reading

_newer = aliased(BoxCheck)
_NEWEST_CHECKS = (
    select(
        BoxCheck.location_id,
        BoxCheck.checked_at,
        BoxCheck.is_sealed,
        BoxCheck.seal,
        BoxCheck.is_complete,
        BoxCheck.note,
        Person.name.label("checked_by"),
    )
    .join(Person, Person.id == BoxCheck.checked_by_id)
    .where(
        BoxCheck.clinic_id == bindparam("clinic"),
        BoxCheck.id
        == select(func.max(_newer.id))
        .where(_newer.clinic_id == BoxCheck.clinic_id, _newer.location_id == BoxCheck.location_id)
        .correlate(BoxCheck)
        .scalar_subquery(),
    )
)


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A place whose thermometer should have been read."""

    place: KeptPlace
    duty: Duty


@dataclass(frozen=True, kw_only=True)
class Box:
    """An emergency box, as it was last seen and as the books have it."""

    place: KeptPlace
    contents: tuple[Par, ...]
    """What should lie in it, with what does."""
    earliest_expires_on: date | None
    checked_at: datetime | None
    checked_by: str
    is_sealed: bool
    seal: str
    is_complete: bool
    note: str
    is_due: bool
    """Nobody looked at it by its hour."""
    is_expired: bool

    @property
    def missing_count(self) -> int:
        return sum(each.missing_count for each in self.contents)

    @property
    def is_good(self) -> bool:
        return self.is_complete and self.is_sealed and not self.missing_count and not self.is_expired


@dataclass(frozen=True, kw_only=True)
class Warm:
    """A place outside its limits about which nobody has decided."""

    place: KeptPlace
    excursion_uid: str


@dataclass(frozen=True, kw_only=True)
class Duties:
    """Everything that is not done, or not in order."""

    unread: tuple[Unread, ...]
    warm: tuple[Warm, ...]
    boxes: tuple[Box, ...]
    """All of them; ask each whether it is due or good."""
    unclosed: Duty | None


def hours_of(connection: Connection, clinic_id: int, zone: str) -> Hours:
    """Give by when what is asked in a clinic; one statement."""
    decided = settings_of(connection, clinic_id)
    return Hours(
        zone=zone,
        days_open=decided.days_open,
        reading_hours=decided.reading_hours,
        closing_hour=decided.closing_hour,
    )


def duties(connection: Connection, clinic_id: int, *, zone: str, now: datetime) -> Duties:
    """Give what is not done by its hour in a clinic.

    A bounded number of statements for each emergency box, of which a clinic has one or two, and as many more as the
    journal's length has binary digits.
    """
    hours = hours_of(connection, clinic_id, zone)
    everywhere = kept_places(connection, clinic_id)
    places = tuple(each for each in everywhere if each.closed_at is None)
    by_id = {each.id: each for each in everywhere}
    excursions = undecided_excursions(connection, clinic_id)
    return Duties(
        unread=_unread(connection, clinic_id, places, newest_reading(hours, now)),
        warm=tuple(Warm(place=by_id[row.location_id], excursion_uid=row.uid) for row in excursions),
        boxes=boxes(connection, clinic_id, places=places, hours=hours, now=now),
        unclosed=unclosed_day(connection, clinic_id, newest_closing(hours, now), zone),
    )


def _unread(
    connection: Connection, clinic_id: int, places: tuple[KeptPlace, ...], duty: Duty | None
) -> tuple[Unread, ...]:
    if duty is None:
        return ()
    asked = [each for each in places if each.watch.is_read and each.created_at <= duty.begins_at]
    last = newest_readings(connection, clinic_id) if asked else {}
    return tuple(
        Unread(place=each, duty=duty)
        for each in asked
        if each.id not in last or last[each.id].read_at <= duty.begins_at
    )


def boxes(
    connection: Connection, clinic_id: int, *, places: tuple[KeptPlace, ...], hours: Hours, now: datetime
) -> tuple[Box, ...]:
    """Give the emergency boxes with what the books say of each."""
    watched = [each for each in places if each.watch.is_emergency_box]
    if not watched:
        return ()
    today = civil_date(now, hours.zone)
    checks = {row.location_id: row for row in connection.execute(_NEWEST_CHECKS, {"clinic": clinic_id})}
    should = pars(connection, clinic_id, now=now, today=today)
    duty = box_check_due(hours, now)
    found = []
    for each in watched:
        check: Any = checks.get(each.id)
        earliest = earliest_expiry_at(connection, clinic_id, each.id)
        is_asked = duty is not None and each.created_at <= duty.begins_at
        found.append(
            Box(
                place=each,
                contents=tuple(par for par in should if par.location_id == each.id),
                earliest_expires_on=earliest,
                checked_at=None if check is None else check.checked_at,
                checked_by="" if check is None else check.checked_by,
                is_sealed=check is not None and check.is_sealed,
                seal="" if check is None else check.seal,
                is_complete=check is not None and check.is_complete,
                note="" if check is None else check.note,
                is_due=is_asked and duty is not None and (check is None or check.checked_at < duty.begins_at),
                is_expired=earliest is not None and earliest < today,
            )
        )
    return tuple(found)


def unclosed_day(connection: Connection, clinic_id: int, duty: Duty | None, zone: str) -> Duty | None:
    """Give the day that should have been closed and was not; None also where nothing happened on it."""
    if duty is None:
        return None
    closed = select(exists().where(DayClosing.clinic_id == clinic_id, DayClosing.day == duty.day))
    if connection.execute(closed).scalar_one():
        return None
    return duty if was_worked(connection, clinic_id, duty.day, zone) else None


def was_worked(connection: Connection, clinic_id: int, day: date, zone: str) -> bool:
    """Whether a session was planned for a day, or anything was booked on it."""
    begins_at, ends_at = day_bounds(day, zone)
    planned = exists().where(
        TreatmentSession.clinic_id == clinic_id,
        TreatmentSession.planned_at >= begins_at,
        TreatmentSession.planned_at < ends_at,
    )
    if connection.execute(select(planned)).scalar_one():
        return True
    first, end = first_since(connection, clinic_id, begins_at), first_since(connection, clinic_id, ends_at)
    booked = exists().where(and_(Movement.clinic_id == clinic_id, Movement.seq >= first, Movement.seq < end))
    return bool(connection.execute(select(booked)).scalar_one())
