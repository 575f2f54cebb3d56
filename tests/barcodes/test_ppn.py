"""Does a PPN in its envelope give exactly what is printed, whatever control characters the scanner dropped?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stockroom.barcodes.scan import Scan, format_scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable

TODAY = date(2026, 11, 22)
GS, RS, EOT = "\x1d", "\x1e", "\x04"
PPN = "110375286414"
PUBLISHED = f"[)>{RS}06{GS}9N{PPN}{GS}1T12345ABCDE{GS}D160617{GS}S12345ABCDEF98765{RS}{EOT}"
EXPECTED = {
    "product_code": PPN,
    "lot_number": "12345ABCDE",
    "expires_on": date(2016, 6, 17),
    "serial": "12345ABCDEF98765",
}


def facts(scan: Scan) -> dict[str, object]:
    names = ("gtin", "product_code", "lot_number", "expires_on", "produced_on", "serial")
    return {name: value for name in names if (value := getattr(scan, name)) is not None}


@pytest.mark.parametrize(
    "text",
    [
        PUBLISHED,
        PUBLISHED.removesuffix(EOT),
        PUBLISHED.replace(RS, "").replace(EOT, ""),
        PUBLISHED.replace(f"{RS}{EOT}", f"{GS}{RS}{EOT}"),
        "]d1" + PUBLISHED,
        f"[)>{RS}06{GS}1T12345ABCDE{GS}S12345ABCDEF98765{GS}D160617{GS}9N{PPN}{RS}{EOT}",
    ],
)
def test_the_published_code_is_read_with_or_without_the_ends_of_its_envelope(text):
    scan = parse_scan(text, today=TODAY)

    assert (scan.scheme, facts(scan), scan.item_code) == ("ppn", EXPECTED, PPN)
    assert format_scan(scan) == PUBLISHED


def test_a_separator_of_the_clinics_own_is_read():
    assert facts(parse_scan(PUBLISHED.replace(GS, "|"), today=TODAY, separators=("|",))) == EXPECTED


def test_the_further_fields_are_read_or_kept():
    scan = parse_scan(
        f"[)>{RS}06{GS}9N{PPN}{GS}D280200{GS}16D20260102{GS}8P9520123456788{GS}27Q12.50", today=TODAY
    )

    assert facts(scan) == {
        "product_code": PPN,
        "gtin": "09520123456788",
        "expires_on": date(2028, 2, 29),
        "produced_on": date(2026, 1, 2),
    }
    assert [(one.ai, one.value) for one in scan.others] == [("27Q", "12.50")]
    assert scan.item_code == PPN


def test_gs1_elements_in_the_envelope_are_read_as_such():
    scan = parse_scan(f"[)>{RS}05{GS}0109520123456788{GS}10A1{RS}{EOT}", today=TODAY)

    assert (scan.scheme, scan.gtin, scan.lot_number) == ("gs1", "09520123456788", "A1")


REFUSED = [
    # text, code, position
    ("[)>", "element_truncated", 3),
    (f"[)>{RS}0", "element_truncated", 3),
    (f"[)>{RS}12{GS}X", "scheme_not_read", 0),
    (f"[)>{RS}06{GS}", "unknown_element", 7),
    (f"[)>{RS}06{GS}1TA1", "element_missing", 7),
    (f"[)>{RS}06{GS}9N110375286415", "wrong_check_character", 19),
    (f"[)>{RS}06{GS}9N11", "element_truncated", 11),
    (f"[)>{RS}06{GS}9N{'1' * 23}", "element_too_long", 31),
    (f"[)>{RS}06{GS}9N1103752864a4", "stray_character", 19),
    (f"[)>{RS}06{GS}9N{PPN}{GS}1T", "element_truncated", 24),
    (f"[)>{RS}06{GS}9N{PPN}{GS}1T{'A' * 21}", "element_too_long", 44),
    (f"[)>{RS}06{GS}9N{PPN}{GS}1TA B", "stray_character", 25),
    (f"[)>{RS}06{GS}9N{PPN}{GS}D28063", "element_unreadable", 23),
    (f"[)>{RS}06{GS}9N{PPN}{GS}D281301", "impossible_date", 23),
    (f"[)>{RS}06{GS}9N{PPN}{GS}16D20261301", "impossible_date", 25),
    (f"[)>{RS}06{GS}9N{PPN}{GS}1TA{GS}1TB", "elements_contradict", 28),
    (f"[)>{RS}06{GS}9N{PPN}{GS}8P9520123456789", "wrong_check_digit", 36),
    (f"[)>{RS}06{GS}9N{PPN}{GS}-X", "unknown_element", 22),
    (f"[)>{RS}06{GS}9N{PPN}1T12345ABCDED160617", "element_too_long", 31),
    (f"[)>{RS}06{GS}9N{PPN}{GS}1TA\x07", "stray_character", 25),
    (f"9N{PPN}{RS}", "stray_character", 14),
]


@pytest.mark.parametrize(("text", "code", "position"), REFUSED, ids=range(len(REFUSED)))
def test_a_damaged_code_is_refused_by_name_and_place(text, code, position):
    with pytest.raises(ScanUnreadable) as refusal:
        parse_scan(text, today=TODAY)

    assert (refusal.value.code, refusal.value.position) == (code, position)


@settings(max_examples=500)
@given(st.text(alphabet=f"0123456789NTDSPQ.{GS}{RS}{EOT}", max_size=60))
def test_any_body_gives_a_scan_or_a_typed_refusal_and_a_scan_its_canonical_text(body):
    try:
        scan = parse_scan(f"[)>{RS}06{GS}9N{PPN}{GS}{body}", today=TODAY)
    except ScanUnreadable as refusal:
        assert 0 <= refusal.position <= len(body) + 22
        return
    again = parse_scan(format_scan(scan), today=TODAY)
    assert (facts(again), again.others, again.text) == (facts(scan), scan.others, scan.text)
