"""Does a recalled lot add up over all clinics to the last base unit, wherever it went?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.recalled_quantities import LotBooks, sum_up

_WHERE = ("used", "compounded", "disposed", "returned", "corrected_out", "on_hand")


@given(
    st.lists(st.fixed_dictionaries({name: st.integers(0, 9_000) for name in _WHERE}), min_size=1, max_size=3),
    st.integers(0, 5_000),
)
def test_what_came_is_what_went_wherever_it_went(shares: list[dict[str, int]], on_the_way: int) -> None:
    """One clinic receives everything and sends the others their shares; some is still on the way."""
    first, others = shares[0], shares[1:]
    needs = [sum(each.values()) for each in others]
    received = sum(first.values()) + sum(needs) + on_the_way
    books = [LotBooks(received=received, dispatched=sum(needs) + on_the_way, on_the_way=on_the_way, **first)]
    books += [LotBooks(arrived=need, **each) for need, each in zip(needs, others, strict=True)]

    sums = sum_up(books)

    assert all(book.difference == 0 for book in books)
    assert (sums.received, sums.in_transit, sums.unaccounted) == (received, on_the_way, 0)
    assert sums.is_complete


def test_what_left_one_clinic_and_never_arrived_is_not_accounted_for() -> None:
    sums = sum_up([LotBooks(received=10, dispatched=10, on_the_way=2), LotBooks(arrived=5, on_hand=5)])

    assert (sums.unaccounted, sums.in_transit, sums.held) == (3, 2, 5)


def test_what_a_clinics_books_do_not_place_is_not_accounted_for() -> None:
    assert sum_up([LotBooks(received=10, used=4, on_hand=5)]).unaccounted == 1
    assert sum_up([LotBooks(received=10, used=4, on_hand=8)]).unaccounted == -2


def test_a_lot_that_nobody_had_is_none() -> None:
    assert sum_up([]).is_none
    assert not sum_up([LotBooks(corrected_in=1, on_hand=1)]).is_none
