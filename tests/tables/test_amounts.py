"""Are numbers with comma or point read exactly, and doubtful ones refused?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.errors import StockroomError
from stockroom.tables.amounts import minor_of, quantity_of
from stockroom.tables.days import day_of
from stockroom.tables.faults import Wrong
from stockroom.vocabulary import BaseUnit


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("12,50", "EUR", 1250), ("12.50", "EUR", 1250), ("12", "EUR", 1200), ("0,5", "EUR", 50), ("0,000", "EUR", 0),
        ("1250", "JPY", 1250), ("1,5", "KWD", 1500), ("0,125", "KWD", 125),
    ],
)  # fmt: skip
def test_an_amount_is_its_smallest_coins(text: str, currency: str, minor: int) -> None:
    assert minor_of(text, currency, is_typed=False) == minor


@pytest.mark.parametrize(
    ("text", "currency", "code"),
    [
        ("1,250", "EUR", "amount_in_doubt"), ("1.250", "EUR", "amount_in_doubt"), ("1.250,00", "EUR", "not_an_amount"),
        ("-5", "EUR", "not_an_amount"), ("12,5 €", "EUR", "not_an_amount"), ("1e3", "EUR", "not_an_amount"),
        ("0,001", "EUR", "too_fine"), ("1,5", "JPY", "too_fine"), ("1", "EURO", "not_a_currency"),
        ("1", "XYZ", "not_a_currency"), ("٣", "EUR", "not_an_amount"),
    ],
)  # fmt: skip
def test_what_is_no_sure_amount_is_refused(text: str, currency: str, code: str) -> None:
    wrong = minor_of(text, currency, is_typed=False)

    assert isinstance(wrong, Wrong)
    assert wrong.code == code


def test_a_cell_that_is_a_number_is_never_in_doubt() -> None:
    assert minor_of("1.125", "KWD", is_typed=True) == 1125


@pytest.mark.parametrize(
    ("text", "quantity", "unit"),
    [
        ("2,5 mL", 2500, BaseUnit.MICROLITRE), ("2.5ml", 2500, BaseUnit.MICROLITRE), ("50 µg", 50, BaseUnit.MICROGRAM),
        ("1 g", 1_000_000, BaseUnit.MICROGRAM), ("100 IU", 100_000, BaseUnit.MILLI_INTERNATIONAL_UNIT),
        ("1 piece", 1, BaseUnit.PIECE), ("10 pcs", 10, BaseUnit.PIECE),
    ],
)  # fmt: skip
def test_a_quantity_is_its_base_units(text: str, quantity: int, unit: BaseUnit) -> None:
    assert quantity_of(text) == (quantity, unit)


@pytest.mark.parametrize("text", ["5", "mL", "five mL", "2,5 cups", "1e3 mL", "1.000 mL", "-1 mL"])
def test_what_is_no_sure_quantity_is_refused(text: str) -> None:
    assert isinstance(quantity_of(text), Wrong)


def test_zero_a_finer_step_and_another_unit_are_refused_in_their_own_words() -> None:
    for refused in (
        quantity_of("0 mL"),
        quantity_of("0,0001 mL"),
        quantity_of("1 mL", base_unit=BaseUnit.PIECE),
    ):
        assert isinstance(refused, StockroomError)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-05-31", date(2027, 5, 31)), ("31.05.2027", date(2027, 5, 31)), ("1.2.2027", date(2027, 2, 1)),
        ("2028-02", date(2028, 2, 29)), ("2027-05-31 00:00:00", date(2027, 5, 31)),
    ],
)  # fmt: skip
def test_a_day_is_read(text: str, day: date) -> None:
    assert day_of(text) == day


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("03/05/2027", "day_in_doubt"), ("03-05-27", "day_in_doubt"), ("31.02.2027", "not_a_day"),
        ("2027-13", "not_a_day"), ("05/2027", "not_a_day"), ("31.05.27", "not_a_day"),
        ("46173", "not_a_day"), ("never", "not_a_day"),
    ],
)  # fmt: skip
def test_a_day_in_doubt_is_refused(text: str, code: str) -> None:
    wrong = day_of(text)

    assert isinstance(wrong, Wrong)
    assert wrong.code == code
