"""Does a picture of a flow stay readable for three boxes and for three hundred?"""

from __future__ import annotations

from itertools import pairwise

import pytest

from stockroom.web.flow_picture import BOXES_MAX, Box, Column, draw_flow, layers


def _column(word: str, count: int, *, groups: int = 1) -> Column:
    boxes = tuple(
        Box(name=f"{word}{n}", title=f"{word} {n}", groups=(f"g{n % groups}",)) for n in range(count)
    )
    return Column(word=word, boxes=boxes)


def test_every_box_stands_in_its_column_and_none_over_another() -> None:
    picture = draw_flow(
        [_column("lot", 2), _column("session", 3)], [("lot0", "session0"), ("lot1", "session2")]
    )

    places = {(box.x, box.y) for box in picture.boxes}
    assert len(places) == 5
    assert len({box.x for box in picture.boxes}) == 2
    assert len(picture.lines) == 2
    assert all(box.y + 46 <= picture.height for box in picture.boxes)


@pytest.mark.parametrize(("groups", "shown"), [(3, 3), (BOXES_MAX + 1, 1)])
def test_a_column_that_is_too_long_shows_groups_and_their_lines_once(groups: int, shown: int) -> None:
    lines = [("lot0", f"session{n}") for n in range(300)]

    picture = draw_flow([_column("lot", 1), _column("session", 300, groups=groups)], lines)

    sessions = [box for box in picture.boxes if box.x > 0]
    assert len(sessions) == len(picture.lines) == shown
    assert sum(int(box.title.split()[0]) for box in sessions) == 300


def test_the_finest_groups_that_can_be_read_are_shown() -> None:
    boxes = tuple(
        Box(name=str(n), title=str(n), groups=(f"month {n % 24}", f"year {n % 24 // 12}")) for n in range(99)
    )

    picture = draw_flow([Column(word="session", boxes=boxes)], [])

    assert {box.detail for box in picture.boxes} == {"year 0", "year 1"}


def test_an_empty_column_and_a_line_to_nowhere_are_left_out() -> None:
    picture = draw_flow([_column("lot", 1), Column(word="none", boxes=())], [("lot0", "gone")])

    assert [head.word for head in picture.heads] == ["lot"]
    assert picture.lines == ()


def test_words_that_are_too_long_are_cut_and_kept_whole_beside_it() -> None:
    picture = draw_flow([Column(word="a", boxes=(Box(name="a", title="x" * 80),))], [])

    assert picture.boxes[0].title.endswith("…") and picture.boxes[0].whole == "x" * 80


@pytest.mark.parametrize(
    ("edges", "expected"),
    [
        ([("a", "b"), ("b", "c"), ("a", "c")], {"a": 0, "b": 1, "c": 2}),
        ([("a", "b"), ("b", "a")], {"a": 1, "b": 0}),
        ([("gone", "a")], {"a": 0, "b": 0, "c": 0}),
    ],
)
def test_a_layer_is_the_longest_way_and_a_circle_ends(
    edges: list[tuple[str, str]], expected: dict[str, int]
) -> None:
    assert expected.items() <= layers(edges, ["a", "b", "c"]).items()


def test_a_chain_of_thousands_is_no_danger() -> None:
    names = [str(n) for n in range(5_000)]

    depth = layers(pairwise(names), names)

    assert depth["4999"] == 4_999
