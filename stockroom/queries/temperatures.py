"""What is the log of a place in a month: day by day, with gaps, excursions, and what was decided?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.errors import ThingNotFound
from stockroom.ledger.temperatures import (
    KeptPlace,
    Reading,
    kept_places,
    newest_readings,
    readings_between,
    undecided_excursions,
)
from stockroom.models import Location, Movement, Person, TemperatureExcursion, TemperatureReading
from stockroom.queries.day_duties import hours_of
from stockroom.rules.day_duties import Duty, Hours, day_bounds, gaps
from stockroom.rules.temperatures import Judgement, OutRun, Told, kinetic_mean_hundredths, out_runs

MEAN_WINDOW = timedelta(hours=24)
"""Of cold goods; USP 1079.2."""
_first = aliased(TemperatureReading, name="first_out")
_good = aliased(TemperatureReading, name="good_before")
_decided_by = aliased(Person, name="decided_by_person")
_opened_by = aliased(Person, name="opened_by_person")
_replacement = aliased(TemperatureReading, name="replacement")


@dataclass(frozen=True, kw_only=True)
class PlaceNow:
    """A place with its newest reading."""

    place: KeptPlace
    last: Reading | None
    excursion_uid: str | None
    """What waits for a decision there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcursionRow:
    """An excursion as a list shows it."""

    uid: str
    location_uid: str
    place: str
    first_at: datetime
    good_at: datetime | None
    opened_at: datetime
    opened_by: str
    verdict: str | None
    reason: str
    decided_at: datetime | None
    decided_by: str | None
    movement_uid: str | None


@dataclass(frozen=True, kw_only=True)
class DayOfLog:
    """One day of a place's log."""

    day: date
    count: int
    coldest_tenths: int | None
    warmest_tenths: int | None
    judgement: Judgement | None
    """The worst of the day; None where nothing was read."""
    missed: tuple[Duty, ...]
    """Readings that were due and not done in time."""


@dataclass(frozen=True, kw_only=True)
class MonthLog:
    """The log of a place in a month, through now."""

    place: KeptPlace
    month: date
    """Its first day."""
    begins_at: datetime
    ends_at: datetime
    readings: tuple[Reading, ...]
    days: tuple[DayOfLog, ...]
    runs: tuple[OutRun, ...]
    excursions: tuple[ExcursionRow, ...]

    @property
    def missed(self) -> tuple[Duty, ...]:
        return tuple(duty for day in self.days for duty in day.missed)

    @property
    def coldest_tenths(self) -> int | None:
        return min((each.figures.coldest for each in self.readings), default=None)

    @property
    def warmest_tenths(self) -> int | None:
        return max((each.figures.warmest for each in self.readings), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRow:
    """A row of the log as it was written, whether it still counts or not."""

    uid: str
    read_at: datetime
    now_tenths: int | None
    lowest_tenths: int | None
    highest_tenths: int | None
    limit_lowest_tenths: int | None
    limit_highest_tenths: int | None
    source: str
    note: str
    recorded_at: datetime
    recorded_by: str
    corrected_by_uid: str | None
    corrects_uid: str | None


def places_now(connection: Connection, clinic_id: int) -> tuple[PlaceNow, ...]:
    """Give the open places of which a reading is asked or known, by name; three statements."""
    last = newest_readings(connection, clinic_id)
    waiting = {row.location_id: row.uid for row in undecided_excursions(connection, clinic_id)}
    return tuple(
        PlaceNow(place=each, last=last.get(each.id), excursion_uid=waiting.get(each.id))
        for each in kept_places(connection, clinic_id)
        if (each.closed_at is None and each.watch.is_read) or each.id in last
    )


def month_log(
    connection: Connection, clinic_id: int, *, location_uid: str, month: date, zone: str, now: datetime
) -> MonthLog:
    """Give the log of a place in the month of a day; four statements.  Raises ThingNotFound."""
    place = next((each for each in kept_places(connection, clinic_id) if each.uid == location_uid), None)
    if place is None:
        raise ThingNotFound(thing="place", uid=location_uid[:40])
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    begins_at, ends_at = day_bounds(first, zone)[0], day_bounds(following, zone)[0]
    readings = readings_between(connection, clinic_id, place.id, since=begins_at, until=ends_at)
    hours = hours_of(connection, clinic_id, zone)
    last = min(following - timedelta(days=1), civil_date(now, zone))
    return MonthLog(
        place=place,
        month=first,
        begins_at=begins_at,
        ends_at=ends_at,
        readings=readings,
        days=tuple(_days(place, readings, hours, first, last, now)),
        runs=out_runs(_told(readings)),
        excursions=excursions(connection, clinic_id, location_id=place.id, since=begins_at, until=ends_at),
    )


def _told(readings: tuple[Reading, ...]) -> tuple[Told, ...]:
    return tuple(
        Told(uid=each.uid, read_at=each.read_at, figures=each.figures, judgement=each.judgement)
        for each in readings
    )


def _days(
    place: KeptPlace, readings: tuple[Reading, ...], hours: Hours, first: date, last: date, now: datetime
) -> Iterator[DayOfLog]:
    of_day: dict[date, list[Reading]] = {}
    for each in readings:
        of_day.setdefault(civil_date(each.read_at, hours.zone), []).append(each)
    missed: dict[date, list[Duty]] = {}
    if place.watch.is_read:
        until = now if place.closed_at is None else min(now, place.closed_at)
        found = gaps(
            (each.read_at for each in readings),
            hours=hours,
            first=first,
            last=last,
            kept_from=place.created_at,
            until=until,
        )
        for duty in found:
            missed.setdefault(duty.day, []).append(duty)
    day = first
    while day <= last:
        yield _day(day, of_day.get(day, []), tuple(missed.get(day, ())))
        day += timedelta(days=1)


def _day(day: date, readings: list[Reading], missed: tuple[Duty, ...]) -> DayOfLog:
    judgements = {each.judgement for each in readings}
    worst = next(
        (each for each in (Judgement.OUT, Judgement.NOT_KNOWN, Judgement.GOOD) if each in judgements), None
    )
    return DayOfLog(
        day=day,
        count=len(readings),
        coldest_tenths=min((each.figures.coldest for each in readings), default=None),
        warmest_tenths=max((each.figures.warmest for each in readings), default=None),
        judgement=worst,
        missed=missed,
    )


def excursions(
    connection: Connection,
    clinic_id: int,
    *,
    location_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    undecided_only: bool = False,
    uid: str | None = None,
    limit: int = 200,
) -> tuple[ExcursionRow, ...]:
    """Give excursions of a clinic, the newest first; one statement."""
    statement: Any = (
        select(
            TemperatureExcursion.uid,
            Location.uid.label("location_uid"),
            Location.name.label("place"),
            _first.read_at.label("first_at"),
            _good.read_at.label("good_at"),
            TemperatureExcursion.opened_at,
            _opened_by.name.label("opened_by"),
            TemperatureExcursion.verdict,
            TemperatureExcursion.reason,
            TemperatureExcursion.decided_at,
            _decided_by.name.label("decided_by"),
            Movement.uid.label("movement_uid"),
        )
        .join(Location, Location.id == TemperatureExcursion.location_id)
        .join(_first, _first.id == TemperatureExcursion.first_reading_id)
        .outerjoin(_good, _good.id == TemperatureExcursion.good_reading_id)
        .join(_opened_by, _opened_by.id == TemperatureExcursion.opened_by_id)
        .outerjoin(_decided_by, _decided_by.id == TemperatureExcursion.decided_by_id)
        .outerjoin(Movement, Movement.id == TemperatureExcursion.movement_id)
        .where(TemperatureExcursion.clinic_id == clinic_id)
        .order_by(TemperatureExcursion.id.desc())
        .limit(limit)
    )
    if location_id is not None:
        statement = statement.where(TemperatureExcursion.location_id == location_id)
    if since is not None and until is not None:
        statement = statement.where(_first.read_at >= since, _first.read_at < until)
    if undecided_only:
        statement = statement.where(TemperatureExcursion.decided_at.is_(None))
    if uid is not None:
        statement = statement.where(TemperatureExcursion.uid == uid)
    return tuple(ExcursionRow(**row._mapping) for row in connection.execute(statement))


def logged_rows(
    connection: Connection, clinic_id: int, *, location_id: int, since: datetime, until: datetime
) -> tuple[LoggedRow, ...]:
    """Give every row of a place's log as it was written, corrected ones too, in order; one statement."""
    corrected = aliased(TemperatureReading, name="corrected")
    rows = connection.execute(
        select(
            TemperatureReading.uid,
            TemperatureReading.read_at,
            TemperatureReading.now_tenths,
            TemperatureReading.lowest_tenths,
            TemperatureReading.highest_tenths,
            TemperatureReading.limit_lowest_tenths,
            TemperatureReading.limit_highest_tenths,
            TemperatureReading.source,
            TemperatureReading.note,
            TemperatureReading.recorded_at,
            Person.name.label("recorded_by"),
            _replacement.uid.label("corrected_by_uid"),
            corrected.uid.label("corrects_uid"),
        )
        .join(Person, Person.id == TemperatureReading.recorded_by_id)
        .outerjoin(
            _replacement,
            and_(
                _replacement.clinic_id == TemperatureReading.clinic_id,
                _replacement.corrects_id == TemperatureReading.id,
            ),
        )
        .outerjoin(
            corrected,
            and_(
                corrected.clinic_id == TemperatureReading.clinic_id,
                corrected.id == TemperatureReading.corrects_id,
            ),
        )
        .where(
            TemperatureReading.clinic_id == clinic_id,
            TemperatureReading.location_id == location_id,
            TemperatureReading.read_at >= since,
            TemperatureReading.read_at < until,
        )
        .order_by(TemperatureReading.read_at, TemperatureReading.id)
    )
    return tuple(LoggedRow(**row._mapping) for row in rows)


def kinetic_mean_before(
    connection: Connection, clinic_id: int, *, location_id: int, at: datetime
) -> int | None:
    """Give the mean kinetic temperature of the 24 hours before an instant, in hundredths of a degree.

    Each reading stands for the time until the next.  None where fewer than two readings fall into them.
    """
    readings = readings_between(connection, clinic_id, location_id, since=at - MEAN_WINDOW, until=at)
    if len(readings) < 2:
        return None
    ends = [each.read_at for each in readings[1:]] + [at]
    return kinetic_mean_hundredths(
        (each.figures.now_tenths, int((end - each.read_at).total_seconds()))
        for each, end in zip(readings, ends, strict=True)
    )
