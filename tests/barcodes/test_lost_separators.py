"""Is a lot or serial that swallowed what follows it put in doubt, with the right reading offered?"""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stockroom.barcodes.elements import CSET_82
from stockroom.barcodes.scan import format_bracketed, parse_scan
from stockroom.barcodes.unreadable import CodesRunTogether

TODAY = date(2026, 11, 22)
GS = "\x1d"
GTIN = "09520123456788"
EXAMPLES = 300

DOUBTFUL = [
    # text, field, one of the readings: (lot, serial, expiry)
    ("015102222223333610A213B117150707", "lot_number", ("A213B1", None, date(2015, 7, 7))),
    (f"01{GTIN}1727123110ABC12321XYZ", "lot_number", ("ABC123", "XYZ", date(2027, 12, 31))),
    (f"01{GTIN}10A12117280630", "lot_number", ("A121", None, date(2028, 6, 30))),
    (f"01{GTIN}1728063021S110A1", "serial", ("A1", "S1", date(2028, 6, 30))),
    (f"01{GTIN}21S11728063010A1", "serial", ("A1", "S1", date(2028, 6, 30))),
    (f"01{GTIN}10A11728063021S1", "lot_number", ("A1", "S1", date(2028, 6, 30))),
    (f"01{GTIN}10LOT17280630{GS}21S1", "lot_number", ("LOT", "S1", date(2028, 6, 30))),
    (f"10LOT01{GTIN}17280630", "lot_number", ("LOT", None, date(2028, 6, 30))),
    (f"01{GTIN}10{'A' * 18}1728063021XYZ", "lot_number", ("A" * 18, "XYZ", date(2028, 6, 30))),
]


@pytest.mark.parametrize("swallowed", ["11280630", "15280600", "17280630", "70032806301530"])
def test_every_dated_element_betrays_that_it_was_swallowed(swallowed):
    (doubt,) = parse_scan(f"01{GTIN}10LOT{swallowed}", today=TODAY).doubts

    assert [one.lot_number for one in doubt.readings] == ["LOT" + swallowed, "LOT"]


@pytest.mark.parametrize(("text", "field", "reading"), DOUBTFUL, ids=range(len(DOUBTFUL)))
def test_a_swallowed_element_puts_the_value_in_doubt_and_offers_the_true_reading(text, field, reading):
    scan = parse_scan(text, today=TODAY)

    (doubt,) = scan.doubts
    assert (doubt.code, doubt.field) == ("lost_separator", field)
    assert text[doubt.position :].startswith(doubt.value)
    assert reading in [(one.lot_number, one.serial, one.expires_on) for one in doubt.readings]


def test_the_value_as_it_stands_is_the_first_reading_when_a_label_could_carry_it():
    (doubt,) = parse_scan("015102222223333610A213B117150707", today=TODAY).doubts

    assert doubt.readings[0].lot_number == "A213B117150707"
    assert doubt.readings[0].expires_on is None


def test_a_lot_too_long_for_any_label_is_left_out_until_a_person_chooses():
    scan = parse_scan(f"01{GTIN}10{'A' * 18}1728063021XYZ", today=TODAY)

    assert scan.lot_number is None
    assert [one.lot_number for one in scan.doubts[0].readings] == ["A" * 18]


@pytest.mark.parametrize(
    "text",
    [
        f"01{GTIN}10A3B117991307",  # month 13: no date
        f"01{GTIN}1728063010A17280630",  # the expiry is known already
        f"01{GTIN}10A1{GS}21B2",
        f"01{GTIN}21X10Y{GS}10A121B2",  # a separator was seen, and nothing here looks like a date
        f"(01){GTIN}(10)A213B117150707",  # brackets mark the end
        f"https://id.gs1.org/01/{GTIN}/10/A213B117150707",
    ],
)
def test_a_value_whose_end_is_known_or_that_hides_no_date_is_not_in_doubt(text):
    assert parse_scan(text, today=TODAY).doubts == ()


def test_every_reading_written_in_brackets_is_free_of_doubt():
    (doubt,) = parse_scan(f"01{GTIN}10A11728063021S1", today=TODAY).doubts

    for reading in doubt.readings:
        again = parse_scan(format_bracketed(reading), today=TODAY)
        assert (again.doubts, again.elements) == ((), reading.elements)


def test_a_number_that_is_also_a_dated_element_string_is_in_doubt():
    scan = parse_scan("17281231101234", today=TODAY)

    assert scan.doubts[0].code == "number_or_elements"
    assert [one.scheme for one in scan.doubts[0].readings] == ["gtin", "gs1"]


texts = st.text(alphabet=sorted(CSET_82), min_size=1, max_size=20)


@settings(max_examples=EXAMPLES)
@given(texts, texts, st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.permutations(["10", "21", "17"]))
def test_dropping_the_separators_is_never_unnoticed(lot, serial, expires_on, order):
    values = {"10": lot, "21": serial, "17": expires_on.strftime("%y%m%d")}
    assume(len({*order[:2]} & {"10", "21"}) > 0)
    text = f"01{GTIN}" + "".join(ai + values[ai] for ai in order)

    try:
        scan = parse_scan(text, today=TODAY)
    except CodesRunTogether:
        return

    assert scan.doubts


@settings(max_examples=EXAMPLES)
@given(texts, texts, st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_with_separators_lot_and_serial_are_verbatim(lot, serial, expires_on):
    text = f"]d201{GTIN}17{expires_on:%y%m%d}10{lot}{GS}21{serial}"

    scan = parse_scan(text, today=TODAY)

    assert (scan.lot_number, scan.serial, scan.expires_on) == (lot, serial, expires_on)
