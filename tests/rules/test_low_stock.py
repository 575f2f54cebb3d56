"""Is it said rightly whether what is on order brings a product back to its minimum in time?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.rules.low_stock import Coming, Supply, outlook

TODAY = date(2026, 5, 12)


def coming(count: int, due_in: int | None, *, ordered_ago: int = 3) -> Coming:
    return Coming(
        count=count,
        due_on=None if due_in is None else TODAY + timedelta(days=due_in),
        ordered_on=TODAY - timedelta(days=ordered_ago),
    )


@pytest.mark.parametrize(
    ("orders", "supply", "on_order", "due_in"),
    [
        ([], Supply.NOT_ORDERED, 0, None),
        ([coming(0, 3)], Supply.NOT_ORDERED, 0, None),
        ([coming(4, 0)], Supply.ORDERED, 4, 0),
        ([coming(4, 9), coming(2, 3)], Supply.ORDERED, 6, 3),
        ([coming(3, 2)], Supply.TOO_LITTLE, 3, 2),
        ([coming(4, -1)], Supply.OVERDUE, 4, -1),
        ([coming(2, -5)], Supply.OVERDUE, 2, -5),
        ([coming(4, -1), coming(4, 5)], Supply.ORDERED, 8, 5),
        ([coming(4, None)], Supply.ORDERED, 4, None),
        ([coming(4, None, ordered_ago=14)], Supply.ORDERED, 4, None),
        ([coming(4, None, ordered_ago=15)], Supply.OVERDUE, 4, None),
    ],
)
def test_a_product_that_is_low_is_seen_to_or_not(
    orders: list[Coming], supply: Supply, on_order: int, due_in: int | None
) -> None:
    found = outlook(usable_count=2, minimum_count=6, coming=orders, today=TODAY)

    due_on = None if due_in is None else TODAY + timedelta(days=due_in)
    assert (found.supply, found.on_order_count, found.due_on) == (supply, on_order, due_on)
