"""Is every reading of a thermometer what its journal entry says, and every excursion one that readings show?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select, text

from stockroom.ledger.verify.digests import hash_of
from stockroom.ledger.verify.notes import Notes, stream
from stockroom.models import JournalEntry, TemperatureReading

_ACTS = ("temperature.read", "temperature.correct", "temperature.import")
_SAID = (
    TemperatureReading.uid, TemperatureReading.location_id, TemperatureReading.read_at,
    TemperatureReading.now_tenths, TemperatureReading.lowest_tenths, TemperatureReading.highest_tenths,
    TemperatureReading.limit_lowest_tenths, TemperatureReading.limit_highest_tenths, TemperatureReading.source,
    TemperatureReading.corrects_id, TemperatureReading.note,
)  # fmt: skip
_END: tuple[Any, str, int] = (None, "", 0)
_NOT_OUT = """
    SELECT excursion.uid FROM temperature_excursion excursion
    JOIN temperature_reading reading
        ON reading.clinic_id = excursion.clinic_id AND reading.id = excursion.first_reading_id
    WHERE reading.location_id <> excursion.location_id
        OR reading.limit_lowest_tenths IS NULL
        OR (COALESCE(reading.lowest_tenths, reading.now_tenths) >= reading.limit_lowest_tenths
            AND COALESCE(reading.highest_tenths, reading.now_tenths) <= reading.limit_highest_tenths)"""


def check(connection: Connection, notes: Notes) -> None:
    """The readings of each entry hash to the digest that it names (form: `ledger.temperature_rows`).

    An excursion begins with a reading of its place that was outside its limits.
    """
    written = _digests(connection)
    place, digest, count = next(written, _END)
    for entry, named in _named(connection):
        while place is not None and place < entry:
            notes.wrong("L12", "temperature_reading", f"entry {place[1]}", "no journal entry names it")
            place, digest, count = next(written, _END)
        if place != entry:
            notes.wrong("L12", "temperature_reading", f"entry {entry[1]}", "is gone, and its entry names it")
            continue
        if digest != named:
            notes.wrong(
                "L12", "temperature_reading", f"entry {entry[1]}", "is not what its journal entry says"
            )
        notes.counted("reading", count)
        place, digest, count = next(written, _END)
    while place is not None:
        notes.wrong("L12", "temperature_reading", f"entry {place[1]}", "no journal entry names it")
        place, digest, count = next(written, _END)
    for row in connection.execute(text(_NOT_OUT)):
        notes.wrong("L12", "temperature_excursion", row.uid, "its first reading was within the limits")


def _named(connection: Connection) -> Iterator[tuple[tuple[int, int], str]]:
    """Clinic and number of each entry that names readings, and their digest."""
    entries = (
        select(JournalEntry.clinic_id, JournalEntry.seq, JournalEntry.payload)
        .where(
            JournalEntry.stream == "changes",
            JournalEntry.kind.in_(_ACTS),
            JournalEntry.payload.contains('"readings"'),
        )
        .order_by(JournalEntry.clinic_id, JournalEntry.seq)
    )
    for row in stream(connection, entries):
        try:
            digest = json.loads(row.payload)["readings"]["digest"]
        except (KeyError, TypeError, json.JSONDecodeError):
            digest = ""
        yield (row.clinic_id, row.seq), digest


def _digests(connection: Connection) -> Iterator[tuple[Any, str, int]]:
    """Clinic and number, digest and count of the readings of each entry that wrote some."""
    rows = stream(
        connection,
        select(TemperatureReading.clinic_id, TemperatureReading.seq, *_SAID).order_by(
            TemperatureReading.clinic_id, TemperatureReading.seq, TemperatureReading.id
        ),
    )
    for key, group in groupby(rows, key=lambda row: (row.clinic_id, row.seq)):
        listed = [_plain(list(row)[2:]) for row in group]
        yield key, hash_of(listed), len(listed)


def _plain(values: list[Any]) -> list[Any]:
    """A row with its instant as an entry writes it."""
    at = values[2]
    return [*values[:2], f"{at.replace(tzinfo=None).isoformat(timespec='microseconds')}Z", *values[3:]]
