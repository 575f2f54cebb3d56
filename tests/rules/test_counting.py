"""Is a count compared with the books as they were when it was made?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules import counting
from stockroom.rules.counting import Counted, not_counted, variances
from stockroom.vocabulary import CountReason


def counted(found: int, *, lot_id: int = 1, reason: CountReason | None = CountReason.MISCOUNTED) -> Counted:
    return Counted(lot_id=lot_id, lot_number=f"A{lot_id}", location_id=100, found=found, reason=reason)


@pytest.mark.parametrize(
    ("found", "now", "moved_since", "expected", "difference"),
    [
        (5, 5, 0, 5, 0),
        (3, 5, 0, 5, -2),
        (7, 5, 0, 5, 2),
        (0, 5, 0, 5, -5),
        (5, 3, -2, 5, 0),
        (4, 3, -2, 5, -1),
        (5, 9, 4, 5, 0),
        (2, 0, 0, 0, 2),
    ],
)
def test_the_difference_is_to_the_position_at_the_moment_of_counting(
    found: int, now: int, moved_since: int, expected: int, difference: int
) -> None:
    (variance,) = variances(
        [counted(found)], position_now={(1, 100): now}, moved_since={(1, 100): moved_since}
    )

    assert variance.expected == expected
    assert variance.difference == difference


@given(found=st.integers(0, 100), then=st.integers(0, 100), moved=st.integers(-100, 100))
def test_after_booking_the_books_say_what_was_found_and_what_moved_since(
    found: int, then: int, moved: int
) -> None:
    now = then + moved
    if now < 0:
        return

    try:
        (variance,) = variances([counted(found)], position_now={(1, 100): now}, moved_since={(1, 100): moved})
    except counting.CountOvertaken:
        assert found + moved < 0
        return

    assert now + variance.difference == found + moved


def test_lots_nobody_has_booked_and_places_nothing_moved_in_count_as_zero() -> None:
    (variance,) = variances([counted(2)], position_now={}, moved_since={})

    assert (variance.expected, variance.difference) == (0, 2)


def test_a_difference_says_why_and_no_difference_need_not() -> None:
    variances([counted(5, reason=None)], position_now={(1, 100): 5}, moved_since={})

    with pytest.raises(counting.CountReasonMissing) as refusal:
        variances([counted(4, reason=None)], position_now={(1, 100): 5}, moved_since={})

    assert refusal.value.facts == {"lot_number": "A1", "found": 4, "expected": 5}


def test_a_count_that_was_overtaken_is_made_again() -> None:
    with pytest.raises(counting.CountOvertaken):
        variances([counted(2)], position_now={(1, 100): 1}, moved_since={(1, 100): -4})


def test_a_lot_is_counted_once_for_each_place() -> None:
    with pytest.raises(counting.CountedTwice):
        variances([counted(5), counted(4)], position_now={(1, 100): 5}, moved_since={})


def test_less_than_nothing_is_not_found() -> None:
    with pytest.raises(counting.CountImpossible):
        variances([counted(-1)], position_now={(1, 100): 5}, moved_since={})


def test_what_the_books_have_and_nobody_counted_is_listed() -> None:
    books = {(3, 100): 5, (2, 100): 5, (1, 100): 5, (4, 100): 0, (5, 101): 5}

    assert not_counted([counted(5)], position_now=books, location_ids=[100]) == ((2, 100), (3, 100))
