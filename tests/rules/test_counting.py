"""Is what was found, by one person or several, compared with the books as they were when it was counted?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.errors import StockroomError
from stockroom.rules import counting
from stockroom.rules.counting import Books, Find, Moved, Reconciled, Trouble, reconcile, together
from stockroom.vocabulary import CountReason

TEN = datetime(2026, 3, 2, 10, tzinfo=UTC)


def at(minutes: int) -> datetime:
    return TEN + timedelta(minutes=minutes)


def find(found: int, *, minutes: int = 0, **more: Any) -> Find:
    usual = {"lot_id": 1, "lot_number": "A1", "location_id": 100, "counted_by_id": 7}
    return Find(**{**usual, "found": found, "counted_at": at(minutes), **more})


def moved(quantity: int, minutes: int) -> Moved:
    return Moved(quantity=quantity, happened_at=at(minutes))


GONE = (moved(-5, 5),)
"""All five were thrown away after they were counted."""


def beside(found: int, *, now: int, moves: tuple[Moved, ...] = (), **more: Any) -> Reconciled:
    reason = more.pop("reason", CountReason.MISCOUNTED)
    (thing,) = together([find(found, reason=reason)])
    return reconcile(thing, Books(now=now, moves=moves, **more))


@pytest.mark.parametrize(
    ("found", "now", "moves", "expected", "difference"),
    [
        (5, 5, (), 5, 0),
        (3, 5, (), 5, -2),
        (7, 5, (), 5, 2),
        (0, 5, (), 5, -5),
        (5, 3, (moved(-2, 5),), 5, 0),
        (4, 3, (moved(-2, 5),), 5, -1),
        (5, 9, (moved(6, 1), moved(-2, 9)), 5, 0),
        (2, 0, (), 0, 2),
    ],
)
def test_the_difference_is_to_the_position_at_the_moment_of_counting(
    found: int, now: int, moves: tuple[Moved, ...], expected: int, difference: int
) -> None:
    each = beside(found, now=now, moves=moves)

    assert (each.expected, each.difference, each.trouble) == (expected, difference, None)


@given(found=st.integers(0, 100), then=st.integers(0, 100), change=st.integers(-100, 100))
def test_after_booking_the_books_say_what_was_found_and_what_moved_since(
    found: int, then: int, change: int
) -> None:
    now = then + change
    if now < 0:
        return

    each = beside(found, now=now, moves=(moved(change, 5),))

    if each.trouble is None:
        assert now + each.difference == found + change
    else:
        assert each.trouble is Trouble.OVERTAKEN
        assert found + change < 0


@pytest.mark.parametrize(
    ("case", "each", "trouble", "refusal"),
    [
        ("more was taken since than was found", beside(2, now=1, moves=(moved(-4, 5),)), "overtaken", "CountOvertaken"),
        ("less than nothing lay there", beside(1, now=3, moves=(moved(4, 5),)), "unclear", "CountUnclear"),
        ("a later count is booked", beside(4, now=5, counted_at=at(1)), "counted_since", "CountedSince"),
        ("an earlier count is booked", beside(4, now=5, counted_at=at(-1)), None, ""),
        ("a later count is booked and they agree", beside(5, now=5, counted_at=at(1)), None, ""),
        ("thrown away since", beside(4, now=0, moves=GONE, discarded_at=at(5)), "discarded", "CountedVialDiscarded"),
        ("thrown away since, all of it", beside(5, now=0, moves=GONE, discarded_at=at(5)), None, ""),
        ("thrown away, and some is found", beside(1, now=0, discarded_at=at(-5)), "discarded", "CountedVialDiscarded"),
        ("no reason", beside(4, now=5, reason=None), None, "CountReasonMissing"),
        ("no reason where they agree", beside(5, now=5, reason=None), None, ""),
    ],
)  # fmt: skip
def test_what_cannot_be_booked_says_why(
    case: str, each: Reconciled, trouble: str | None, refusal: str
) -> None:
    assert (each.trouble, case) == (trouble, case)

    try:
        counting.check_bookable([each])
        refused = ""
    except StockroomError as error:
        refused = type(error).__name__
    assert (refused, case) == (refusal, case)


@pytest.mark.parametrize(
    ("parts", "moves", "expected", "difference", "trouble"),
    [
        ([(3, 0), (2, 10)], (), 5, 0, None),
        ([(3, 0), (2, 10)], (moved(-1, 20),), 6, -1, None),
        ([(3, 0), (2, 10)], (moved(-1, 5),), 5, 0, Trouble.PARTS_MOVED),
        ([(3, 0), (2, 10)], (moved(-1, 10),), 5, 0, Trouble.PARTS_MOVED),
        ([(3, 0), (2, 10)], (moved(-1, 5), moved(1, 6)), 5, 0, Trouble.PARTS_MOVED),
        ([(2, 10), (3, 0)], (), 5, 0, None),
        ([(3, 0), (2, 0)], (), 5, 0, None),
        ([(3, 0), (1, 5), (1, 9)], (), 5, 0, None),
    ],
)
def test_parts_are_added_and_moves_between_them_make_them_worthless(
    parts: list[tuple[int, int]],
    moves: tuple[Moved, ...],
    expected: int,
    difference: int,
    trouble: Trouble | None,
) -> None:
    (thing,) = together([find(found, minutes=minutes) for found, minutes in parts])

    each = reconcile(thing, Books(now=5, moves=moves))

    assert thing.counted_at == at(max(minutes for _, minutes in parts))
    assert (each.thing.found, each.expected, each.difference, each.trouble) == (
        5,
        expected,
        difference,
        trouble,
    )


def test_things_are_told_apart_by_lot_and_place_and_the_last_reason_counts() -> None:
    things = together(
        [
            find(1, reason=CountReason.LOST),
            find(2, minutes=5, reason=CountReason.FOUND, counted_by_id=8),
            find(3, minutes=6),
            find(4, lot_id=2),
            find(5, location_id=101),
        ]
    )

    assert [(thing.place, thing.found) for thing in things] == [((1, 100), 6), ((2, 100), 4), ((1, 101), 5)]
    assert (things[0].reason, things[0].counted_by_id, things[0].begun_at) == (CountReason.FOUND, 7, TEN)


def test_what_nobody_has_booked_and_where_nothing_moved_counts_as_zero() -> None:
    (thing,) = together([find(2)])

    assert reconcile(thing).difference == 2


def test_a_missing_reason_tells_both_figures() -> None:
    with pytest.raises(counting.CountReasonMissing) as refusal:
        counting.check_bookable([beside(4, now=5, reason=None)])

    assert refusal.value.facts == {"lot_number": "A1", "found": 4, "expected": 5}


def test_a_lot_is_counted_once_for_each_place_where_nobody_was_asked() -> None:
    with pytest.raises(counting.CountedTwice):
        counting.check_once([find(5), find(4)])
    counting.check_once([find(5), find(4, location_id=101)])


def test_less_than_nothing_is_not_found() -> None:
    with pytest.raises(counting.CountImpossible):
        together([find(-1)])
