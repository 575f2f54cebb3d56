"""Are check digits right, and is every GTIN brought to 14 digits?"""

from __future__ import annotations

import pytest

from stockroom.barcodes.gtin import check_digit, has_valid_check_digit, normalise_gtin, require_sscc
from stockroom.barcodes.unreadable import ScanUnreadable

WHOLE = ["02345673", "416000336108", "1234567890128", "12345678901231", "123456789012345675"]
WHOLE += ["9520123456788", "19520123456785", "9520000000011", "9520000000028", "9520000000035"]
SSCCS = ["157035381410375177", "357081300469846950", "370595680445154697", "376130321109103420"]


@pytest.mark.parametrize("number", [*WHOLE, *SSCCS])
def test_a_whole_number_is_whole_and_no_single_wrong_digit_passes(number):
    assert has_valid_check_digit(number)
    for place, digit in enumerate(number):
        for other in "0123456789".replace(digit, ""):
            assert not has_valid_check_digit(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("number", SSCCS)
def test_an_sscc_is_returned_unchanged(number):
    assert require_sscc(number) == number


def test_a_short_gtin_is_filled_to_14_digits():
    assert [normalise_gtin(text) for text in ("02345673", "416000336108", "9520123456788")] == [
        "00000002345673", "00416000336108", "09520123456788",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("952012345678x", "stray_character", 17),
        ("952012345678²", "stray_character", 17),
        ("95201234567", "wrong_number_of_digits", 5),
        ("", "wrong_number_of_digits", 5),
        ("9520123456780", "wrong_check_digit", 17),
    ],
)
def test_what_is_no_gtin_is_refused_with_its_place(text, code, position):
    with pytest.raises(ScanUnreadable) as refusal:
        normalise_gtin(text, position=5)

    assert (refusal.value.code, refusal.value.position) == (code, position)


@pytest.mark.parametrize("text", ["", "12a", "١٢٣", "²"])
def test_a_check_digit_needs_ascii_digits(text):
    with pytest.raises(ValueError, match="digits"):
        check_digit(text)
