"""Does an HIBC code give exactly what its maker printed, and is a damaged one refused by name and place?"""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockroom.barcodes.hibc import normalise_primary
from stockroom.barcodes.scan import Scan, format_scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable

TODAY = date(2026, 11, 22)
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"


def whole(text: str) -> str:
    """The text with its check character, worked out here by the standard's rule."""
    return text + ALPHABET[sum(ALPHABET.find(character) for character in text) % 43]


def facts(scan: Scan) -> dict[str, object]:
    names = (
        "gtin", "product_code", "lot_number", "expires_on", "expires_at", "produced_on", "serial", "quantity",
        "link",
    )  # fmt: skip
    return {name: value for name in names if (value := getattr(scan, name)) is not None}


PACK = {"product_code": "A99912345"}

PUBLISHED = [
    # text as published, facts
    ("+A99912345/$$52001510X33", PACK | {"lot_number": "10X3", "expires_on": date(2020, 1, 15)}),
    (
        "+A99912345/$10X3/16D20111231/14D202001313",
        PACK | {"lot_number": "10X3", "produced_on": date(2011, 12, 31), "expires_on": date(2020, 1, 31)},
    ),
    (
        "+J123AQ3451/$$3231231BC34567/S4012R",
        {
            "product_code": "J123AQ3451", "lot_number": "BC34567", "expires_on": date(2023, 12, 31),
            "serial": "4012",
        },
    ),
    ("+$$02231162074ZA", {"lot_number": "1162074", "expires_on": date(2023, 2, 28), "link": "Z"}),
]  # fmt: skip

FORMS = [
    # secondary structure, facts
    ("$L1", {"lot_number": "L1"}),
    ("$L-1.2", {"lot_number": "L-1.2"}),
    ("$$0228L1", {"lot_number": "L1", "expires_on": date(2028, 2, 29)}),
    ("$$1227", {"expires_on": date(2027, 12, 31)}),
    ("$$2063028L1", {"lot_number": "L1", "expires_on": date(2028, 6, 30)}),
    ("$$3280630L1", {"lot_number": "L1", "expires_on": date(2028, 6, 30)}),
    ("$$428063015L1", {"lot_number": "L1", "expires_at": datetime(2028, 6, 30, 15)}),
    ("$$528060L1", {"lot_number": "L1", "expires_on": date(2028, 2, 29)}),
    ("$$62836623L1", {"lot_number": "L1", "expires_at": datetime(2028, 12, 31, 23)}),
    ("$$7L1", {"lot_number": "L1"}),
    ("28060L1", {"lot_number": "L1", "expires_on": date(2028, 2, 29)}),
    ("$$8243280630L1", {"lot_number": "L1", "expires_on": date(2028, 6, 30), "quantity": 24}),
    ("$$8240628L1", {"lot_number": "L1", "expires_on": date(2028, 6, 30), "quantity": 24}),
    ("$$9001007L1", {"lot_number": "L1", "quantity": 100}),
    ("$$824", {"quantity": 24}),
    ("$+S1", {"serial": "S1"}),
    ("$$+0628S1", {"serial": "S1", "expires_on": date(2028, 6, 30)}),
    ("$$+3280630S1", {"serial": "S1", "expires_on": date(2028, 6, 30)}),
    ("$$+7S1", {"serial": "S1"}),
    ("$L1/SX9/Q12", {"lot_number": "L1", "serial": "X9", "quantity": 12}),
    ("$$0628L1/14D20280615", {"lot_number": "L1", "expires_on": date(2028, 6, 15)}),
    ("$L1/25SABC", {"lot_number": "L1"}),
]


@pytest.mark.parametrize(("text", "expected"), PUBLISHED)
def test_a_published_code_is_read_as_published(text, expected):
    scan = parse_scan(text, today=TODAY)

    assert (scan.scheme, facts(scan), scan.doubts) == ("hibc", expected, ())


@pytest.mark.parametrize(("secondary", "expected"), FORMS)
def test_every_form_of_the_secondary_structure_is_read_behind_the_primary(secondary, expected):
    scan = parse_scan(whole(f"+A99912345/{secondary}"), today=TODAY)

    assert facts(scan) == PACK | expected


@pytest.mark.parametrize(("secondary", "expected"), FORMS)
def test_every_form_is_read_on_a_label_of_its_own_with_the_link_to_its_primary(secondary, expected):
    scan = parse_scan(whole(f"+{secondary}7"), today=TODAY)

    assert facts(scan) == expected | {"link": "7"}


@pytest.mark.parametrize(
    "text",
    ["+A999123457", "]C0+A999123457", "]A0+A999123457", "]d1+A999123457", "*+A999123457*", " +A999123457 "],
)
def test_a_primary_code_names_the_pack_in_any_carrier(text):
    scan = parse_scan(text, today=TODAY)

    assert (facts(scan), scan.check, scan.item_code) == (PACK, "7", "A99912345")


def test_a_check_character_that_is_a_space_is_read_as_scanned_or_as_printed():
    body = next(text for one in ALPHABET[:36] if whole(text := f"+A999B{one}5")[-1] == " ")

    for text in (body + " ", body + "_", f"*{body}_*"):
        assert parse_scan(text, today=TODAY).product_code == body[1:]


def test_what_has_no_field_is_kept_by_its_identifier():
    (other,) = parse_scan(whole("+A99912345/$L1/25SABC"), today=TODAY).others

    assert (other.ai, other.value, other.position) == ("25S", "ABC", 18)


REFUSED = [
    # text, code, position
    ("+A99912345/$$52001510X34", "wrong_check_character", 23),
    ("+A99912345/$$52001510X", "wrong_check_character", 21),
    ("]C0+A99912345/$$52001510X34", "wrong_check_character", 26),
    ("+A999123458", "wrong_check_character", 10),
    ("+a999123457", "stray_character", 1),
    ("+A99912345\x1d7", "stray_character", 10),
    ("+", "element_truncated", 1),
    ("+A", "element_truncated", 2),
    (whole("+"), "element_truncated", 2),
    (whole("+7"), "element_truncated", 2),
    (whole("+A9991"), "element_truncated", 6),
    (whole("+A9991234A"), "element_unreadable", 9),
    (whole("+A999" + "1" * 20), "element_too_long", 24),
    (whole("+A99-12345"), "stray_character", 4),
    (whole("+A99912345/"), "element_truncated", 11),
    (whole("+A99912345/L1"), "element_truncated", 13),
    (whole("+A99912345/L123456"), "element_unreadable", 11),
    (whole("+A99912345/$"), "element_truncated", 12),
    (whole("+A99912345/$$"), "element_unreadable", 13),
    (whole("+A99912345/$$A"), "element_unreadable", 13),
    (whole("+A99912345/$$13"), "element_truncated", 15),
    (whole("+A99912345/$$1326L1"), "impossible_date", 13),
    (whole("+A99912345/$$0026L1"), "impossible_date", 13),
    (whole("+A99912345/$$2023028L1"), "impossible_date", 14),
    (whole("+A99912345/$$3280600L1"), "impossible_date", 14),
    (whole("+A99912345/$$428063024L1"), "impossible_date", 14),
    (whole("+A99912345/$$527366L1"), "impossible_date", 14),
    (whole("+A99912345/$$528000L1"), "impossible_date", 14),
    (whole("+A99912345/$$800L1"), "element_unreadable", 14),
    (whole("+A99912345/$$82"), "element_truncated", 15),
    (whole("+A99912345/$" + "L" * 19), "element_too_long", 30),
    (whole("+A99912345/$L%1"), "stray_character", 13),
    (whole("+A99912345/$L1/"), "element_truncated", 15),
    (whole("+A99912345/$L1/S"), "element_truncated", 16),
    (whole("+A99912345/$L1/Q0"), "element_unreadable", 16),
    (whole("+A99912345/$L1/Q1234567890"), "element_too_long", 25),
    (whole("+A99912345/$L1/14D2028061"), "element_truncated", 25),
    (whole("+A99912345/$L1/14D20280631"), "impossible_date", 18),
    (whole("+A99912345/$L1/14D202806301"), "element_too_long", 26),
    (whole("+A99912345/$$3280630L1/14D20280629"), "elements_contradict", 26),
    (whole("+A99912345/$+S1/SS2"), "elements_contradict", 17),
]


@pytest.mark.parametrize(("text", "code", "position"), REFUSED, ids=range(len(REFUSED)))
def test_a_damaged_code_is_refused_by_name_and_place(text, code, position):
    with pytest.raises(ScanUnreadable) as refusal:
        parse_scan(text, today=TODAY)

    assert (refusal.value.code, refusal.value.position) == (code, position)
    assert len(str(refusal.value)) < 300


@settings(max_examples=500)
@given(st.text(alphabet=ALPHABET, max_size=60))
def test_any_text_with_a_sound_check_character_gives_a_scan_or_a_typed_refusal(text):
    try:
        scan = parse_scan(whole("+" + text), today=TODAY)
    except ScanUnreadable as refusal:
        assert 0 <= refusal.position <= len(text) + 2
        return
    again = parse_scan(format_scan(scan), today=TODAY)
    assert (facts(again), format_scan(again)) == (facts(scan), format_scan(scan))


@settings(max_examples=300)
@given(st.sampled_from([text for text, _ in PUBLISHED]), st.integers(1, 40), st.sampled_from(ALPHABET))
def test_one_character_misread_is_always_noticed(text, at, character):
    at %= len(text)
    damaged = text[:at] + character + text[at + 1 :]
    if damaged == text or at == 0:
        return

    with pytest.raises(ScanUnreadable):
        parse_scan(damaged, today=TODAY)


@pytest.mark.parametrize("typed", ["+A999123457", "A99912345", "a99912345"])
def test_a_primary_code_is_kept_in_one_form(typed):
    assert normalise_primary(typed) == "A99912345"


@pytest.mark.parametrize("typed", ["", "A999", "A9991234X", "99912345", "+A999123458", "Ä99912345"])
def test_what_is_no_primary_code_is_not_kept(typed):
    with pytest.raises(ScanUnreadable):
        normalise_primary(typed)
