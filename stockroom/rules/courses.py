"""On which days do the sessions of a course fall, and which of them comes too soon after another?  Pure.

A course is counted in civil days on the clinic's wall: neither midnight in another zone nor a clock change moves a
session to another day, and a month after the 31st is the last day of the next month.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import ClassVar
from zoneinfo import ZoneInfo

from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.vocabulary import SpanUnit

SESSIONS_MAX = 60
"""More than a year of weekly sessions; no source text plans more than ten."""
STEP_MAX = 400
"""Longer than any interval of the source texts in days."""
_LAST_YEAR = 2200


@dataclass(eq=False, kw_only=True)
class IntervalTooShort(Refused):
    """A session would come sooner after another than its protocol says, and nobody has said why."""

    code: ClassVar[str] = "interval_too_short"
    message: ClassVar[str] = extracted(
        "{on} is {days} days after the session of {after}; the protocol says not before {earliest}. Choose a later "
        "day, or write why it is sooner."
    )
    on: date
    after: date
    days: int
    earliest: date


@dataclass(frozen=True, kw_only=True)
class Step:
    """A time between two sessions."""

    count: int
    unit: SpanUnit


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A session of a course as the rule of intervals sees it."""

    session: str
    """Its uid, or a word for one that is not written yet."""
    on: date
    least: Step | None
    """How long after the one before it comes at the earliest; None where its protocol does not say."""


@dataclass(frozen=True, kw_only=True)
class Sooner:
    """A session that comes too soon after the one before it."""

    session: str
    on: date
    after: date
    earliest: date

    @property
    def days(self) -> int:
        return (self.on - self.after).days

    @property
    def least_days(self) -> int:
        return (self.earliest - self.after).days


def later(on: date, step: Step) -> date:
    """Give the day so long after another.

    >>> later(date(2026, 1, 31), Step(count=1, unit=SpanUnit.MONTHS))
    datetime.date(2026, 2, 28)
    """
    if step.unit is SpanUnit.MONTHS:
        year, month = divmod(on.year * 12 + on.month - 1 + step.count, 12)
        return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))
    return on + timedelta(days=step.count * (7 if step.unit is SpanUnit.WEEKS else 1))


def series(first_on: date, count: int, step: Step) -> tuple[date, ...]:
    """Give the days of so many sessions, each so many steps after the first: the 31st comes back after a short month.

    >>> [day.day for day in series(date(2026, 1, 31), 3, Step(count=1, unit=SpanUnit.MONTHS))]
    [31, 28, 31]

    Raises InvalidValue for no or too many sessions, and for a step that is none.
    """
    if not 0 < count <= SESSIONS_MAX:
        raise InvalidValue(field="session_count", problem=f"1 to {SESSIONS_MAX} sessions")
    if not 0 < step.count <= STEP_MAX:
        raise InvalidValue(field="step", problem=f"1 to {STEP_MAX}")
    days = tuple(later(first_on, Step(count=n * step.count, unit=step.unit)) for n in range(count))
    if days[-1].year > _LAST_YEAR:
        raise InvalidValue(field="step", problem="so late nobody plans")
    return days


def instants(days: Iterable[date], at: time, *, zone: str) -> tuple[datetime, ...]:
    """Give the instants of a time of day on the clinic's wall; of a time that a clock change repeats the first.

    A time that a clock change leaves out is the one that the wall shows instead.
    """
    wall = ZoneInfo(zone)
    return tuple(datetime.combine(day, at, wall).astimezone(UTC) for day in days)


def moved(planned_at: datetime, *, days: int, zone: str) -> datetime:
    """Give the instant so many civil days away at the same time on the wall, whatever the clocks did meanwhile."""
    here = planned_at.astimezone(ZoneInfo(zone))
    return datetime.combine(here.date() + timedelta(days=days), here.time(), ZoneInfo(zone)).astimezone(UTC)


def sooner(visits: Iterable[Visit], *, changed: Iterable[str] | None = None) -> tuple[Sooner, ...]:
    """Give those that come too soon after the one before them, in the order of days.

    Where `changed` names sessions, only pairs of which one is among them: what stood so before is not asked again.
    """
    wanted = None if changed is None else set(changed)
    return tuple(
        found
        for before, after, found in _pairs(visits)
        if wanted is None or before.session in wanted or after.session in wanted
    )


def require_intervals(found: Iterable[Sooner], *, reason: str) -> tuple[Sooner, ...]:
    """Give what is to be written down as answered.  Raises IntervalTooShort for the first when no reason is given."""
    asked = tuple(found)
    if asked and not reason.strip():
        first = asked[0]
        raise IntervalTooShort(on=first.on, after=first.after, days=first.days, earliest=first.earliest)
    return asked


def _pairs(visits: Iterable[Visit]) -> Iterator[tuple[Visit, Visit, Sooner]]:
    for before, after in pairwise(sorted(visits, key=lambda each: (each.on, each.session))):
        if after.least is None:
            continue
        earliest = later(before.on, after.least)
        if after.on < earliest:
            found = Sooner(session=after.session, on=after.on, after=before.on, earliest=earliest)
            yield before, after, found
