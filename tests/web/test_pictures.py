"""Do numbers become bars that fit, stand on the base line and can be read?"""

from __future__ import annotations

import pytest

from stockroom.web.pictures import HEIGHT, WIDTH, Column, bars_of


def _columns(*values: int) -> list[Column]:
    return [Column(label=str(n), words=f"{n}: {value}", value=value) for n, value in enumerate(values)]


@pytest.mark.parametrize("values", [(), (0, 0), (1,), (3, 7, 2), (4999, 1), tuple(range(40))])
def test_every_bar_lies_in_the_drawing_and_stands_on_the_base(values: tuple[int, ...]) -> None:
    picture = bars_of("a", "A", "b", _columns(*values))

    assert len(picture.bars) == len(values)
    for bar in picture.bars:
        assert picture.left <= bar.x and bar.x + bar.width <= WIDTH
        assert bar.y >= 0
        assert bar.y + bar.height == picture.base < HEIGHT


def test_a_small_number_is_seen_and_zero_is_not() -> None:
    heights = [bar.height for bar in bars_of("a", "A", "b", _columns(100_000, 1, 0)).bars]

    assert heights[1] == 1 and heights[2] == 0


@pytest.mark.parametrize(
    ("highest", "rungs"),
    [(0, [0, 1]), (1, [0, 1]), (5, [0, 1, 2, 3, 4, 5]), (7, [0, 2, 4, 6, 8]), (48, [0, 10, 20, 30, 40, 50])],
)
def test_rungs_are_round_numbers_that_no_bar_exceeds(highest: int, rungs: list[int]) -> None:
    assert [rung.value for rung in bars_of("a", "A", "b", _columns(highest)).rungs] == rungs
