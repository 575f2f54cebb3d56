"""Is it known when something of a lot lay where, vials that were carried about included?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.rules.lying import Change, Put, Stay, joined, stays, stood
from tests.builders import NOW

FRIDGE, ROOM, VIAL = 1, 2, 3


def at(hours: int):
    return NOW + timedelta(hours=hours)


def change(hours: int, place: int, quantity: int) -> Change:
    return Change(at=at(hours), place_id=place, change=quantity)


def test_it_lies_from_what_came_to_what_left_last_and_again_when_more_comes() -> None:
    found = stays(
        [change(5, FRIDGE, -10), change(0, FRIDGE, 10), change(2, FRIDGE, 5), change(7, FRIDGE, -5), change(9, FRIDGE, 1)]
    )  # fmt: skip

    assert found == {FRIDGE: [Stay(at(0), at(7)), Stay(at(9), None)]}


def test_what_is_corrected_in_one_instant_never_left() -> None:
    found = stays([change(0, FRIDGE, 10), change(3, FRIDGE, -10), change(3, FRIDGE, 10), change(4, ROOM, 0)])

    assert found == {FRIDGE: [Stay(at(0), None)]}


def test_a_vial_lies_where_it_stood_while_something_was_in_it() -> None:
    puts = [Put(at=at(0), place_id=ROOM), Put(at=at(4), place_id=FRIDGE), Put(at=at(8), place_id=ROOM)]

    assert stood([Stay(at(0), at(6))], puts) == {ROOM: [Stay(at(0), at(4))], FRIDGE: [Stay(at(4), at(6))]}
    assert stood([Stay(at(5), None)], puts) == {FRIDGE: [Stay(at(5), at(8))], ROOM: [Stay(at(8), None)]}


def test_several_things_at_one_place_are_told_once_and_many_stays_as_one_span() -> None:
    parts = [
        {FRIDGE: [Stay(at(0), at(4))]},
        {FRIDGE: [Stay(at(3), at(6)), Stay(at(9), None)], ROOM: [Stay(at(1), at(2))]},
    ]

    assert joined(parts, most=2) == {
        FRIDGE: [Stay(at(0), at(6)), Stay(at(9), None)],
        ROOM: [Stay(at(1), at(2))],
    }
    assert joined(parts, most=1)[FRIDGE] == [Stay(at(0), None)]
