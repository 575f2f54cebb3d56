"""Is what is written down late judged by what was true when it happened?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.models import Deviation
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.move_goods import (
    MoveGoods,
    MoveLine,
    PlaceContainer,
    move_goods,
    place_container,
)
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.record_preparation import PouredIn, RecordPreparation, record_preparation
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.operations.release_hold import ReleaseHold, release_hold
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import DisposalReason, HoldReason, LocationKind
from tests.builders import NOW, House, LotAt, key
from tests.recalls import recalled
from tests.sessions import line, opened, patient, rows, session, used

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
THEN = NOW - 3 * HOUR


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def broken(
    house: House, *lines: UseLine, at: datetime = THEN, session_uid: str | None = None, now: datetime = NOW
) -> set[str]:
    command = RecordUse(
        session_uid=session_uid or session(house),
        lines=lines,
        occurred_at=at,
        reason="The power was off",
    )
    return set(record_use(house.store, command, actor=house.nurse, key=key("late"), now=now).rules)


def needles(house: House, **values: date) -> LotAt:
    return house.clinic.lot_on_shelf(house.needle(), "N1", presentations=9, **values)


def held(house: House, lot: LotAt, at: datetime) -> str:
    command = PlaceHold(lot_uid=lot.uid, reason=HoldReason.SUSPICION, note="It looks cloudy")
    return place_hold(house.store, command, actor=house.practitioner, key=key("hold"), now=at).hold_uid


def test_a_hold_counts_while_it_stood_and_neither_before_nor_after(house: House) -> None:
    lot = needles(house)
    hold_uid = held(house, lot, NOW - 2 * HOUR)
    release = ReleaseHold(hold_uid=hold_uid, note="It is clear")
    release_hold(house.store, release, actor=house.practitioner, key=key("release"), now=NOW - HOUR)

    assert broken(house, line(lot), at=THEN) == set()
    assert broken(house, line(lot), at=NOW - 2 * HOUR) == {"held"}
    assert broken(house, line(lot), at=NOW - timedelta(minutes=61)) == {"held"}
    assert broken(house, line(lot), at=NOW - HOUR) == set()
    assert [each.rule for each in rows(house.store, Deviation)] == ["held", "held"]


def test_a_recall_says_what_was_wrong_all_along(house: House) -> None:
    needle = house.needle()
    lot = house.clinic.lot_on_shelf(needle, "N1", presentations=9)
    recalled(house.store, needle.uid, "N1", actor=house.practitioner, now=NOW - HOUR)

    assert broken(house, line(lot), at=THEN) == {"recalled"}


def test_where_goods_lay_then_counts_and_not_where_they_were_put_since(house: House) -> None:
    lot = needles(house)
    aside = house.clinic.account(LocationKind.QUARANTINE)
    move(house, lot, aside.uid, at=NOW - 2 * HOUR)
    there = UseLine(thing=ThingName(lot_uid=lot.uid, location_uid=aside.uid), quantity=1)

    assert broken(house, there, at=THEN) == set()
    assert broken(house, there, at=NOW - HOUR) == {"not_usable_place"}


def move(house: House, lot: LotAt, to_uid: str, *, at: datetime) -> None:
    lines = (MoveLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=9),)
    command = MoveGoods(lines=lines, to_uid=to_uid, reason="Put aside")
    move_goods(house.store, command, actor=house.nurse, key=key("move"), now=at)


def test_a_vial_has_the_limit_and_the_place_that_it_had_then(house: House) -> None:
    """Moved into the room its life is four hours from its opening; in the fridge it was a month."""
    filler = house.product("Filler", in_use_minutes_room=240, in_use_minutes_refrigerated=43_200)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"), now=NOW - 8 * HOUR)
    put = PlaceContainer(container_uid=vial.container_uid, to_uid=house.clinic.room.uid)
    place_container(house.store, put, actor=house.nurse, key=key("put"), now=NOW - 2 * HOUR)

    assert broken(house, line(vial, 100), at=THEN) == set()
    assert broken(house, line(vial, 100), at=NOW - HOUR) == {"beyond_use"}


EVENING = NOW + 8 * HOUR


@pytest.mark.parametrize("deep", [1, 2], ids=["of the vial", "of a cocktail of the vial"])
def test_a_cocktail_has_the_limit_that_it_had_then_however_deep_its_vial_went_in(
    house: House, deep: int
) -> None:
    """Its vial was carried into the room in the evening, where it lasts four hours from its opening."""
    filler = house.product("Filler", in_use_minutes_room=240, in_use_minutes_refrigerated=43_200)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"), now=NOW)
    made = poured(house, ThingName(location_uid=vial.container_uid))
    if deep == 2:
        made = poured(house, made)
    put = PlaceContainer(container_uid=vial.container_uid, to_uid=house.clinic.room.uid)
    place_container(house.store, put, actor=house.nurse, key=key("put"), now=NOW + 6 * HOUR)

    assert broken(house, given(house, made), at=NOW + 5 * HOUR, now=EVENING) == set()
    assert broken(house, given(house, made), at=NOW + 6 * HOUR, now=EVENING) == {"beyond_use"}


def poured(house: House, source: ThingName) -> ThingName:
    """A cocktail without a recipe, made three hours from now: it lasts for four."""
    command = RecordPreparation(
        ingredients=(PouredIn(thing=source, quantity=100),),
        location_uid=house.clinic.fridge.uid,
        occurred_at=NOW + 3 * HOUR,
        reason="The power was off",
    )
    done = record_preparation(
        house.store, command, actor=house.nurse, key=key("made"), now=NOW + 3 * HOUR + MINUTE
    )
    return ThingName(lot_uid=done.lot_uid)


def given(house: House, made: ThingName) -> UseLine:
    return line(made, 10, prescriber_uid=house.practitioner.person_uid)


def test_a_cocktail_was_held_while_a_lot_in_it_was(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    vial = opened(house, lot, now=NOW)
    made = poured(house, ThingName(location_uid=vial.container_uid))
    hold_uid = held(house, lot, NOW + 5 * HOUR)
    release = ReleaseHold(hold_uid=hold_uid, note="It is clear")
    release_hold(house.store, release, actor=house.practitioner, key=key("release"), now=NOW + 6 * HOUR)

    assert broken(house, given(house, made), at=NOW + 4 * HOUR, now=EVENING) == set()
    assert broken(house, given(house, made), at=NOW + 5 * HOUR, now=EVENING) == {"held"}


def test_a_vial_that_ended_since_was_open_then(house: House) -> None:
    filler = house.product("Filler", overfill_max_quantity=500)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"), now=NOW - 8 * HOUR)
    command = FinishContainer(container_uid=vial.container_uid, reason=DisposalReason.BROKEN)
    finish_container(house.store, command, actor=house.nurse, key=key("end"), now=NOW - HOUR)

    assert broken(house, line(vial, 100), at=THEN) == set()
    assert broken(house, line(vial, 100), at=NOW - timedelta(minutes=30)) == {"not_usable_place"}


def test_a_vial_had_been_drawn_from_as_often_as_then(house: House) -> None:
    vial = opened(
        house,
        house.clinic.lot_on_shelf(house.product("Filler", punctures_max=1), "A1"),
        now=NOW - 8 * HOUR,
    )
    used(house, session(house, now=NOW - 2 * HOUR), line(vial, 100), now=NOW - HOUR)

    assert broken(house, line(vial, 100), at=THEN) == set()
    assert broken(house, line(vial, 100), at=NOW - timedelta(minutes=30)) == {"punctures_spent"}


def test_what_is_known_of_a_patient_now_was_true_of_her_then(house: House) -> None:
    filler = house.product("Filler", content_quantity=1, ingredients=("hyaluronic-acid",))
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=3)

    assert broken(house, line(lot), session_uid=session(house, patient(house, "hyaluronic-acid"))) == {
        "allergy"
    }


@pytest.mark.parametrize(
    ("ago", "expected"),
    [(72 * HOUR, set()), (72 * HOUR + timedelta(seconds=1), {"beyond_window"})],
    ids=["within", "beyond"],
)
def test_the_window_is_the_clinics_and_refuses_nothing(
    house: House, ago: timedelta, expected: set[str]
) -> None:
    assert broken(house, line(needles(house)), at=NOW - ago) == expected


def test_an_opening_is_judged_by_its_time_too(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    held(house, lot, NOW - 2 * HOUR)

    def opening(at: datetime) -> tuple[str, ...]:
        command = OpenContainer(thing=ThingName(lot_uid=lot.uid), opened_at=at, reason="The power was off")
        done = open_container(house.store, command, actor=house.nurse, key=key("open"), now=NOW)
        return done.broken_rules

    judged: Callable[[datetime], tuple[str, ...]] = opening
    assert judged(THEN) == ()
    assert judged(NOW - HOUR) == ("held",)
