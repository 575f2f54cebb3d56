"""Is a lot's history booked again without a place ever running short?"""

from __future__ import annotations

import pytest

from stockroom.rules.reposting import groups_in_order

SHELF, VIAL = 1, 2


@pytest.mark.parametrize(
    ("changes", "groups"),
    [
        ([], ()),
        ([{SHELF: 10}, {SHELF: -5, VIAL: 5}, {VIAL: -5}], ((0,), (1,), (2,))),
        # The receipt that the use had drawn on was reversed, and another came after it.
        ([{SHELF: -5}, {SHELF: 10}], ((1,), (0,))),
        ([{SHELF: -5}, {VIAL: 1}, {SHELF: 10}], ((1,), (2,), (0,))),
        # Each waits for the other: together they leave nothing below zero.
        ([{SHELF: -5, VIAL: 5}, {SHELF: 5, VIAL: -5}, {VIAL: 1}], ((2,), (0, 1))),
    ],
)
def test_movements_are_put_into_an_order_that_never_runs_short(
    changes: list[dict[int, int]], groups: tuple[tuple[int, ...], ...]
) -> None:
    assert groups_in_order(changes) == groups
