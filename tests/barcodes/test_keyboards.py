"""Is a code recognised that a scanner typed for another keyboard, and is nothing guessed?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.barcodes.keyboards import US, Layout, meant_on, other_meanings, typed_on
from stockroom.barcodes.scan import format_bracketed, format_scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable

TODAY = date(2026, 11, 22)
PACK = "]d201095201234567881730123110AB1\x1d217K9"


@pytest.mark.parametrize("layout", Layout)
def test_every_key_of_a_layout_writes_one_thing_and_means_it_back(layout: Layout) -> None:
    keys = [key for key in US if typed_on(layout, key)]

    assert len({typed_on(layout, key) for key in keys}) == len(keys) >= 92
    assert all(meant_on(layout, typed_on(layout, key)) == key for key in keys)


@given(text=st.text(alphabet=US.replace("`", "").replace("~", "") + "\x1d", max_size=60))
@pytest.mark.parametrize("layout", Layout)
def test_what_a_scanner_types_is_meant_back(layout: Layout, text: str) -> None:
    assert meant_on(layout, typed_on(layout, text)) == text


def test_a_letter_that_took_its_accent_with_it_is_two_keys() -> None:
    assert meant_on(Layout.SWEDISH, "ë0") == "]e0"
    assert meant_on(Layout.GERMAN, "À12") == "+A12"


def test_a_character_that_no_key_writes_was_not_typed_on_that_keyboard() -> None:
    assert meant_on(Layout.GERMAN, "LOT¿") is None
    assert [each.layout for each in other_meanings("¿A12")] == [Layout.SPANISH]


@pytest.mark.parametrize(
    "text",
    [PACK, "0109520123456788", "9520123456788", "SRC:7K4", "SRK:YES", "+A99912345/$$52001510X33"],
)
@pytest.mark.parametrize("layout", [Layout.FRENCH, Layout.BELGIAN])
def test_digits_that_became_signs_are_offered_for_repair_and_nothing_is_booked(
    layout: Layout, text: str
) -> None:
    scan = parse_scan(typed_on(layout, text), today=TODAY)

    (doubt,) = scan.doubts
    assert (scan.scheme, scan.gtin, scan.lot_number) == ("unknown", None, None)
    assert doubt.code == "other_keyboard"
    assert [format_scan(each) for each in doubt.readings] == [format_scan(parse_scan(text, today=TODAY))]


@pytest.mark.parametrize(
    "layout", [Layout.GERMAN, Layout.SPANISH, Layout.ITALIAN, Layout.SWEDISH, Layout.SWISS]
)
def test_the_symbology_identifier_betrays_a_keyboard_that_changes_few_keys(layout: Layout) -> None:
    scan = parse_scan(typed_on(layout, PACK), today=TODAY)

    (doubt,) = scan.doubts
    assert [format_bracketed(each) for each in doubt.readings] == [
        "(01)09520123456788(17)301231(10)AB1(21)7K9"
    ]


@pytest.mark.parametrize("text", ["çà va", "Ampoule 3 §", "àéà", "Ö", "naïve search"])
def test_words_in_another_language_are_no_code(text: str) -> None:
    try:
        assert parse_scan(text, today=TODAY).doubts == ()
    except ScanUnreadable as refusal:
        assert refusal.code == "stray_character"


def test_a_wrong_check_digit_is_not_repaired_by_another_keyboard() -> None:
    with pytest.raises(ScanUnreadable):
        parse_scan(typed_on(Layout.FRENCH, "0109520123456789"), today=TODAY)
