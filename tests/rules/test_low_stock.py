"""Is it said rightly whether what is on order brings a product back to its minimum in time?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.notices import Severity
from stockroom.rules.low_stock import Coming, Supply, low_cause, outlook

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


@pytest.mark.parametrize(
    ("usable", "orders", "severity"),
    [
        (6, [], None),
        (2, [], Severity.WARNING),
        (2, [coming(4, 0)], Severity.NOTE),
        (2, [coming(4, -1)], Severity.WARNING),
        (0, [], Severity.URGENT),
        (0, [coming(6, 0)], Severity.WARNING),
        (0, [coming(6, -1)], Severity.URGENT),
    ],
)
def test_too_little_is_told_with_what_is_on_order(
    usable: int, orders: list[Coming], severity: Severity | None
) -> None:
    told = low_cause("product", usable_count=usable, minimum_count=6, coming=orders, today=TODAY)

    assert (told and told.severity) == severity


def test_it_is_worse_once_the_day_has_passed_and_worst_when_nothing_is_left() -> None:
    ranks = [
        low_cause("product", usable_count=usable, minimum_count=6, coming=orders, today=TODAY)
        for usable in (2, 0)
        for orders in ([coming(6, 0)], [], [coming(6, -1)])
    ]

    assert [told.rank for told in ranks if told] == [1, 2, 3, 4, 5, 6]


def test_it_says_when_it_is_due() -> None:
    told = low_cause("product", usable_count=2, minimum_count=6, coming=[coming(4, 0)], today=TODAY)

    assert told is not None
    assert told.facts == {"usable": 2, "minimum": 6, "supply": "ordered", "on_order": 4, "due_on": TODAY}
    assert told.says == "low/ordered/2026-05-12"
