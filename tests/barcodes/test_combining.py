"""Are the codes of one pack read as one, and those of two packs never thrown together?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.barcodes.combining import combine

TODAY = date(2026, 11, 22)
GTIN, OTHER = "09520123456788", "09520000000011"
WHOLE = f"]d201{GTIN}1728063010A1"

ONE = [
    # texts, product, lot, expiry
    ((WHOLE,), GTIN, "A1", date(2028, 6, 30)),
    ((WHOLE, WHOLE), GTIN, "A1", date(2028, 6, 30)),
    (("]E09520123456788", "]C11728063010A1"), GTIN, "A1", date(2028, 6, 30)),
    (("]C11728063010A1", f"]d201{GTIN}"), GTIN, "A1", date(2028, 6, 30)),
    (("]E09520123456788", WHOLE), GTIN, "A1", date(2028, 6, 30)),
    (("]E09520123456788", "]C117280630", "]C110A1"), GTIN, "A1", date(2028, 6, 30)),
    ((WHOLE, "]Q1https://example.com/campaign"), GTIN, "A1", date(2028, 6, 30)),
    ((WHOLE, "]Q1hello"), GTIN, "A1", date(2028, 6, 30)),
    ((f"]d201{GTIN}10A(1)", "]C117280630"), GTIN, "A(1)", date(2028, 6, 30)),
    (("]C0+A999123457", "]C0+$L17N"), "A99912345", "L1", None),
]


@pytest.mark.parametrize(("texts", "product", "lot", "expires_on"), ONE, ids=range(len(ONE)))
def test_the_codes_of_one_pack_are_one_reading(texts, product, lot, expires_on):
    (scan,) = combine(texts, today=TODAY)

    assert (scan.item_code, scan.lot_number, scan.expires_on) == (product, lot, expires_on)


SEVERAL = [
    # texts, how many readings are left to a person
    ((WHOLE, f"]d201{OTHER}10B1"), 2),
    ((WHOLE, f"]d201{GTIN}10B1"), 2),
    ((WHOLE, "]C110B1"), 2),
    (("]E09520123456788", "]C110A1", "]C110B1"), 3),
    (("]C117280630", "]C110A1"), 2),
    (("]E09520123456788", "]C110A1172806302112345"), 2),
    ((WHOLE, "]C0SRC:7K4"), 2),
    (("]C0+A999123457", "]C0+$L18O"), 2),
    (("]Q1hello", "]Q1https://example.com/"), 0),
    ((), 0),
]


@pytest.mark.parametrize(("texts", "count"), SEVERAL, ids=range(len(SEVERAL)))
def test_codes_that_contradict_or_belong_to_nothing_are_left_to_a_person(texts, count):
    assert len(combine(texts, today=TODAY)) == count
