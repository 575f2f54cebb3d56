"""Do the sums of counts agree, by whatever they are added up?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.count_report import GroupFound, Told, all_of, by_group
from stockroom.rules.valuing import Worth


def told(group: str, difference: int, minor: int | None = 100) -> Told:
    worth = None if minor is None else Worth(minor=minor, currency="EUR")
    return Told(group=group, difference=difference, worth=worth)


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([], []),
        ([told("A", 0)], [("A", 1, 0, None, None, 0)]),
        ([told("A", -1), told("A", 2, 300), told("A", 0)], [("A", 3, 2, 300, 100, 0)]),
        ([told("A", -1, None), told("A", -1)], [("A", 2, 2, None, 100, 1)]),
        (
            [told("a", 0), told("B", -1), told("C", -1, 900)],
            [("C", 1, 1, None, 900, 0), ("B", 1, 1, None, 100, 0), ("a", 1, 0, None, None, 0)],
        ),
    ],
)
def test_lines_are_added_up_and_the_greatest_loss_comes_first(
    lines: list[Told], found: list[tuple[object, ...]]
) -> None:
    def flat(row: GroupFound) -> tuple[object, ...]:
        more, less = (each.minor if each else None for each in (row.more, row.less))
        return (row.group, row.counted, row.differing, more, less, row.unknown)

    assert [flat(row) for row in by_group(lines)] == found


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.integers(-3, 3), st.none() | st.integers(0, 500))))
def test_every_grouping_adds_up_to_the_same(rows: list[tuple[str, int, int | None]]) -> None:
    lines = [told(*row) for row in rows]
    groups, whole = by_group(lines), all_of(lines)

    for side in ("more", "less"):
        parts = [getattr(each, side) for each in groups]
        assert sum(part.minor for part in parts if part) == (
            getattr(whole, side).minor if getattr(whole, side) else 0
        )
    assert sum(each.counted for each in groups) == whole.counted
    assert sum(each.unknown for each in groups) == whole.unknown
