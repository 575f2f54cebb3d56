"""Does the walk find every lot and no other, however long the way is?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.genealogy import Direction, Edge, Reached, TraceTooLarge, walk

DIAMOND = [Edge(1, 3), Edge(2, 3), Edge(3, 5), Edge(1, 5), Edge(4, 6)]


def test_forward_finds_what_was_made_from_a_lot_by_the_shortest_way() -> None:
    found = walk(DIAMOND, [1], Direction.FORWARD)

    assert found.lots == (Reached(1, 0), Reached(3, 1), Reached(5, 1))
    assert found.edges == (Edge(1, 3), Edge(1, 5), Edge(3, 5))


def test_back_finds_what_went_into_a_cocktail() -> None:
    found = walk(DIAMOND, [5], Direction.BACK)

    assert found.lots == (Reached(5, 0), Reached(1, 1), Reached(3, 1), Reached(2, 2))
    assert found.edges == (Edge(1, 3), Edge(1, 5), Edge(2, 3), Edge(3, 5))


def test_a_lot_that_nothing_was_made_from_is_found_alone() -> None:
    assert walk(DIAMOND, [6], Direction.FORWARD).lots == (Reached(6, 0),)
    assert walk([], [], Direction.BACK).lots == ()


def test_a_chain_of_five_hundred_cocktails_is_walked_to_its_end() -> None:
    chain = [Edge(number, number + 1) for number in range(500)]

    assert walk(chain, [0], Direction.FORWARD).lots[-1] == Reached(500, 500)
    assert walk(chain, [500], Direction.BACK).lots[-1] == Reached(0, 500)


def test_a_ladder_with_two_to_the_five_hundred_ways_is_walked_once() -> None:
    ladder = [Edge(step * 2 + a, step * 2 + 2 + b) for step in range(500) for a in (0, 1) for b in (0, 1)]

    found = walk(ladder, [0], Direction.FORWARD)

    assert len(found.lots) == 1_001
    assert len(found.edges) == len(ladder) - 2


def test_a_cycle_ends() -> None:
    found = walk([Edge(1, 2), Edge(2, 3), Edge(3, 1), Edge(3, 3)], [1], Direction.FORWARD)

    assert found.lots == (Reached(1, 0), Reached(2, 1), Reached(3, 2))


def test_a_walk_that_is_too_large_is_refused_and_never_cut_short() -> None:
    star = [Edge(0, number) for number in range(1, 12)]

    assert len(walk(star, [0], Direction.FORWARD, lots_max=12).lots) == 12
    with pytest.raises(TraceTooLarge):
        walk(star, [0], Direction.FORWARD, lots_max=11)


_edges = st.lists(st.builds(Edge, st.integers(0, 12), st.integers(0, 12)), max_size=40)


def _brute_force(edges: list[Edge], start: int) -> set[int]:
    found = {start}
    for _ in range(len(edges) + 1):
        found |= {edge.child_id for edge in edges if edge.parent_id in found}
    return found


@given(edges=_edges, start=st.integers(0, 12))
def test_the_walk_finds_what_brute_force_finds(edges: list[Edge], start: int) -> None:
    assert {each.lot_id for each in walk(edges, [start], Direction.FORWARD).lots} == _brute_force(
        edges, start
    )


@given(edges=_edges, start=st.integers(0, 12), other=st.integers(0, 12))
def test_what_is_reached_forward_reaches_back(edges: list[Edge], start: int, other: int) -> None:
    forward = {each.lot_id for each in walk(edges, [start], Direction.FORWARD).lots}
    back = {each.lot_id for each in walk(edges, [other], Direction.BACK).lots}

    assert (other in forward) == (start in back)


@given(edges=st.permutations(DIAMOND))
def test_the_order_of_the_edges_changes_nothing(edges: list[Edge]) -> None:
    assert walk(edges, [2, 1], Direction.FORWARD) == walk(DIAMOND, [1, 2], Direction.FORWARD)
