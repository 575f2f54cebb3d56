"""Does a scanned text give exactly the facts on the label?"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from stockroom.barcodes.elements import Element, write_bracketed, write_element_string
from stockroom.barcodes.own_labels import LabelKind, OwnLabel
from stockroom.barcodes.scan import Scan, format_bracketed, format_scan, gs1_elements, parse_scan

TODAY = date(2026, 11, 22)
GS = "\x1d"
GTIN = "09520123456788"


def facts(scan: Scan) -> dict[str, object]:
    """The facts that are there, without the text that they came from."""
    names = ("gtin", "product_code", "lot_number", "expires_on", "expires_at", "produced_on", "serial")
    names += ("quantity", "sscc")
    return {name: value for name in names if (value := getattr(scan, name)) is not None}


FDA_SAMPLE = {
    "gtin": "51022222233336",
    "produced_on": date(2014, 12, 31),
    "expires_on": date(2015, 7, 7),
    "lot_number": "A213B1",
    "serial": "1234",
}
ABC = {"gtin": GTIN, "lot_number": "ABC"}

READ = [
    # text, scheme, facts
    (f"01{GTIN}10ABC", "gs1", ABC),
    (f"]C101{GTIN}10ABC", "gs1", ABC),
    (f"]d201{GTIN}10ABC", "gs1", ABC),
    (f"]Q301{GTIN}10ABC", "gs1", ABC),
    (f"]e001{GTIN}10ABC", "gs1", ABC),
    (f"]J101{GTIN}10ABC", "gs1", ABC),
    (f"]d101{GTIN}10ABC", "gs1", ABC),
    (f"]C001{GTIN}10ABC", "gs1", ABC),
    (f"{GS}01{GTIN}10ABC{GS}", "gs1", ABC),
    (f"  01{GTIN}10ABC ", "gs1", ABC),
    (f"01{GTIN}10ABC{GS}10ABC", "gs1", ABC),
    (f"10ABC{GS}01{GTIN}", "gs1", ABC),
    (f"01{GTIN}10aBc/-_", "gs1", {"gtin": GTIN, "lot_number": "aBc/-_"}),
    (f"]d2011231231231233310ABC123{GS}99TESTING", "gs1", {"gtin": "12312312312333", "lot_number": "ABC123"}),
    ("01510222222333361114123117150707" + f"10A213B1{GS}211234", "gs1", FDA_SAMPLE),
    ("(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234", "gs1", FDA_SAMPLE),
    ("(01) 51022222233336 (11) 141231 (17) 150707 (10) A213B1 (21) 1234", "gs1", FDA_SAMPLE),
    ("[01]51022222233336[10]A(21)B", "gs1", {"gtin": "51022222233336", "lot_number": "A(21)B"}),
    (f"(01){GTIN}(10)A(B)", "gs1", {"gtin": GTIN, "lot_number": "A(B)"}),
    (f"https://id.gs1.org/01/{GTIN}/10/ABC?17=280600", "gs1", ABC | {"expires_on": date(2028, 6, 30)}),
    (f"]Q1https://example.com/a/b/01/{GTIN}/10/ABC?utm=x#top", "gs1", ABC),
    ("HTTPS://EXAMPLE.COM/01/9520123456788/10/A%2FB", "gs1", {"gtin": GTIN, "lot_number": "A/B"}),
    (f"01{GTIN}17280600", "gs1", {"gtin": GTIN, "expires_on": date(2028, 6, 30)}),
    (f"01{GTIN}17280200", "gs1", {"gtin": GTIN, "expires_on": date(2028, 2, 29)}),
    (f"01{GTIN}70032806301530", "gs1", {"gtin": GTIN, "expires_at": datetime(2028, 6, 30, 15, 30)}),
    (f"01{GTIN}800826010208", "gs1", {"gtin": GTIN, "produced_on": date(2026, 1, 2)}),
    (f"01{GTIN}3012", "gs1", {"gtin": GTIN, "quantity": 12}),
    (
        f"0039520123400000001002{GTIN}3724",
        "gs1",
        {"gtin": GTIN, "sscc": "395201234000000010", "quantity": 24},
    ),
    ("9520123456788", "gtin", {"gtin": GTIN}),
    (GTIN, "gtin", {"gtin": GTIN}),
    ("]E09520123456788", "gtin", {"gtin": GTIN}),
    ("]I119520123456785", "gtin", {"gtin": "19520123456785"}),
    ("9520000000011", "gtin", {"gtin": "09520000000011"}),
    ("96385074", "gtin", {"gtin": "00000096385074"}),
    ("]E402345673", "gtin", {"gtin": "00000002345673"}),
    ("04252614", "gtin", {"gtin": "00042100005264"}),
    ("]E004252614", "gtin", {"gtin": "00042100005264"}),
    ("416000336108", "gtin", {"gtin": "00416000336108"}),
    ("395201234000000010", "sscc", {"sscc": "395201234000000010"}),
    ("00157035381410375177", "gs1", {"sscc": "157035381410375177"}),
    ("17281231101235", "gs1", {"expires_on": date(2028, 12, 31), "lot_number": "1235"}),
    ("]C117281231101234", "gs1", {"expires_on": date(2028, 12, 31), "lot_number": "1234"}),
    ("]C195123", "gs1", {}),
    ("]C195AB", "gs1", {}),
    ("SRC:7K4", "stockroom", {"product_code": "SRC:7K4"}),
    ("srp:h4rt", "stockroom", {"product_code": "SRP:H4RT"}),
    ("]C0SRT:7K4", "stockroom", {"product_code": "SRT:7K4"}),
    ("hello", "unknown", {}),
    ("7K4", "unknown", {}),
    ("95AB", "unknown", {}),
]


@pytest.mark.parametrize(("text", "scheme", "expected"), READ)
def test_a_text_gives_the_facts_on_its_label_and_no_others(text, scheme, expected):
    scan = parse_scan(text, today=TODAY)

    assert (scan.scheme, facts(scan), scan.doubts, scan.raw) == (scheme, expected, (), text)


@pytest.mark.parametrize("text", [text for text, _, _ in READ])
def test_the_canonical_text_of_a_reading_says_the_same_and_is_its_own_canonical_text(text):
    first = parse_scan(text, today=TODAY)

    for write in (format_scan, format_bracketed):
        again = parse_scan(write(first), today=TODAY)
        assert (again.scheme, facts(again), again.elements, again.label) == (
            first.scheme, facts(first), first.elements, first.label,
        )  # fmt: skip
        assert write(again) == write(first)


def test_elements_without_a_field_of_their_own_are_kept():
    scan = parse_scan(f"01{GTIN}15270101240REF-1{GS}91X", today=TODAY)

    assert scan.expires_on is None
    assert scan.elements == (
        Element("01", GTIN), Element("15", "270101"), Element("240", "REF-1"), Element("91", "X"),
    )  # fmt: skip


def test_the_canonical_element_string_puts_predefined_lengths_first_and_separates_only_the_rest():
    scan = parse_scan(f"10A1{GS}21S1{GS}01{GTIN}{GS}17280630", today=TODAY)

    assert format_scan(scan) == f"01{GTIN}1728063010A1{GS}21S1"
    assert format_bracketed(scan) == f"(01){GTIN}(17)280630(10)A1(21)S1"


@pytest.mark.parametrize("separator", ["|", "~", "#", "^"])
def test_a_clinics_own_separator_is_read_as_fnc1(separator):
    scan = parse_scan(f"01{GTIN}10A1{separator}21S1", today=TODAY, separators=(GS, separator))

    assert (scan.lot_number, scan.serial) == ("A1", "S1")


def test_eight_digits_that_are_whole_as_gtin_8_and_as_upc_e_are_in_doubt():
    scan = parse_scan("02345673", today=TODAY)

    (doubt,) = scan.doubts
    assert (doubt.code, doubt.field) == ("two_numbers", "gtin")
    assert [reading.gtin for reading in doubt.readings] == ["00000002345673", "00023456000073"]


@pytest.mark.parametrize("separator", ["", "A", "$", "7", "-", "||", "[", " "])
def test_a_character_that_could_be_part_of_a_code_is_no_separator(separator):
    with pytest.raises(ValueError, match="separator"):
        parse_scan(f"01{GTIN}", today=TODAY, separators=(separator,))


@pytest.mark.parametrize(
    ("today", "expected"),
    [
        (date(2026, 6, 1), date(2076, 1, 31)),
        (date(2025, 12, 31), date(1976, 1, 31)),
        (date(2099, 6, 1), date(2076, 1, 31)),
    ],
)
def test_the_century_of_an_expiry_depends_on_the_day_handed_in(today, expected):
    assert parse_scan(f"01{GTIN}17760100", today=today).expires_on == expected


def test_a_label_of_ours_names_its_kind_and_code():
    assert parse_scan("SRS:A2D4", today=TODAY).label == OwnLabel(LabelKind.SESSION, "A2D4")


def test_a_gs1_label_of_ours_scans_back():
    elements = gs1_elements(
        gtin="9520123456788", today=TODAY, lot_number="A(1)%/b", expires_on=date(2028, 6, 30), serial="S-1"
    )

    for text in (write_element_string(elements), write_bracketed(elements)):
        scan = parse_scan(text, today=TODAY)
        assert (scan.gtin, scan.lot_number, scan.expires_on, scan.serial) == (
            GTIN, "A(1)%/b", date(2028, 6, 30), "S-1",
        )  # fmt: skip


def test_a_date_whose_century_would_be_misread_is_not_printed():
    with pytest.raises(ValueError, match="too far"):
        gs1_elements(gtin=GTIN, today=TODAY, expires_on=date(2099, 1, 1))
