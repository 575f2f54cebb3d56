"""Does the right promise give way, and does each end once?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.allocating import Allocation, Ending, PromisedElsewhere, give_way, lose, settle
from stockroom.vocabulary import AllocationState

NINE = datetime(2026, 6, 30, 9, 0, tzinfo=UTC)
MORNING = Allocation(allocation_id=1, quantity=1_000, planned_at=NINE)
NOON = Allocation(allocation_id=2, quantity=1_000, planned_at=NINE + timedelta(hours=3))
EVENING = Allocation(allocation_id=3, quantity=1_000, planned_at=NINE + timedelta(hours=9))
IN_SYRINGE = Allocation(allocation_id=4, quantity=500, planned_at=None)
ALL = (IN_SYRINGE, EVENING, MORNING, NOON)

_allocations = st.lists(
    st.tuples(st.integers(1, 2_000), st.none() | st.integers(0, 5)),
    max_size=6,
).map(
    lambda drawn: [
        Allocation(
            allocation_id=number,
            quantity=quantity,
            planned_at=None if hour is None else NINE + timedelta(hours=hour),
        )
        for number, (quantity, hour) in enumerate(drawn)
    ]
)


def endings(found: tuple[Ending, ...]) -> list[tuple[int, int, int]]:
    return [(each.allocation_id, each.let_go, each.remainder) for each in found]


@pytest.mark.parametrize(
    ("needed", "expected"),
    [
        (500, []),
        (501, [(3, 1, 999)]),
        (1_500, [(3, 1_000, 0)]),
        (2_000, [(3, 1_000, 0), (2, 500, 500)]),
        (3_500, [(3, 1_000, 0), (2, 1_000, 0), (1, 1_000, 0)]),
    ],
)
def test_unpromised_stock_goes_first_then_the_latest_session(
    needed: int, expected: list[tuple[int, int, int]]
) -> None:
    found = give_way(needed, on_hand=4_000, allocations=ALL, lot_number="A1")

    assert endings(found) == expected
    assert all(each.state is AllocationState.RELEASED for each in found)


def test_what_is_in_the_syringe_never_gives_way() -> None:
    with pytest.raises(PromisedElsewhere) as refusal:
        give_way(3_501, on_hand=4_000, allocations=ALL, lot_number="A1")

    assert refusal.value.facts == {"lot_number": "A1", "on_hand": 4_000, "kept": 500, "needed": 3_501}


def test_of_two_sessions_at_one_hour_the_later_promise_gives_way() -> None:
    twins = [Allocation(allocation_id=number, quantity=100, planned_at=NINE) for number in (8, 9)]

    assert endings(give_way(100, on_hand=200, allocations=twins, lot_number="A1")) == [(9, 100, 0)]


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (4_000, []),
        (3_500, []),
        (3_000, [(3, 500, 500)]),
        (600, [(3, 1_000, 0), (2, 1_000, 0), (1, 900, 100)]),
        (0, [(3, 1_000, 0), (2, 1_000, 0), (1, 1_000, 0), (4, 500, 0)]),
        (499, [(3, 1_000, 0), (2, 1_000, 0), (1, 1_000, 0), (4, 500, 0)]),
    ],
)
def test_a_recorded_fact_takes_promises_with_it_and_is_never_refused(
    left: int, expected: list[tuple[int, int, int]]
) -> None:
    found = lose(left, ALL)

    assert endings(found) == expected
    assert all(each.state is AllocationState.LOST for each in found)


@given(allocations=_allocations, left=st.integers(0, 10_000))
def test_l7_what_stays_promised_fits_what_is_left_and_each_ends_once(
    allocations: list[Allocation], left: int
) -> None:
    found = lose(left, allocations)

    ended = {each.allocation_id for each in found}
    assert len(ended) == len(found)
    standing = sum(each.quantity for each in allocations if each.allocation_id not in ended)
    promised = sum(each.quantity for each in allocations)
    kept = standing + sum(each.remainder for each in found)
    in_syringe = {each.allocation_id for each in allocations if each.planned_at is None}
    assert kept <= min(promised, left)
    assert kept == min(promised, left) or ended & in_syringe
    assert all(each.remainder == 0 for each in found if each.allocation_id in in_syringe)
    assert all(each.let_go > 0 for each in found)


@given(allocations=_allocations, spare=st.integers(0, 3_000), needed=st.integers(1, 10_000))
def test_l7_giving_way_frees_what_is_needed_and_no_more(
    allocations: list[Allocation], spare: int, needed: int
) -> None:
    promised = sum(each.quantity for each in allocations)

    try:
        found = give_way(needed, on_hand=promised + spare, allocations=allocations, lot_number="A1")
    except PromisedElsewhere:
        assert needed > spare + sum(each.quantity for each in allocations if each.planned_at is not None)
        return

    assert sum(each.let_go for each in found) == max(0, needed - spare)
    by_id = {each.allocation_id: each for each in allocations}
    assert all(each.let_go + each.remainder == by_id[each.allocation_id].quantity for each in found)


@pytest.mark.parametrize(
    ("used", "state", "let_go"),
    [
        (0, AllocationState.RELEASED, 1_000),
        (400, AllocationState.USED, 600),
        (1_000, AllocationState.USED, 0),
    ],
)
def test_an_allocation_is_settled_by_what_was_used(used: int, state: AllocationState, let_go: int) -> None:
    assert settle(MORNING, used) == Ending(allocation_id=1, state=state, used=used, let_go=let_go)


@pytest.mark.parametrize("used", [-1, 1_001])
def test_an_allocation_is_not_used_for_more_than_it_promises(used: int) -> None:
    with pytest.raises(ValueError, match="promises"):
        settle(MORNING, used)
