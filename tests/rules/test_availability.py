"""Does the rule of availability by date find what the theorem of the smallest cut says, whatever lies and is needed?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import chain, combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from stockroom.rules.availability import Demand, Supply, serve

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
_products = st.integers(1, 3)
_days = st.integers(1, 6)


def day(n: int) -> datetime:
    return BEGIN + timedelta(days=n)


def supplies() -> st.SearchStrategy[list[Supply]]:
    return st.lists(
        st.builds(Supply, product_id=_products, quantity=st.integers(0, 6), until=st.none() | _days.map(day)),
        max_size=5,
    )


@st.composite
def demands(draw: st.DrawFn) -> list[Demand]:
    asked = draw(
        st.lists(st.tuples(_days, st.frozensets(_products, min_size=1), st.integers(1, 7)), max_size=6)
    )
    return [
        Demand(key=n, at=day(on), product_ids=products, quantity=quantity)
        for n, (on, products, quantity) in enumerate(sorted(asked, key=lambda each: each[0]))
    ]


def most(supplies: list[Supply], asked: list[Demand]) -> int:
    """The most that can be served of these demands together: the smallest cut between them and what lies here."""
    subsets = chain.from_iterable(combinations(asked, n) for n in range(len(asked) + 1))
    return min(
        sum(demand.quantity for demand in asked if demand not in kept)
        + sum(
            lies.quantity
            for lies in supplies
            if any(
                lies.product_id in demand.product_ids and (lies.until is None or lies.until > demand.at)
                for demand in kept
            )
        )
        for kept in subsets
    )


@settings(max_examples=200)
@given(supplies(), demands())
def test_a_session_is_short_of_exactly_what_no_way_of_serving_the_earlier_ones_leaves(
    lying: list[Supply], asked: list[Demand]
) -> None:
    found = serve(lying, asked)

    served = [most(lying, asked[:n]) for n in range(len(asked) + 1)]
    for n, demand in enumerate(asked):
        assert found.short.get(demand.key, 0) == demand.quantity - (served[n + 1] - served[n])


@settings(max_examples=100)
@given(supplies(), demands())
def test_nothing_is_left_twice_and_nothing_gets_lost(lying: list[Supply], asked: list[Demand]) -> None:
    found = serve(lying, asked)

    given_out = sum(demand.quantity for demand in asked) - sum(found.short.values())
    for left in found.left:
        usable = sum(
            each.quantity
            for each in lying
            if each.product_id == left.product_id and (each.until is None or each.until > left.at)
        )
        assert 0 <= left.quantity <= usable
    assert given_out == most(lying, asked)


def test_a_need_of_one_product_is_not_short_because_an_earlier_one_of_its_group_took_it() -> None:
    lying = [
        Supply(product_id=1, quantity=1, until=day(4)),
        Supply(product_id=2, quantity=1, until=day(9)),
    ]
    any_of_them = Demand(key=1, at=day(1), product_ids=frozenset({1, 2}), quantity=1)
    the_first = Demand(key=2, at=day(2), product_ids=frozenset({1}), quantity=1)

    assert serve(lying, [any_of_them, the_first]).short == {}


def test_a_thousand_sessions_are_served_in_a_moment() -> None:
    lying = [Supply(product_id=n % 40, quantity=50, until=day(n)) for n in range(1, 200)]
    asked = [
        Demand(key=n, at=day(n // 8), product_ids=frozenset({n % 40, (n + 7) % 40}), quantity=3)
        for n in range(1_000)
    ]

    assert len(serve(lying, asked).short) < len(asked)
