"""Is every unreadable text refused by name and place, and never anything else?"""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stockroom.barcodes.scan import Scan, format_scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import Unreadable

TODAY = date(2026, 11, 22)
GS = "\x1d"
GTIN = "09520123456788"
EXAMPLES = 400

REFUSED = [
    # text, code, position
    ("", "empty_scan", 0),
    ("   ", "empty_scan", 0),
    (GS, "empty_scan", 0),
    ("]C1", "empty_scan", 3),
    ("9" * 4097, "scan_too_long", 4096),
    ("é" * 2049, "scan_too_long", 2049),
    (f"01{GTIN}10AB\r", "stray_character", 20),
    (f"01{GTIN}10A\x07B", "stray_character", 19),
    (f"01{GTIN}10AÉB", "stray_character", 19),
    (f"01{GTIN}10A B", "stray_character", 19),
    (f"01{GTIN}10A#B", "stray_character", 19),
    (f"]C101{GTIN}10A\x00B", "stray_character", 22),
    (f"01{GTIN}10A^", "stray_character", 19),
    ("hello\ud800", "stray_character", 5),
    ("\u0661" * 13, "stray_character", 0),
    (f"]L501{GTIN}", "unknown_symbology", 0),
    ("&,1", "scheme_not_read", 0),
    ("=/1AB370000007JC89=,000000=1234567890ABC00=>030329=}025226", "scheme_not_read", 0),
    ("9520123456789", "wrong_check_digit", 12),
    ("09520123456789", "wrong_check_digit", 13),
    ("02345674", "wrong_check_digit", 7),
    ("395201234000000011", "wrong_check_digit", 17),
    ("(01)09520123456789", "wrong_check_digit", 17),
    ("0109520123456789", "wrong_check_digit", 15),
    ("00395201234000000011", "wrong_check_digit", 19),
    (f"01{GTIN}4149520123456789", "wrong_check_digit", 31),
    ("]E09520123456789", "wrong_check_digit", 15),
    ("]E0952012345678", "wrong_check_digit", 14),
    ("]E095201234567", "wrong_number_of_digits", 3),
    ("00000000", "wrong_number_of_digits", 0),
    ("0100000000000000", "element_unreadable", 2),
    ("95201234567", "wrong_number_of_digits", 0),
    ("95201234567889520123456788", "wrong_number_of_digits", 0),
    ("010952012345", "wrong_check_digit", 11),
    ("01095201234", "element_truncated", 11),
    (f"01{GTIN}17280", "element_truncated", 21),
    (f"01{GTIN}10", "element_truncated", 18),
    (f"01{GTIN}10{GS}21A", "element_truncated", 18),
    (f"(01){GTIN}(10)", "element_truncated", 22),
    (f"01{GTIN}10{'A' * 21}", "element_too_long", 38),
    (f"01{GTIN}10{'A' * 21}{GS}21S", "element_too_long", 38),
    (f"01{GTIN}21{'A' * 21}", "element_too_long", 38),
    (f"(01){GTIN}(10){'A' * 21}", "element_too_long", 42),
    (f"01{GTIN}700328063015301", "element_too_long", 30),
    (f"01{GTIN}30123456789", "element_too_long", 26),
    (f"01{GTIN}300", "element_unreadable", 18),
    (f"01{GTIN}17280230", "impossible_date", 18),
    (f"01{GTIN}17281331", "element_unreadable", 18),
    (f"01{GTIN}17280032", "element_unreadable", 18),
    (f"01{GTIN}17280001", "impossible_date", 18),
    (f"01{GTIN}70032806001530", "impossible_date", 20),
    (f"01{GTIN}70032806302400", "impossible_date", 20),
    (f"01{GTIN}70032806302360", "impossible_date", 20),
    (f"01{GTIN}800826010008", "impossible_date", 20),
    (f"01{GTIN}05X", "unknown_element", 16),
    ("(77)123", "unknown_element", 0),
    ("[x", "unknown_element", 0),
    (f"01{GTIN}10A{GS}10B", "elements_contradict", 22),
    (f"01{GTIN}10A{GS}10a", "elements_contradict", 22),
    (f"01{GTIN}17280630{GS}17280631", "impossible_date", 27),
    (f"01{GTIN}1728063017280629", "elements_contradict", 26),
    (f"01{GTIN}0209520000000011", "elements_contradict", 18),
    (f"01{GTIN}172806307003280629" + "1530", "elements_contradict", 28),
    (f"01{GTIN}10AB01{GTIN}10AB", "codes_run_together", 20),
    (f"01{GTIN}10LOTNUMBER12301{GTIN}10LOTNUMBER123", "codes_run_together", 30),
    ("https://example.com/", "link_unreadable", 0),
    ("http://[", "link_unreadable", 0),
    ("https://id.gs1.org/01/952012345", "link_unreadable", 22),
    (f"https://id.gs1.org/01/{GTIN}/21/S/10/A", "link_unreadable", 0),
    (f"01{GTIN}3712", "elements_contradict", 18),
    (f"02{GTIN}", "element_missing", 2),
    ("003952012340000000103712", "element_missing", 22),
    (f"01{GTIN}4331000210", "element_missing", 20),
    ("00395201234000000010710PZN", "element_missing", 23),
    (f"01{GTIN}21S{GS}235X", "elements_contradict", 23),
    ("]E004252615", "wrong_check_digit", 10),
    ("]E024252614", "wrong_number_of_digits", 3),
    (f"https://id.gs1.org/01/{GTIN}?17=280630&17=290630", "elements_contradict", 40),
    (f"https://id.gs1.org/01/{GTIN}?17=", "element_truncated", 40),
    (f"https://id.gs1.org/01/{GTIN}?30=%D9%A1", "stray_character", 40),
    ("https://id.gs1.org/01/09520123456789", "wrong_check_digit", 35),
    ("https://id.gs1.org/01/80088008", "wrong_check_digit", 29),
    ("https://id.gs1.org/01/0952012345678%38", "link_unreadable", 0),
    (f"]Q1https://id.gs1.org/01/{GTIN}/10/A%20B", "link_unreadable", 3),
    ("SRX:7K4", "label_unreadable", 2),
    ("SRC:7O4", "label_unreadable", 5),
    ("SRC:", "label_unreadable", 4),
]


@pytest.mark.parametrize(("text", "code", "position"), REFUSED, ids=range(len(REFUSED)))
def test_an_unreadable_text_is_refused_by_name_and_place(text, code, position):
    with pytest.raises(ScanUnreadable) as refusal:
        parse_scan(text, today=TODAY)

    assert (refusal.value.code, refusal.value.position) == (code, position)
    assert isinstance(refusal.value, Unreadable)
    assert len(str(refusal.value)) < 300


VALID = [
    f"]d201{GTIN}1728063010A213B1{GS}211234",
    f"01{GTIN}10A213B1172806302112345",
    f"(01){GTIN}(17)280600(10)ABC(21)X",
    f"https://id.gs1.org/01/{GTIN}/10/ABC/21/9?17=280600",
    "9520123456788",
    "395201234000000010",
    "SRC:7K4",
    f"01{GTIN}70032806301530{GS}10A(1)",
]
FRAGMENTS = st.sampled_from(
    (
        "01", "10", "11", "17", "21", "7003", "00", "310", "8008", "395", "9", "A", "%", "+", "(", ")", "[",
        GS, GTIN, "280630", "280600", "]C1", "]E0", "SRC:", "https://id.gs1.org/01/", "/10/", "?17=", "é",
        "\x1e", "\ud800",
    )
)  # fmt: skip


def value_or_typed_error(text: str) -> Scan | None:
    """The scan, or None after a refusal that names a place in the text."""
    try:
        return parse_scan(text, today=TODAY)
    except ScanUnreadable as refusal:
        assert 0 <= refusal.position <= len(text)
        assert str(refusal)
        return None


@settings(max_examples=EXAMPLES, deadline=2000)
@given(st.text(max_size=4096))
def test_any_text_gives_a_scan_or_a_typed_refusal(text):
    value_or_typed_error(text)


@settings(max_examples=EXAMPLES, deadline=2000)
@given(st.lists(FRAGMENTS, max_size=60).map("".join))
def test_any_heap_of_fragments_of_codes_gives_a_scan_or_a_typed_refusal(text):
    value_or_typed_error(text)


@settings(max_examples=EXAMPLES, deadline=2000)
@given(st.sampled_from(VALID), st.integers(0, 80), st.integers(0, 3), st.text(max_size=3) | FRAGMENTS)
@example(VALID[0], 0, 3, "]C1")
def test_a_damaged_code_gives_a_scan_or_a_typed_refusal_and_a_scan_keeps_its_facts_when_written(
    code, at, dropped, inserted
):
    scan = value_or_typed_error(code[:at] + inserted + code[at + dropped :])

    if scan is not None and scan.scheme == "gs1":
        again = parse_scan(format_scan(scan), today=TODAY)
        assert again.elements == scan.elements
        assert (again.gtin, again.expires_on, again.serial) == (scan.gtin, scan.expires_on, scan.serial)


@pytest.mark.parametrize(
    "text",
    [
        "01" + GTIN + "10" + "17280630" * 500,
        "01" + GTIN + "10" + "1021" * 1000,
        "10" + "1117" * 1000,
        "10A17280630" + "91A" * 1300,
        "10" + "21" * 9 + "17280630" + "3100123456" * 400,
        ("01" + GTIN) * 250,
        "(10)" * 1000,
        "[01]" * 1000,
        "https://id.gs1.org/" + "01/" * 1300,
        "https://id.gs1.org/01/" + GTIN + "?" + "17=280630&" * 400,
        "3100123456" * 400,
    ],
    ids=range(11),
)
def test_a_long_text_made_to_be_slow_is_answered_at_once(text):
    assert len(text) <= 4096
    began = time.process_time()

    value_or_typed_error(text)

    assert time.process_time() - began < 1
