"""What is asked of each place, and what did its thermometer say?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, func, not_, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.columns import UTCDateTime
from stockroom.models import Location, Person, PlaceWatch, TemperatureExcursion, TemperatureReading
from stockroom.rules.temperatures import Figures, Judgement, Limits, Watch, judge, usual_watch
from stockroom.vocabulary import SHELF_KINDS

_Correction = aliased(TemperatureReading, name="correction")
_Newer = aliased(TemperatureReading, name="newer")
_Watch = aliased(PlaceWatch, name="newest_watch")
_AT: Any = bindparam("at", type_=UTCDateTime())


@dataclass(frozen=True, kw_only=True)
class KeptPlace:
    """A place where goods lie, and what is asked of it each day."""

    id: int
    uid: str
    name: str
    kind: str
    storage_class: str | None
    created_at: datetime
    closed_at: datetime | None
    watch: Watch
    is_decided: bool
    """The clinic said itself what is asked; otherwise it is as usual."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A reading that counts."""

    id: int
    uid: str
    location_id: int
    read_at: datetime
    figures: Figures
    limits: Limits | None
    judgement: Judgement
    source: str
    note: str
    recorded_at: datetime
    recorded_by: str
    corrects_uid: str | None


def counts(reading: Any = TemperatureReading) -> ColumnElement[bool]:
    """True for a reading that nothing corrects and that takes back nothing."""
    corrected = (
        select(_Correction.id)
        .where(_Correction.clinic_id == reading.clinic_id, _Correction.corrects_id == reading.id)
        .exists()
    )
    return and_(reading.now_tenths.is_not(None), not_(corrected))


def is_out(reading: Any = TemperatureReading) -> ColumnElement[bool]:
    """True for a reading outside the limits that it was judged by (`rules.temperatures.judge`)."""
    return or_(
        func.coalesce(reading.lowest_tenths, reading.now_tenths) < reading.limit_lowest_tenths,
        func.coalesce(reading.highest_tenths, reading.now_tenths) > reading.limit_highest_tenths,
    )


def is_good(reading: Any = TemperatureReading) -> ColumnElement[bool]:
    """True for a reading within limits that were known."""
    return and_(reading.limit_lowest_tenths.is_not(None), not_(is_out(reading)))


_NEWEST_WATCH = (
    select(func.max(_Watch.id))
    .where(_Watch.clinic_id == Location.clinic_id, _Watch.location_id == Location.id)
    .correlate(Location)
    .scalar_subquery()
)
_PLACES = (
    select(
        Location.id,
        Location.uid,
        Location.name,
        Location.kind,
        Location.storage_class,
        Location.created_at,
        Location.closed_at,
        PlaceWatch.id.label("watch_id"),
        PlaceWatch.is_read,
        PlaceWatch.lowest_tenths,
        PlaceWatch.highest_tenths,
        PlaceWatch.is_emergency_box,
    )
    .outerjoin(PlaceWatch, PlaceWatch.id == _NEWEST_WATCH)
    .where(Location.clinic_id == bindparam("clinic"), Location.kind.in_(sorted(SHELF_KINDS)))
    .order_by(Location.name)
)


def kept_places(connection: Connection, clinic_id: int) -> tuple[KeptPlace, ...]:
    """Give every place where goods lie, closed ones too, by name; one statement."""
    return tuple(_place(row) for row in connection.execute(_PLACES, {"clinic": clinic_id}))


def kept_place(connection: Connection, clinic_id: int, uid: str) -> KeptPlace | None:
    """Give one of them; None where there is none.  One statement."""
    return next((each for each in kept_places(connection, clinic_id) if each.uid == uid), None)


def _place(row: Any) -> KeptPlace:
    watch = usual_watch(row.kind, row.storage_class)
    if row.watch_id is not None:
        said = None
        if row.lowest_tenths is not None:
            said = Limits(lowest_tenths=row.lowest_tenths, highest_tenths=row.highest_tenths)
        watch = Watch(is_read=row.is_read, limits=said or watch.limits, is_emergency_box=row.is_emergency_box)
    return KeptPlace(
        id=row.id,
        uid=row.uid,
        name=row.name,
        kind=row.kind,
        storage_class=row.storage_class,
        created_at=row.created_at,
        closed_at=row.closed_at,
        watch=watch,
        is_decided=row.watch_id is not None,
    )


def _readings(*conditions: Any) -> Any:
    replaced = aliased(TemperatureReading, name="replaced")
    return (
        select(
            TemperatureReading.id,
            TemperatureReading.uid,
            TemperatureReading.location_id,
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
            replaced.uid.label("corrects_uid"),
        )
        .join(Person, Person.id == TemperatureReading.recorded_by_id)
        .outerjoin(
            replaced,
            and_(
                replaced.clinic_id == TemperatureReading.clinic_id,
                replaced.id == TemperatureReading.corrects_id,
            ),
        )
        .where(TemperatureReading.clinic_id == bindparam("clinic"), *conditions)
    )


def reading_of(row: Any) -> Reading:
    """Make a reading of a row."""
    figures = Figures(
        now_tenths=row.now_tenths, lowest_tenths=row.lowest_tenths, highest_tenths=row.highest_tenths
    )
    limits = None
    if row.limit_lowest_tenths is not None:
        limits = Limits(lowest_tenths=row.limit_lowest_tenths, highest_tenths=row.limit_highest_tenths)
    return Reading(
        id=row.id,
        uid=row.uid,
        location_id=row.location_id,
        read_at=row.read_at,
        figures=figures,
        limits=limits,
        judgement=judge(figures, limits),
        source=row.source,
        note=row.note,
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        corrects_uid=row.corrects_uid,
    )


_BY_TIME = (TemperatureReading.read_at, TemperatureReading.id)
_LATEST = tuple(each.desc() for each in _BY_TIME)
_NEWEST_ID = (
    select(_Newer.id)
    .where(_Newer.clinic_id == Location.clinic_id, _Newer.location_id == Location.id, counts(_Newer))
    .order_by(_Newer.read_at.desc(), _Newer.id.desc())
    .limit(1)
    .correlate(Location)
    .scalar_subquery()
)
_NEWEST = _readings().join(
    Location,
    and_(Location.clinic_id == TemperatureReading.clinic_id, TemperatureReading.id == _NEWEST_ID),
)
_OF_PLACE = TemperatureReading.location_id == bindparam("location")
_GOOD_BEFORE = (
    _readings(_OF_PLACE, TemperatureReading.read_at < _AT, counts(), is_good()).order_by(*_LATEST).limit(1)
)
_OUT_SINCE = (
    _readings(_OF_PLACE, TemperatureReading.read_at >= _AT, counts(), is_out()).order_by(*_BY_TIME).limit(1)
)
_GOOD_AFTER = (
    _readings(_OF_PLACE, TemperatureReading.read_at > _AT, counts(), is_good()).order_by(*_BY_TIME).limit(1)
)
_OUT_LAST = _readings(_OF_PLACE, counts(), is_out()).order_by(*_LATEST).limit(1)
_BETWEEN = _readings(
    _OF_PLACE,
    TemperatureReading.read_at >= bindparam("since", type_=UTCDateTime()),
    TemperatureReading.read_at < bindparam("until", type_=UTCDateTime()),
    counts(),
).order_by(*_BY_TIME)


def newest_readings(connection: Connection, clinic_id: int) -> dict[int, Reading]:
    """Give the newest reading that counts, by the id of its place; one statement."""
    rows = connection.execute(_NEWEST, {"clinic": clinic_id})
    return {row.location_id: reading_of(row) for row in rows}


def last_good_before(
    connection: Connection, clinic_id: int, location_id: int, at: datetime
) -> Reading | None:
    """Give the last good reading of a place before an instant; one statement."""
    return _one(connection, _GOOD_BEFORE, clinic_id, location_id, at)


def first_good_after(
    connection: Connection, clinic_id: int, location_id: int, at: datetime
) -> Reading | None:
    """Give the first good reading of a place after an instant; one statement."""
    return _one(connection, _GOOD_AFTER, clinic_id, location_id, at)


def first_out_since(connection: Connection, clinic_id: int, location_id: int, at: datetime) -> Reading | None:
    """Give the first reading of a place outside its limits at an instant or later; one statement."""
    return _one(connection, _OUT_SINCE, clinic_id, location_id, at)


def last_out(connection: Connection, clinic_id: int, location_id: int) -> Reading | None:
    """Give the last reading of a place outside its limits; one statement."""
    row = connection.execute(_OUT_LAST, {"clinic": clinic_id, "location": location_id}).first()
    return None if row is None else reading_of(row)


def readings_between(
    connection: Connection, clinic_id: int, location_id: int, *, since: datetime, until: datetime
) -> tuple[Reading, ...]:
    """Give the readings of a place that count, from an instant to before another, in order; one statement."""
    asked = {"clinic": clinic_id, "location": location_id, "since": since, "until": until}
    return tuple(map(reading_of, connection.execute(_BETWEEN, asked)))


def _one(
    connection: Connection, statement: Any, clinic_id: int, location_id: int, at: datetime
) -> Reading | None:
    row = connection.execute(statement, {"clinic": clinic_id, "location": location_id, "at": at}).first()
    return None if row is None else reading_of(row)


_FIRST = aliased(TemperatureReading, name="first_reading")
_GOOD = aliased(TemperatureReading, name="good_reading")
EXCURSIONS: Any = (
    select(
        TemperatureExcursion.id,
        TemperatureExcursion.uid,
        TemperatureExcursion.location_id,
        TemperatureExcursion.first_reading_id,
        TemperatureExcursion.good_reading_id,
        TemperatureExcursion.opened_at,
        TemperatureExcursion.decided_at,
        TemperatureExcursion.verdict,
        TemperatureExcursion.reason,
        _FIRST.read_at.label("first_at"),
        _GOOD.read_at.label("good_at"),
    )
    .join(
        _FIRST,
        and_(
            _FIRST.clinic_id == TemperatureExcursion.clinic_id,
            _FIRST.id == TemperatureExcursion.first_reading_id,
        ),
    )
    .outerjoin(
        _GOOD,
        and_(
            _GOOD.clinic_id == TemperatureExcursion.clinic_id,
            _GOOD.id == TemperatureExcursion.good_reading_id,
        ),
    )
    .where(TemperatureExcursion.clinic_id == bindparam("clinic"))
)
"""Every excursion of a clinic with the instants between which it was seen; narrow it further."""
_EXCURSIONS_OF = EXCURSIONS.where(TemperatureExcursion.location_id == bindparam("location")).order_by(
    TemperatureExcursion.id
)
_UNDECIDED = EXCURSIONS.where(TemperatureExcursion.decided_at.is_(None)).order_by(TemperatureExcursion.id)


def excursions_of(connection: Connection, clinic_id: int, location_id: int) -> tuple[Row[Any], ...]:
    """Give the excursions of a place in the order in which they were noticed; one statement."""
    return tuple(connection.execute(_EXCURSIONS_OF, {"clinic": clinic_id, "location": location_id}))


def undecided_excursions(connection: Connection, clinic_id: int) -> tuple[Row[Any], ...]:
    """Give the excursions of a clinic that wait for a decision; one statement."""
    return tuple(connection.execute(_UNDECIDED, {"clinic": clinic_id}))
