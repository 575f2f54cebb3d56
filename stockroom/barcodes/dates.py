"""Which civil date or minute do the digits of a barcode mean?

Source: GS1 General Specifications, section 7.12 (the century of a two-digit year lies from 49 years
before to 50 years after the current one), section 3.4 (YYMMDD, day 00 is the month's last day) and the
GS1 Syntax Dictionary's linters yymmd0, yymmdd and hhmi (day 00 is not allowed beside a time; hours
00-23).  "Current" is the `today` handed in: nothing here reads a clock.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date, datetime, time


def full_year(two_digits: int, today: date) -> int:
    """The year within -49 … +50 of `today` that ends in these two digits.

    >>> full_year(76, date(2026, 1, 1)), full_year(77, date(2026, 1, 1))
    (2076, 1977)
    """
    century = today.year - today.year % 100
    ahead = two_digits - today.year % 100
    if ahead > 50:
        return century - 100 + two_digits
    if ahead < -49:
        return century + 100 + two_digits
    return century + two_digits


def civil_date(yymmdd: str, *, today: date) -> date:
    """The date of six digits; day 00 is the last day of the month.

    >>> civil_date("280200", today=date(2026, 1, 1))
    datetime.date(2028, 2, 29)

    Raises ValueError when there is no such day.
    """
    year, month, day = full_year(int(yymmdd[:2]), today), int(yymmdd[2:4]), int(yymmdd[4:6])
    if day == 0 and 1 <= month <= 12:
        day = monthrange(year, month)[1]
    return date(year, month, day)


def exact_date(yymmdd: str, *, today: date) -> date:
    """The date of six digits where day 00 is not allowed.  Raises ValueError when there is no such day."""
    if yymmdd[4:6] == "00":
        raise ValueError(f"{yymmdd} names no day")
    return civil_date(yymmdd, today=today)


def civil_minute(yymmddhhmm: str, *, today: date) -> datetime:
    """The naive local wall-clock minute of ten digits (AI 7003), as the label's maker meant it.

    >>> civil_minute("2806301530", today=date(2026, 1, 1))
    datetime.datetime(2028, 6, 30, 15, 30)

    Raises ValueError for day 00, hour 24 or later, minute 60 or later.
    """
    day = exact_date(yymmddhhmm[:6], today=today)
    return datetime.combine(day, time(int(yymmddhhmm[6:8]), int(yymmddhhmm[8:10])))


def yymmdd(day: date) -> str:
    """The six digits of a date, for printing.

    >>> yymmdd(date(2028, 6, 30))
    '280630'
    """
    return day.strftime("%y%m%d")
