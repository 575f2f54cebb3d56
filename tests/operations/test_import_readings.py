"""Does a logger's file come in whole, once, and open an excursion of what nobody decided about?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import TemperatureExcursion, TemperatureReading
from stockroom.operations.decide_excursion import DecideExcursion, decide_excursion
from stockroom.operations.import_readings import ImportReadings, ReadingsImported, import_readings
from stockroom.rules.temperatures import Verdict
from stockroom.tables.kinds import TableHasFaults
from stockroom.tables.logger_lines import LoggerLine
from tests.builders import NOW, House, key
from tests.correcting import books_are_true, nothing_moves, rows
from tests.thermometers import HOUR, read


def lines(*tenths: int, begins: datetime = NOW - 10 * HOUR) -> tuple[LoggerLine, ...]:
    """A reading an hour."""
    return tuple(
        LoggerLine(line=n + 2, read_at=begins + n * HOUR, tenths=each) for n, each in enumerate(tenths)
    )


def bring(house: House, found: tuple[LoggerLine, ...]) -> ReadingsImported:
    command = ImportReadings(location_uid=house.clinic.fridge.uid, lines=found)
    return import_readings(house.store, command, actor=house.nurse, key=key(), now=NOW)


def test_a_file_comes_in_once_and_its_excursion_begins_with_its_first_bad_reading(store: Store) -> None:
    house = House(store)
    file = lines(45, 92, 110, 60, 50)

    first = bring(house, file)
    second = bring(house, file)

    assert (first.added, first.out_count, len(first.excursion_uids)) == (5, 2, 1)
    assert (second.added, second.unchanged) == (0, 5)
    good, bad, *_ = rows(store, TemperatureReading)
    assert [(e.first_reading_id, e.good_reading_id) for e in rows(store, TemperatureExcursion)] == [
        (bad.id, good.id)
    ]
    books_are_true(store)


def test_a_file_that_contradicts_the_log_is_refused_whole(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    bring(house, lines(45, 46))

    with nothing_moves(sqlite_store), pytest.raises(TableHasFaults):
        bring(house, lines(45, 47, 48))


def test_what_somebody_decided_already_is_not_opened_again(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    read(house.clinic, 45, at=NOW - 9 * HOUR)
    excursion = read(house.clinic, 120, at=NOW - 5 * HOUR).excursion_uids[0]
    decide_excursion(
        sqlite_store,
        DecideExcursion(excursion_uid=excursion, verdict=Verdict.RELEASE, reason="nothing lay there"),
        actor=house.manager,
        key=key(),
        now=NOW - 4 * HOUR,
    )

    known = bring(house, lines(50, 100, 110, begins=NOW - 8 * HOUR))
    other = bring(house, lines(50, 100, 50, begins=NOW - 3 * HOUR))

    assert (known.out_count, known.excursion_uids) == (2, ())
    assert len(other.excursion_uids) == 1


def test_a_file_makes_a_standing_excursion_begin_earlier(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    read(house.clinic, 45, at=NOW - 9 * HOUR)
    (excursion,) = read(house.clinic, 120).excursion_uids

    done = bring(house, lines(50, 100, 110, begins=NOW - 8 * HOUR))

    (row,) = rows(sqlite_store, TemperatureExcursion)
    by_id = {each.id: each for each in rows(sqlite_store, TemperatureReading)}
    assert done.excursion_uids == (excursion,)
    assert by_id[row.first_reading_id].read_at == NOW - 7 * HOUR
    assert by_id[row.good_reading_id].read_at == NOW - 8 * HOUR


def test_a_logger_writes_nothing_later_than_now(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    with pytest.raises(InvalidValue):
        bring(house, lines(45, begins=NOW + timedelta(minutes=1)))
    with pytest.raises(InvalidValue):
        bring(house, ())
