"""Is each line of a delivery for what is owed of its product, once, and is what is beyond it said?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.order_matching import Brought, OrderUndecided, Owed, check_decided, match
from stockroom.vocabulary import OrderChoice

FILLER, OTHER, THIRD = 1, 2, 3
KEEP, APART, UNDECIDED = OrderChoice.KEEP, OrderChoice.APART, OrderChoice.UNDECIDED


def came(n: int, count: int, product: int = FILLER, **more: object) -> Brought:
    return Brought(n=n, product_id=product, count=count, **more)  # type: ignore[arg-type]


def owes(line: int, count: int, product: int = FILLER) -> Owed:
    return Owed(line_id=line, product_id=product, owed_count=count)


@pytest.mark.parametrize(
    ("brought", "owed", "parts", "undecided"),
    [
        ([came(1, 4)], [owes(10, 4)], {(1, 10): 4}, {}),
        ([came(1, 3)], [owes(10, 4)], {(1, 10): 3}, {}),
        ([came(1, 6)], [owes(10, 4)], {(1, 10): 4}, {1: "over"}),
        ([came(1, 6, choice=KEEP)], [owes(10, 4)], {(1, 10): 6}, {}),
        ([came(1, 6)], [owes(10, 4), owes(11, 4)], {(1, 10): 4, (1, 11): 2}, {}),
        ([came(1, 3), came(2, 3)], [owes(10, 4)], {(1, 10): 3, (2, 10): 1}, {2: "over"}),
        ([came(1, 2, OTHER)], [owes(10, 4)], {}, {1: "not_ordered"}),
        ([came(1, 2, OTHER, choice=KEEP)], [owes(10, 4)], {}, {}),
        ([came(1, 4, choice=APART)], [owes(10, 4)], {}, {}),
        ([came(1, 4, is_free=True)], [owes(10, 4)], {}, {}),
        ([came(1, 0)], [owes(10, 4)], {}, {}),
        ([came(1, 4)], [], {}, {}),
        ([came(1, 4)], [owes(10, 0)], {}, {}),
    ],
)
def test_goods_are_for_what_is_owed_of_their_product(
    brought: list[Brought], owed: list[Owed], parts: dict[tuple[int, int], int], undecided: dict[int, str]
) -> None:
    found = match(brought, owed)

    assert {(part.n, part.line_id): part.count for part in found.parts} == parts
    assert {n: how.value for n, how in found.undecided.items()} == undecided


def test_what_nobody_has_decided_on_is_named_with_how_many() -> None:
    found = match([came(1, 6), came(2, 3, OTHER)], [owes(10, 4)])

    with pytest.raises(OrderUndecided) as refused:
        check_decided(found, {1: "Filler", 2: "Other"})

    assert refused.value.lines == ("1: Filler, over, 2", "2: Other, not ordered, 3")


_LINES = st.lists(
    st.tuples(
        st.integers(0, 9),
        st.sampled_from([FILLER, OTHER, THIRD]),
        st.sampled_from(list(OrderChoice)),
        st.booleans(),
    ),
    max_size=6,
)
_OWED = st.lists(st.tuples(st.integers(0, 9), st.sampled_from([FILLER, OTHER])), max_size=6)


@given(_LINES, _OWED)
def test_never_more_is_closed_than_came_nor_than_is_owed_unless_it_is_kept(
    lines: list[tuple[int, int, OrderChoice, bool]], owed: list[tuple[int, int]]
) -> None:
    brought = [
        came(n, count, product, choice=choice, is_free=free)
        for n, (count, product, choice, free) in enumerate(lines, start=1)
    ]
    owing = [owes(line, count, product) for line, (count, product) in enumerate(owed, start=10)]
    found = match(brought, owing)

    for each in brought:
        served = sum(part.count for part in found.of_line(each.n))
        assert served <= each.count
        assert served == 0 or each.may_serve
        beyond = found.over.get(each.n, 0) + found.not_ordered.get(each.n, 0)
        kept_over = each.choice is KEEP and each.n in found.over
        if each.may_serve:
            assert served + (0 if kept_over else beyond) == each.count
    for line in owing:
        kept = any(
            part.line_id == line.line_id and brought[part.n - 1].choice is KEEP for part in found.parts
        )
        assert kept or found.of_order_line(line.line_id) <= line.owed_count
    for part in found.parts:
        assert brought[part.n - 1].product_id == next(
            each.product_id for each in owing if each.line_id == part.line_id
        )
