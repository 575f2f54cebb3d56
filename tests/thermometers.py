"""What tests of temperatures set up: readings of a fridge, and an excursion."""

from __future__ import annotations

from datetime import datetime, timedelta

from stockroom.operations.record_readings import (
    ReadingOf,
    ReadingsRecorded,
    RecordReadings,
    record_readings,
)
from stockroom.rules.temperatures import Figures
from tests.builders import NOW, Clinic, Place, key

HOUR = timedelta(hours=1)


def figures(now: int, lowest: int | None = None, highest: int | None = None) -> Figures:
    """Tenths of a degree."""
    return Figures(now_tenths=now, lowest_tenths=lowest, highest_tenths=highest)


def read(
    clinic: Clinic,
    now_tenths: int,
    *,
    at: datetime = NOW,
    place: Place | None = None,
    lowest: int | None = None,
    highest: int | None = None,
) -> ReadingsRecorded:
    """The nurse reads the thermometer of the fridge (or another place)."""
    where = place or clinic.fridge
    reading = ReadingOf(location_uid=where.uid, figures=figures(now_tenths, lowest, highest))
    return record_readings(
        clinic.store, RecordReadings(readings=(reading,)), actor=clinic.nurse, key=key("read"), now=at
    )


def warm_fridge(clinic: Clinic, *, good_at: datetime = NOW - 10 * HOUR, out_at: datetime = NOW) -> str:
    """It was good, and then it was not; give the excursion."""
    read(clinic, 45, at=good_at)
    return read(clinic, 124, at=out_at).excursion_uids[0]
