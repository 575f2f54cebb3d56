"""By when is what asked of a clinic's day: which readings are due, and when should the day be closed?

Hours are those of the wall in the clinic.  At a change of the clocks an hour that is missing begins where it would
have been, and of an hour that comes twice the first counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from stockroom.clock import civil_date

LOOKS_BACK_DAYS = 14
"""So far back the newest thing that was due is looked for: longer than a clinic is closed."""


@dataclass(frozen=True, kw_only=True)
class Duty:
    """Something that should be done from one instant until another."""

    day: date
    begins_at: datetime
    due_at: datetime


@dataclass(frozen=True, kw_only=True)
class Hours:
    """What a clinic decided: on which days (1 is Monday) it works, and by which hours what is done."""

    zone: str
    days_open: Collection[int]
    reading_hours: Collection[int]
    closing_hour: int
    """0: nobody is asked to close the day."""


def at_hour(day: date, hour: int, zone: str) -> datetime:
    """Give the instant of an hour of the clinic's wall."""
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def day_bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """Give the first instant of a civil day and that of the next; 23 or 25 hours apart when the clocks change."""
    return at_hour(day, 0, zone), at_hour(day + timedelta(days=1), 0, zone)


def readings_of(day: date, hours: Hours) -> tuple[Duty, ...]:
    """Give by when readings are asked on a day, each from the one before (the first from midnight)."""
    if day.isoweekday() not in hours.days_open:
        return ()
    starts = [0, *sorted(hours.reading_hours)]
    return tuple(
        Duty(day=day, begins_at=at_hour(day, begin, hours.zone), due_at=at_hour(day, hour, hours.zone))
        for begin, hour in pairwise(starts)
    )


def newest_reading(hours: Hours, now: datetime) -> Duty | None:
    """Give the reading that should have been done last; None where none is asked."""
    for day in _days_back(civil_date(now, hours.zone)):
        due = [duty for duty in readings_of(day, hours) if duty.due_at <= now]
        if due:
            return due[-1]
    return None


def box_check_due(hours: Hours, now: datetime) -> Duty | None:
    """Give the look at the emergency box that should have been done last: with the first reading of a day."""
    for day in _days_back(civil_date(now, hours.zone)):
        first = readings_of(day, hours)[:1]
        if first and first[0].due_at <= now:
            return first[0]
    return None


def newest_closing(hours: Hours, now: datetime) -> Duty | None:
    """Give the day that should have been closed last; None where nobody is asked."""
    if not hours.closing_hour:
        return None
    for day in _days_back(civil_date(now, hours.zone)):
        due_at = at_hour(day, hours.closing_hour, hours.zone)
        if day.isoweekday() in hours.days_open and due_at <= now:
            return Duty(day=day, begins_at=day_bounds(day, hours.zone)[0], due_at=due_at)
    return None


def gaps(
    read: Iterable[datetime], *, hours: Hours, first: date, last: date, kept_from: datetime, until: datetime
) -> tuple[Duty, ...]:
    """Give the readings that were due on the days `first` to `last` and that nobody did in time.

    Nothing is asked before `kept_from`, when the place was taken into use, nor after `until`.
    """
    instants = sorted(read)
    missed = []
    day = first
    while day <= last:
        for duty in readings_of(day, hours):
            if kept_from <= duty.begins_at and duty.due_at <= until and not _any_within(instants, duty):
                missed.append(duty)
        day += timedelta(days=1)
    return tuple(missed)


def _any_within(instants: Sequence[datetime], duty: Duty) -> bool:
    return any(duty.begins_at < at <= duty.due_at for at in instants)


def _days_back(today: date) -> Iterator[date]:
    return (today - timedelta(days=ago) for ago in range(LOOKS_BACK_DAYS + 1))
