"""Is what a thermometer says written down once, judged by its limits, and put right without being rewritten?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Alert, TemperatureExcursion, TemperatureReading
from stockroom.operations.change_location import CloseLocation, close_location
from stockroom.operations.record_readings import (
    CorrectReading,
    ReadingCorrected,
    ReadingOf,
    ReadMeanwhile,
    RecordReadings,
    correct_reading,
    record_readings,
)
from stockroom.reads.locations import LocationClosed
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.temperatures import ExtremesDisagree, TemperatureImpossible
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, key
from tests.correcting import books_are_true, nothing_moves, rows
from tests.thermometers import HOUR, figures, read, warm_fridge


def test_a_round_is_written_down_in_one_act_with_the_limits_of_each_place(store: Store) -> None:
    house = House(store)
    clinic = house.clinic
    round_ = RecordReadings(
        readings=(
            ReadingOf(location_uid=clinic.fridge.uid, figures=figures(42, 31, 68)),
            ReadingOf(location_uid=clinic.cupboard.uid, figures=figures(214)),
        )
    )

    done = record_readings(store, round_, actor=house.nurse, key="round", now=NOW)
    again = record_readings(store, round_, actor=house.nurse, key="round", now=NOW)

    assert again == done and done.out_location_uids == () and done.excursion_uids == ()
    assert [
        (
            row.now_tenths,
            row.lowest_tenths,
            row.highest_tenths,
            row.limit_lowest_tenths,
            row.limit_highest_tenths,
        )
        for row in rows(store, TemperatureReading)
    ] == [(42, 31, 68, 20, 80), (214, None, None, 150, 300)]
    books_are_true(store)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (figures(2000), TemperatureImpossible),
        (figures(-1001), TemperatureImpossible),
        (figures(42, 10, 2000), TemperatureImpossible),
        (figures(42, 50, 68), ExtremesDisagree),
        (figures(42, 31, 40), ExtremesDisagree),
    ],
)
def test_what_no_thermometer_says_is_refused(
    sqlite_store: Store, said: object, error: type[Exception]
) -> None:
    house = House(sqlite_store)
    reading = ReadingOf(location_uid=house.clinic.fridge.uid, figures=said)  # type: ignore[arg-type]
    nurse = house.nurse

    with nothing_moves(sqlite_store), pytest.raises(error) as refused:
        record_readings(sqlite_store, RecordReadings(readings=(reading,)), actor=nurse, key=key(), now=NOW)

    assert "Fridge" in str(refused.value)


def test_a_reading_outside_the_limits_opens_an_excursion_once_and_tells_of_it(store: Store) -> None:
    clinic = House(store).clinic
    read(clinic, 45, at=NOW - 10 * HOUR)

    first = read(clinic, 124, at=NOW)
    second = read(clinic, 130, at=NOW + HOUR)

    assert first.out_location_uids == (clinic.fridge.uid,)
    assert second.excursion_uids == first.excursion_uids
    good, out, _ = rows(store, TemperatureReading)
    assert [
        (e.first_reading_id, e.good_reading_id, e.decided_at) for e in rows(store, TemperatureExcursion)
    ] == [(out.id, good.id, None)]
    assert [(a.kind, a.subject_uid, a.severity) for a in rows(store, Alert)] == [
        ("temperature_out", clinic.fridge.uid, "urgent")
    ]


def test_what_was_warm_overnight_and_is_good_again_is_out_all_the_same(sqlite_store: Store) -> None:
    clinic = House(sqlite_store).clinic

    done = read(clinic, 45, lowest=40, highest=121)

    assert len(done.excursion_uids) == 1


def test_two_people_who_enter_the_same_reading_enter_it_once(store: Store) -> None:
    house = House(store)
    seen = ReadingOf(location_uid=house.clinic.fridge.uid, figures=figures(42, 30, 60), looks=True)
    record_readings(store, RecordReadings(readings=(seen,)), actor=house.nurse, key=key(), now=NOW)

    done = record_readings(
        store,
        RecordReadings(readings=(seen,)),
        actor=house.manager,
        key=key(),
        now=NOW + timedelta(minutes=1),
    )

    assert (done.known_count, done.reading_uids) == (1, ())
    assert len(rows(store, TemperatureReading)) == 1


def test_two_people_who_read_otherwise_are_told_of_each_other(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    place = house.clinic.fridge.uid
    first = read(house.clinic, 42)
    other = ReadingOf(location_uid=place, figures=figures(45), looks=True)
    manager = house.manager

    with nothing_moves(sqlite_store), pytest.raises(ReadMeanwhile) as told:
        record_readings(sqlite_store, RecordReadings(readings=(other,)), actor=manager, key=key(), now=NOW)
    assert (told.value.celsius, told.value.name) == ("4.2", "Nurse Vitosha")
    has_seen = ReadingOf(location_uid=place, figures=figures(45), looks=True, seen_uid=first.reading_uids[0])
    record_readings(
        sqlite_store, RecordReadings(readings=(has_seen,)), actor=house.manager, key=key(), now=NOW
    )

    assert [row.now_tenths for row in rows(sqlite_store, TemperatureReading)] == [42, 45]


def test_a_place_of_which_nobody_said_the_limits_is_read_and_neither_good_nor_out(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    unsaid = house.clinic.place("Old fridge", LocationKind.FRIDGE, None)

    done = read(house.clinic, 190, place=unsaid)

    assert done.excursion_uids == ()
    assert [row.limit_lowest_tenths for row in rows(sqlite_store, TemperatureReading)] == [None]


def test_a_closed_place_is_not_read(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    place, _ = house.clinic.fridge, house.nurse
    close_location(
        sqlite_store,
        CloseLocation(location_uid=place.uid, version=1),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    with nothing_moves(sqlite_store), pytest.raises(LocationClosed):
        read(house.clinic, 42)


def test_a_reading_is_of_the_last_days_and_not_of_the_future(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    for at in (NOW + timedelta(minutes=1), NOW - 73 * HOUR):
        late = ReadingOf(location_uid=house.clinic.fridge.uid, figures=figures(42), read_at=at)
        with pytest.raises(InvalidValue):
            record_readings(
                sqlite_store, RecordReadings(readings=(late,)), actor=house.nurse, key=key(), now=NOW
            )


def test_a_mistyped_reading_is_corrected_by_a_new_row_and_its_excursion_was_none(store: Store) -> None:
    house = House(store)
    read(house.clinic, 45, at=NOW - HOUR)
    wrong = read(house.clinic, 420)
    command = CorrectReading(
        reading_uid=wrong.reading_uids[0], figures=figures(42), reason="a comma was lost"
    )

    done = correct_reading(store, command, actor=house.nurse, key="put right", now=NOW + HOUR)
    again = correct_reading(store, command, actor=house.nurse, key="put right", now=NOW + HOUR)

    assert again == done and not done.is_out
    _, typed, right = rows(store, TemperatureReading)
    assert (typed.now_tenths, right.now_tenths, right.corrects_id, right.read_at) == (420, 42, typed.id, NOW)
    assert [(e.verdict, e.decided_by_id) for e in rows(store, TemperatureExcursion)] == [
        ("mistaken", house.nurse.person_id)
    ]
    with pytest.raises(ReadingCorrected):
        correct_reading(store, command, actor=house.nurse, key=key(), now=NOW + HOUR)
    books_are_true(store)


def test_a_reading_of_another_place_is_taken_back(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    wrong = read(house.clinic, 214)

    correct_reading(
        sqlite_store,
        CorrectReading(reading_uid=wrong.reading_uids[0], figures=None, reason="it was the cupboard's"),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert [row.now_tenths for row in rows(sqlite_store, TemperatureReading)] == [214, None]
    assert [e.verdict for e in rows(sqlite_store, TemperatureExcursion)] == ["mistaken"]


def test_an_excursion_with_one_more_bad_reading_stays_and_begins_later(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    read(house.clinic, 45, at=NOW - 2 * HOUR)
    wrong = read(house.clinic, 420, at=NOW - HOUR)
    read(house.clinic, 96)

    correct_reading(
        sqlite_store,
        CorrectReading(reading_uid=wrong.reading_uids[0], figures=figures(42), reason="a comma"),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    (excursion,) = rows(sqlite_store, TemperatureExcursion)
    readings = rows(sqlite_store, TemperatureReading)
    assert excursion.decided_at is None
    assert excursion.first_reading_id == readings[2].id
    assert excursion.good_reading_id == readings[3].id, "the correction is the last good one"


def test_the_database_itself_rewrites_no_reading(store: Store) -> None:
    house = House(store)
    warm_fridge(house.clinic)

    for statement in (
        "UPDATE temperature_reading SET now_tenths = 40",
        "DELETE FROM temperature_reading",
        "DELETE FROM temperature_excursion",
    ):
        with store.engine.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text(statement))


def test_another_clinic_and_another_role_do_not_read_here(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    reading = ReadingOf(location_uid=house.clinic.fridge.uid, figures=figures(42))
    command = RecordReadings(readings=(reading,))

    with pytest.raises(ActionForbidden):
        record_readings(sqlite_store, command, actor=house.clinic.auditor, key=key(), now=NOW)
    with pytest.raises(ThingNotFound):
        record_readings(sqlite_store, command, actor=house.another_clinic().nurse, key=key(), now=NOW)
