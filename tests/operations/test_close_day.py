"""Is the day closed once, what was left over thrown away in one act, and what stays open given a reason?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import Container, DayClosing, Movement
from stockroom.operations.close_day import (
    CloseDay,
    DayClosed,
    DayClosedAlready,
    DayStandsOpen,
    LeftOver,
    NotLeftOver,
    close_day,
)
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.reads.day_end import left_over
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import ContainerType, HoldReason
from tests.builders import NOW, House, LotAt, key
from tests.correcting import Vial, books_are_true, nothing_moves, open_vial, prepare, rows, visit

TODAY = NOW.date()


def evening(house: House) -> tuple[LotAt, Vial, LotAt]:
    """A single-dose vial stands open, and a cocktail is left; a multi-dose vial stands open too."""
    clinic = house.clinic
    single = house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(single, "S1")
    vial = open_vial(clinic, single, lot)
    multi = house.product("Multi")
    bottle = clinic.lot_on_shelf(multi, "M1")
    opened = open_vial(clinic, multi, bottle)
    mixed, _ = prepare(clinic, (bottle, opened.place, 1000), output=1000, at=clinic.room)
    return lot, vial, mixed


def close(house: House, *thrown: LeftOver, **more: Any) -> DayClosed:
    named = more.pop("named", None) or key()
    command = CloseDay(day=more.pop("day", TODAY), thrown_away=thrown, **more)
    return close_day(house.store, command, actor=house.nurse, key=named, now=NOW + timedelta(hours=2))


def test_single_dose_vials_and_cocktails_go_in_one_act(store: Store) -> None:
    house = House(store)
    lot, vial, mixed = evening(house)
    left = (
        LeftOver(lot_uid=lot.uid, location_uid=vial.uid),
        LeftOver(lot_uid=mixed.uid, location_uid=house.clinic.room.uid),
    )
    before = len(rows(store, Movement))

    done = close(house, *left, named="close")
    again = close(house, *left, named="close")

    assert again == done
    assert (done.thrown_away_count, done.left_open_count, done.unfinished_count) == (2, 0, 0)
    assert [(m.kind, m.reason, m.document_uid) for m in rows(store, Movement)[before:]] == [
        ("dispose", "remainder", done.closing_uid)
    ]
    assert [c.state for c in rows(store, Container)] == ["discarded", "open"], "the multi-dose vial keeps"
    assert house.clinic.on_hand(mixed, house.clinic.room) == 0
    books_are_true(store)


def test_what_stays_open_has_a_reason(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    evening(house)
    visit(house)
    _ = house.nurse

    with nothing_moves(sqlite_store), pytest.raises(DayStandsOpen) as told:
        close(house)
    assert (told.value.sessions, told.value.vials) == (1, 2)
    done = close(house, although="the patient comes back at seven")

    assert (done.left_open_count, done.unfinished_count, done.movement_uid) == (2, 1, None)
    assert [row.although for row in rows(sqlite_store, DayClosing)] == ["the patient comes back at seven"]


def test_a_day_is_closed_once_whoever_is_quicker(store: Store) -> None:
    house = House(store)
    close(house)

    with nothing_moves(store), pytest.raises(DayClosedAlready):
        close(house)


def test_a_vial_that_a_colleague_threw_away_meanwhile_is_not_thrown_away_twice(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot, vial, _ = evening(house)
    thing = LeftOver(lot_uid=lot.uid, location_uid=vial.uid)
    close(house, thing, although="the cocktail is for tomorrow", day=TODAY - timedelta(days=1))

    with nothing_moves(sqlite_store), pytest.raises(NotLeftOver):
        close(house, thing, although="the cocktail is for tomorrow")


def test_what_is_held_is_left_over_and_says_so(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic = house.clinic
    single = house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(single, "S1", presentations=2)
    vial = open_vial(clinic, single, lot)
    hold = PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot.uid)
    place_hold(sqlite_store, hold, actor=house.nurse, key=key(), now=NOW)

    with sqlite_store.reading() as connection:
        left = left_over(connection, clinic.id, now=NOW)

    assert [(thing.location_id, bool(thing.hold_reasons)) for thing in left] == [(vial.location_id, True)]


def test_a_day_is_closed_in_its_week_and_not_before_it_came(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    for day in (TODAY + timedelta(days=1), TODAY - timedelta(days=8), date(2000, 1, 1)):
        with pytest.raises(InvalidValue):
            close(house, day=day)


def test_an_auditor_closes_no_day(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    with pytest.raises(ActionForbidden):
        close_day(sqlite_store, CloseDay(day=TODAY), actor=house.clinic.auditor, key=key(), now=NOW)
