"""Does the rule of availability by date find what the theorem of the smallest cut says, whatever lies and is needed?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
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


@st.composite
def vials(draw: st.DrawFn, products: st.SearchStrategy[int]) -> list[Supply]:
    """A few sealed vials that keep a day or three once they are opened, and some that are open."""
    kinds = {product: (draw(st.sampled_from([0, 1, 3])), draw(st.integers(1, 3))) for product in (1, 2)}
    lying = []
    for _ in range(draw(st.integers(1, 2))):
        product = draw(products)
        days, content = kinds[product]
        lying.append(
            Supply(
                product_id=product,
                quantity=content * draw(st.integers(1, 2)),
                until=draw(st.none() | _days.map(day)),
                vial=content,
                life=timedelta(days=days),
            )
        )
    if draw(st.booleans()):
        ends = draw(_days.map(day))
        lying.append(Supply(product_id=draw(products), quantity=2, until=ends, opened_at=BEGIN))
    return lying


def _of_one_lot(lying: list[Supply]) -> list[Supply]:
    return [replace(each, until=lying[0].until) for each in lying if each.opened_at is None]


def a_few_needs(products: st.SearchStrategy[frozenset[int]]) -> st.SearchStrategy[list[Demand]]:
    asked = st.lists(
        st.tuples(_days, products, st.integers(1, 3)), max_size=4, unique_by=lambda each: each[0]
    )
    return asked.map(
        lambda found: [
            Demand(key=n, at=day(on), product_ids=named, quantity=quantity)
            for n, (on, named, quantity) in enumerate(sorted(found, key=lambda each: each[0]))
        ]
    )


Vial = tuple[int, int, datetime | None, timedelta | None, bool]
"""Product, what is in it, its limit, how long it keeps opened, whether it is sealed."""


def can_be_served(lying: list[Vial], asked: list[tuple[Demand, int]]) -> bool:
    """Whether some way of opening and drawing serves so much of each demand, one after the other: all are tried."""
    if not asked:
        return True
    (demand, amount), later = asked[0], asked[1:]
    return any(can_be_served(left, later) for left in ways_of_drawing(lying, demand, amount))


def ways_of_drawing(lying: list[Vial], demand: Demand, amount: int) -> Iterator[list[Vial]]:
    if not lying:
        if amount == 0:
            yield []
        return
    (product, held, until, life, is_sealed), rest = lying[0], lying[1:]
    fits = product in demand.product_ids and (until is None or until > demand.at)
    for part in range(min(held, amount) + 1 if fits else 1):
        limit = until
        if part and is_sealed and life is not None:
            limit = demand.at + life if until is None else min(until, demand.at + life)
        drawn = (product, held - part, limit, life, is_sealed and not part)
        yield from ([drawn, *left] for left in ways_of_drawing(rest, demand, amount - part))


def one_by_one(lying: list[Supply]) -> list[Vial]:
    return [
        (each.product_id, each.vial or each.quantity, each.until, each.life, each.opened_at is None)
        for each in lying
        for _ in range(each.quantity // (each.vial or each.quantity))
    ]


@settings(max_examples=150, deadline=None)
@given(vials(st.integers(1, 2)), a_few_needs(st.frozensets(st.integers(1, 2), min_size=1)))
def test_what_is_said_to_be_served_can_be_drawn_before_opened_vials_spoil(
    lying: list[Supply], asked: list[Demand]
) -> None:
    short = serve(lying, asked).short

    served = [(each, each.quantity - short.get(each.key, 0)) for each in asked]
    assert can_be_served(one_by_one(lying), served)


@settings(max_examples=100, deadline=None)
@given(vials(st.just(1)).map(_of_one_lot), a_few_needs(st.just(frozenset({1}))))
def test_of_one_lot_no_way_of_opening_its_vials_serves_an_earlier_session_better(
    lying: list[Supply], asked: list[Demand]
) -> None:
    short = serve(lying, asked).short

    served: list[tuple[Demand, int]] = []
    for demand in asked:
        most_of_it = max(
            amount
            for amount in range(demand.quantity + 1)
            if can_be_served(one_by_one(lying), [*served, (demand, amount)])
        )
        assert short.get(demand.key, 0) == demand.quantity - most_of_it
        served.append((demand, most_of_it))


def test_a_vial_opened_for_one_session_is_spoiled_for_one_long_after_it() -> None:
    lying = [Supply(product_id=1, quantity=10, until=None, vial=10, life=timedelta(days=2))]
    asked = [Demand(key=n, at=day(n), product_ids=frozenset({1}), quantity=2) for n in (1, 2, 3, 9)]

    found = serve(lying, asked)

    assert found.short == {3: 2, 9: 2}
    assert [each.quantity for each in found.left] == [8, 6, 0, 0]


def test_what_is_one_patient_s_serves_her_alone_and_is_left_to_nobody() -> None:
    ana, eva = 1, 2
    hers = Supply(product_id=1, quantity=4, until=None, opened_at=BEGIN, serves_one=True, only_for=ana)
    nobodys = Supply(product_id=1, quantity=5, until=day(9), opened_at=BEGIN, serves_one=True)
    ampoule = Supply(product_id=1, quantity=6, until=None, vial=6, serves_one=True)
    asked = [
        Demand(key=n, at=day(on), product_ids=frozenset({1}), quantity=3, patient_id=who)
        for n, (on, who) in enumerate([(1, eva), (1, ana), (2, ana), (3, eva), (4, eva)])
    ]

    found = serve([hers, nobodys, ampoule], asked)

    # Eva gets of the open one, Ana of her own and then of the ampoule; what is left of each is thrown away.
    assert found.short == {3: 3, 4: 3}
    assert [each.quantity for each in found.left] == [6, 6, 0, 0, 0]


def test_a_thousand_sessions_are_served_in_a_moment() -> None:
    lying = [Supply(product_id=n % 40, quantity=50, until=day(n)) for n in range(1, 200)]
    asked = [
        Demand(key=n, at=day(n // 8), product_ids=frozenset({n % 40, (n + 7) % 40}), quantity=3)
        for n in range(1_000)
    ]

    assert len(serve(lying, asked).short) < len(asked)
