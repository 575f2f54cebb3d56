"""Do the digits of a date mean the day that the standard says?"""

from __future__ import annotations

from datetime import date, datetime

import pytest

from stockroom.barcodes.dates import civil_date, civil_minute, exact_date, full_year, yymmdd

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("this_year", "two_digits", "year"),
    [
        (2026, 76, 2076), (2026, 77, 1977), (2026, 0, 2000), (2026, 99, 1999),
        (2000, 50, 2050), (2000, 51, 1951), (2050, 0, 2100), (2050, 1, 2001),
        (2099, 50, 2050), (2099, 49, 2149), (2099, 0, 2100),
    ],
)  # fmt: skip
def test_a_two_digit_year_lies_from_49_years_before_to_50_after(this_year, two_digits, year):
    assert full_year(two_digits, date(this_year, 7, 1)) == year
    assert -49 <= year - this_year <= 50


@pytest.mark.parametrize(
    ("digits", "day"),
    [
        ("280200", date(2028, 2, 29)), ("270200", date(2027, 2, 28)), ("281200", date(2028, 12, 31)),
        ("000200", date(2000, 2, 29)), ("280630", date(2028, 6, 30)),
    ],
)  # fmt: skip
def test_day_00_is_the_last_day_of_the_month(digits, day):
    assert civil_date(digits, today=TODAY) == day


@pytest.mark.parametrize("digits", ["280230", "281300", "280000", "270229", "280631"])
def test_a_day_that_does_not_exist_is_no_date(digits):
    with pytest.raises(ValueError, match=r".+"):
        civil_date(digits, today=TODAY)


def test_an_exact_date_has_no_day_00():
    assert exact_date("280630", today=TODAY) == date(2028, 6, 30)
    with pytest.raises(ValueError, match="names no day"):
        exact_date("280600", today=TODAY)


def test_a_minute_is_the_labels_own_wall_time():
    assert civil_minute("2806302359", today=TODAY) == datetime(2028, 6, 30, 23, 59)


@pytest.mark.parametrize("digits", ["2806302400", "2806302360", "2806001200"])
def test_a_minute_that_does_not_exist_is_refused(digits):
    with pytest.raises(ValueError, match=r".+"):
        civil_minute(digits, today=TODAY)


def test_a_date_is_written_as_it_is_read():
    assert civil_date(yymmdd(date(2028, 6, 3)), today=TODAY) == date(2028, 6, 3)
