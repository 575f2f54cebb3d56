"""Does what was typed off a pack agree with the lot, and does nothing else?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.rules.identifying import ExpiryDiffers, LotNumberDiffers, Printed, check_printed, dates_in

LAST = date(2027, 12, 31)


def check(tail: str, expiry: str, *, number: str = "AB12cd", expires_on: date | None = LAST) -> None:
    check_printed(Printed(lot_tail=tail, expiry=expiry), lot_number=number, expires_on=expires_on)


@pytest.mark.parametrize(
    "expiry",
    [
        "2027-12-31", "2027-12", "12/2027", "12.2027", "31.12.2027", "31/12/2027", "12/31/2027", "271231",
        "271200", "20271231", "12/27", "DEC 2027", "31 Dec 2027", "2027 DEC", " 12 - 2027 ",
    ],
)  # fmt: skip
def test_an_expiry_as_printed_agrees(expiry: str) -> None:
    check("12cd", expiry)


@pytest.mark.parametrize(
    "expiry", ["", "2027-11", "2028-12", "30.12.2027", "2027", "31.13.2027", "soon", "12x2027", "1.2.3.4"]
)
def test_any_other_expiry_does_not(expiry: str) -> None:
    with pytest.raises(ExpiryDiffers):
        check("12cd", expiry)


@pytest.mark.parametrize("tail", ["", "12CD", "2cd", "AB12", "AB12cd", "x2cd"])
def test_the_number_is_compared_to_the_letter(tail: str) -> None:
    with pytest.raises(LotNumberDiffers):
        check(tail, "12/2027")


def test_a_short_number_is_typed_whole_and_a_pack_without_expiry_says_none() -> None:
    check("7K", "", number="7K", expires_on=None)
    with pytest.raises(LotNumberDiffers):
        check("K", "", number="7K", expires_on=None)
    with pytest.raises(ExpiryDiffers):
        check("7K", "12/2027", number="7K", expires_on=None)


def test_a_month_ends_on_its_last_day_in_a_leap_year_too() -> None:
    assert dates_in("02/2028") == {date(2028, 2, 29)}
