"""Which day does a text name?  Written the one way or the other, never guessed."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from stockroom.tables.faults import DAY_IN_DOUBT, NOT_A_DAY, Wrong

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T]00:00(?::00)?)?", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_SLASHED = re.compile(r"\d{1,2}[/-]\d{1,2}[/-](?:\d{2}|\d{4})", re.ASCII)


def day_of(text: str) -> date | Wrong:
    """Give the day of 2027-05-31 or 31.05.2027; 2027-05 is the month's last day, as GS1 reads a day 00."""
    if match := _ISO.fullmatch(text):
        return _day(match[1], match[2], match[3])
    if match := _DOTTED.fullmatch(text):
        return _day(match[3], match[2], match[1])
    if match := _MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
        return date(year, month, monthrange(year, month)[1]) if year and 1 <= month <= 12 else NOT_A_DAY
    return DAY_IN_DOUBT if _SLASHED.fullmatch(text) else NOT_A_DAY


def _day(year: str, month: str, day: str) -> date | Wrong:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return NOT_A_DAY
