"""Is what a spreadsheet did to a lot number told from what is printed on a pack?"""

from __future__ import annotations

import pytest

from stockroom.tables.shapes import looks_broken, looks_like_day, looks_like_number


@pytest.mark.parametrize("text", ["1E5", "1e5", "1E+05", "1,23457E+11", "1.23457E+11", "-2E3", "########"])
def test_the_shape_of_a_long_number_is_known(text: str) -> None:
    assert looks_like_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "03-05", "3/5", "3.5.", "05-Mar", "5. Mär 2026", "03-05-26", "03.05.2026", "2026-05-03", "2026-05-03 00:00:00",
        "Mar-26", "мар 26", "05-May", "12:30", "2026/5", "1-Dez",
    ],
)  # fmt: skip
def test_the_shape_of_a_day_is_known(text: str) -> None:
    assert looks_like_day(text)


@pytest.mark.parametrize(
    "text",
    [
        "00123",
        "123",
        "L-03-05",
        "1E5A",
        "E5",
        "A1B2",
        "03-05-X",
        "123456-7",
        "12MAY",
        "LOT 5",
        "26-103",
        "JAN",
        "B.5",
    ],
)
def test_what_packs_carry_is_left_alone(text: str) -> None:
    assert not looks_like_number(text)
    assert not looks_like_day(text)
    assert not looks_broken(text)


def test_an_error_of_a_spreadsheet_is_known() -> None:
    assert all(map(looks_broken, ("#N/A", "#NAME?", "#REF!", "#WERT!", "#VALUE!", "#DIV/0!")))
