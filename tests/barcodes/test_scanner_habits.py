"""Is a scan put right where one thing can be meant, and left or refused where several can?"""

from __future__ import annotations

import re
from datetime import date

import pytest

from stockroom.barcodes.keyboards import Layout, typed_on
from stockroom.barcodes.scan import parse_scan
from stockroom.barcodes.scanner_habits import (
    ScannerHabits,
    is_separator,
    put_right,
)
from stockroom.barcodes.unreadable import TypedForAnotherKeyboard
from stockroom.rules.setting_table import SEPARATOR, SETTINGS

TODAY = date(2026, 11, 22)
PACK = "]d201095201234567881730123110AB1\x1d217K9"


@pytest.mark.parametrize("separator", ["#", "~", "|", "@", "^", "{GS}", "^]", "\x1c", "\u241d"])
def test_a_replaced_separator_is_put_back(separator: str) -> None:
    assert is_separator(separator)
    assert put_right(PACK.replace("\x1d", separator), ScannerHabits(separator=separator), today=TODAY) == PACK


@pytest.mark.parametrize("separator", ["", "-", "A", "7", "$", "<GS>", " ", "(", "]", "#########", "\x1d"])
def test_what_a_code_may_hold_never_stands_for_a_separator(separator: str) -> None:
    assert not is_separator(separator)


@pytest.mark.parametrize(
    "text",
    [
        "Room #2",
        "#",
        "7K4#",
        "(01)09520123456788(10)A",
        "+A99912345/$$52001510X33",
        "SRC:7K4",
        "",
        "  ",
        "9520123456788",
    ],
)
def test_what_is_no_code_of_elements_keeps_its_characters(text: str) -> None:
    assert put_right(text, ScannerHabits(separator="#"), today=TODAY) == text


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("separator", ["\x1d", "#"])
def test_a_scanner_for_another_keyboard_is_put_right_where_one_meaning_is_sound(
    layout: Layout, separator: str
) -> None:
    arrives = typed_on(layout, PACK.replace("\x1d", "\x00")).replace("\x00", separator)
    habits = ScannerHabits(separator=separator.strip("\x1d"), layout=layout)

    assert put_right(arrives, habits, today=TODAY) == PACK


@pytest.mark.parametrize("layout", [Layout.GERMAN, Layout.SWISS])
def test_a_lot_that_may_be_either_is_refused_with_both(layout: Layout) -> None:
    meant = put_right("010952012345678810LOTY", ScannerHabits(layout=layout), today=TODAY)

    with pytest.raises(TypedForAnotherKeyboard) as refusal:
        parse_scan(meant, today=TODAY)

    assert refusal.value.as_it_stands == "(01)09520123456788(10)LOTY"
    assert refusal.value.as_meant == "(01)09520123456788(10)LOTZ"


def test_a_code_typed_by_hand_with_brackets_is_never_put_right() -> None:
    typed = "(01)09520123456788(10)LOTY"

    assert put_right(typed, ScannerHabits(layout=Layout.GERMAN, separator="#"), today=TODAY) == typed


def test_a_short_code_typed_by_hand_stays_as_it_was_typed() -> None:
    for text in ("7KY", "SRC:7KY", "Filler Y"):
        assert put_right(text, ScannerHabits(layout=Layout.GERMAN), today=TODAY) == text


def test_the_setting_takes_what_the_reading_takes_for_a_separator_and_every_layout() -> None:
    samples = [*map(chr, range(1, 0x180)), "{GS}", "^]", "A#", "#" * 8, "#" * 9, ""]

    taken = [each for each in samples if re.fullmatch(SEPARATOR, each)]

    assert taken == [each for each in samples if is_separator(each) or each == ""]
    (layout,) = (each for each in SETTINGS if each.name == "scanner_layout")
    assert layout.words == ("", *(each.value for each in Layout))
