"""How warm was it where a lot lay, while it lay there?  The readings of each stay, and what was out of its limits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, case, func, literal, select, union_all

from stockroom.ledger.temperatures import counts, is_out
from stockroom.models import Clinic, Location, TemperatureExcursion, TemperatureReading
from stockroom.queries.inspection_hands import Booked
from stockroom.rules.lying import Change, Stay, joined, stays, stood
from stockroom.vocabulary import PHYSICAL_KINDS, LocationKind

STAYS_MOST = 12
"""So often a lot is told to have come and gone at one place; oftener, and the whole span is told."""
ASKED_MOST = 200
"""Stays that one statement asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StayMeasured:
    """A stay at one place with what its thermometer said meanwhile; tenths of a degree."""

    location_uid: str
    place: str
    clinic_uid: str
    clinic_name: str
    since: datetime
    until: datetime | None
    reading_count: int
    out_count: int
    """Readings outside the limits that they were judged by."""
    coldest_tenths: int | None
    warmest_tenths: int | None
    excursion_uids: tuple[str, ...]
    """What was found out of its limits meanwhile, for somebody to decide on."""


def stays_measured(
    connection: Connection, clinic_ids: Collection[int], booked: Booked, *, now: datetime
) -> tuple[StayMeasured, ...]:
    """Give the stays of some lots, by when they began; three statements, and one more for each 200 stays."""
    lay = _lay(booked)
    if not lay:
        return ()
    places = {
        row.id: row
        for row in connection.execute(
            select(
                Location.id,
                Location.clinic_id,
                Location.uid,
                Location.name,
                Clinic.uid.label("clinic_uid"),
                Clinic.name.label("clinic_name"),
            )
            .join(Clinic, Clinic.id == Location.clinic_id)
            .where(Location.clinic_id.in_(sorted(clinic_ids)), Location.id.in_(sorted(lay)))
        )
    }
    each = [(places[place], stay) for place, its in lay.items() for stay in its]
    measured = _measured(connection, each, now)
    excursions = _excursions(connection, clinic_ids, places)
    rows = [
        _row(place, stay, measured.get(n), excursions.get(place.id, ()), now)
        for n, (place, stay) in enumerate(each)
    ]
    return tuple(sorted(rows, key=lambda row: (row.since, row.place)))


def _lay(booked: Booked) -> dict[int, list[Stay]]:
    """Where anything of the lots lay on shelves and in rooms, and where their opened vials stood."""
    changes: dict[tuple[int, bool], list[Change]] = {}
    physical = {kind.value for kind in PHYSICAL_KINDS}
    for row in booked.lines:
        for place, kind, sign in ((row.from_id, row.from_kind, -1), (row.to_id, row.to_kind, 1)):
            if kind in physical:
                in_vial = kind == LocationKind.CONTAINER
                change = Change(at=row.occurred_at, place_id=place, change=sign * row.quantity)
                changes.setdefault((row.lot_id, in_vial), []).append(change)
    puts = booked.puts
    parts: list[Mapping[int, Iterable[Stay]]] = []
    for (_lot, in_vial), its in changes.items():
        filled = stays(its)
        if not in_vial:
            parts.append(filled)
            continue
        parts += [stood(of_vial, puts.get(vial, ())) for vial, of_vial in filled.items()]
    return joined(parts, most=STAYS_MOST)


def _measured(connection: Connection, each: list[tuple[Any, Stay]], now: datetime) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for first in range(0, len(each), ASKED_MOST):
        asked = [
            _of_stay(n, place, stay, now)
            for n, (place, stay) in enumerate(each[first : first + ASKED_MOST], start=first)
        ]
        found |= {row.n: row for row in connection.execute(union_all(*asked))}
    return found


def _of_stay(n: int, place: Any, stay: Stay, now: datetime) -> Any:
    reading = TemperatureReading
    return select(
        literal(n).label("n"),
        func.count().label("reading_count"),
        func.count(case((is_out(), 1))).label("out_count"),
        func.min(func.coalesce(reading.lowest_tenths, reading.now_tenths)).label("coldest"),
        func.max(func.coalesce(reading.highest_tenths, reading.now_tenths)).label("warmest"),
    ).where(
        reading.clinic_id == place.clinic_id,
        reading.location_id == place.id,
        reading.read_at >= stay.since,
        reading.read_at <= (stay.until or now),
        counts(),
    )


def _excursions(
    connection: Connection, clinic_ids: Collection[int], places: Mapping[int, Any]
) -> dict[int, list[Any]]:
    rows = connection.execute(
        select(TemperatureExcursion.uid, TemperatureExcursion.location_id, TemperatureReading.read_at)
        .join(
            TemperatureReading,
            and_(
                TemperatureReading.clinic_id == TemperatureExcursion.clinic_id,
                TemperatureReading.id == TemperatureExcursion.first_reading_id,
            ),
        )
        .where(
            TemperatureExcursion.clinic_id.in_(sorted(clinic_ids)),
            TemperatureExcursion.location_id.in_(sorted(places)),
        )
        .order_by(TemperatureExcursion.id)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.location_id, []).append(row)
    return found


def _row(place: Any, stay: Stay, told: Any, excursions: Iterable[Any], now: datetime) -> StayMeasured:
    until = stay.until or now
    return StayMeasured(
        location_uid=place.uid,
        place=place.name,
        clinic_uid=place.clinic_uid,
        clinic_name=place.clinic_name,
        since=stay.since,
        until=stay.until,
        reading_count=told.reading_count,
        out_count=told.out_count,
        coldest_tenths=told.coldest,
        warmest_tenths=told.warmest,
        excursion_uids=tuple(row.uid for row in excursions if stay.since <= row.read_at <= until),
    )
