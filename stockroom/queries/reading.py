"""What is known of one reading: its figures, who wrote it, what it corrects, and what corrects it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import Location, Person, TemperatureReading
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of

_corrected = aliased(TemperatureReading, name="corrected")
_correction = aliased(TemperatureReading, name="correction_row")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingShown:
    """One row of the log, whether it still counts or not."""

    uid: str
    location_uid: str
    place: str
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
    corrects_uid: str | None
    corrected_by_uid: str | None

    @property
    def counts(self) -> bool:
        return self.corrected_by_uid is None and self.now_tenths is not None


def reading_shown(connection: Connection, clinic_id: int, *, uid: str) -> ReadingShown:
    """Give one reading; one statement.  Raises ThingNotFound."""
    row = (
        connection.execute(_rows(clinic_id).where(TemperatureReading.uid == uid)).first()
        if is_uid(uid)
        else None
    )
    if row is None:
        raise ThingNotFound(thing="reading", uid=uid[:40])
    return ReadingShown(**row._mapping)


def readings(
    connection: Connection,
    clinic_id: int,
    *,
    location_uid: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ReadingShown]:
    """Give the readings of a clinic or a place as they were written, the newest first; one statement.

    Raises CursorUnreadable.
    """
    statement = _rows(clinic_id)
    if location_uid is not None:
        statement = statement.where(Location.uid == location_uid)
    return page_of(
        connection,
        statement,
        TemperatureReading,
        lambda row: ReadingShown(**row._mapping),
        after=after,
        limit=limit,
        newest_first=True,
    )


def _rows(clinic_id: int) -> Any:
    reading = TemperatureReading
    return (
        select(
            reading.uid,
            Location.uid.label("location_uid"),
            Location.name.label("place"),
            reading.read_at,
            reading.now_tenths,
            reading.lowest_tenths,
            reading.highest_tenths,
            reading.limit_lowest_tenths,
            reading.limit_highest_tenths,
            reading.source,
            reading.note,
            reading.recorded_at,
            Person.name.label("recorded_by"),
            _corrected.uid.label("corrects_uid"),
            _correction.uid.label("corrected_by_uid"),
        )
        .join(Location, and_(Location.clinic_id == reading.clinic_id, Location.id == reading.location_id))
        .join(Person, Person.id == reading.recorded_by_id)
        .outerjoin(
            _corrected,
            and_(_corrected.clinic_id == reading.clinic_id, _corrected.id == reading.corrects_id),
        )
        .outerjoin(
            _correction,
            and_(_correction.clinic_id == reading.clinic_id, _correction.corrects_id == reading.id),
        )
        .where(reading.clinic_id == clinic_id)
    )
