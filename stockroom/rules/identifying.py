"""Does what a person reads off a pack agree with the lot that she chose from a list?  Pure.

Where a code cannot be read, the pack is still the witness: the end of its lot number and its expiry are
typed as printed, and only when both agree is the lot taken as identified, by hand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar

from stockroom.errors import Refused, extracted

TAIL_LENGTH = 4
_DIGITS = re.compile(r"\d+")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}


@dataclass(eq=False, kw_only=True)
class LotNumberDiffers(Refused):
    """The pack says another lot number than the lot that was chosen."""

    code: ClassVar[str] = "lot_number_differs"
    message: ClassVar[str] = extracted(
        "{typed} is not how the number of the chosen lot ends. Capitals count. Read the pack again; if it "
        "really says so, it is another lot: choose that one, or put the pack aside."
    )
    typed: str


@dataclass(eq=False, kw_only=True)
class ExpiryDiffers(Refused):
    """The pack says another expiry than the books."""

    code: ClassVar[str] = "expiry_differs"
    message: ClassVar[str] = extracted(
        "{typed} is not the expiry of the chosen lot. Read the pack again; if it really says so, put the "
        "pack aside and have the lot corrected."
    )
    typed: str


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What a person typed off a pack."""

    lot_tail: str
    """The last four characters of the lot number; the whole of a shorter one."""
    expiry: str
    """As printed, such as 2027-12, 12/2027 or 31.12.2027; empty where the pack says none."""


def without_tail(lot_number: str) -> str:
    """Give what a list shows of a lot number: all but what is to be read off the pack.

    >>> without_tail("NEEV2601023")
    'NEEV260····'
    """
    return lot_number[:-TAIL_LENGTH] + "·" * TAIL_LENGTH


def check_printed(printed: Printed, *, lot_number: str, expires_on: date | None) -> None:
    """Pass when both agree with the lot.  Raises LotNumberDiffers, ExpiryDiffers.

    The number is compared character by character, capitals count; a printed month without a day means its
    last day (GS1 General Specifications 3.4.7); a day and month in either order agree.
    """
    if printed.lot_tail.strip() != lot_number[-TAIL_LENGTH:]:
        raise LotNumberDiffers(typed=printed.lot_tail.strip()[:40])
    typed = printed.expiry.strip()
    agrees = typed == "" if expires_on is None else expires_on in dates_in(typed)
    if not agrees:
        raise ExpiryDiffers(typed=typed[:40] or "-")


def dates_in(typed: str) -> frozenset[date]:
    """Give every civil date that a printed expiry may mean; none when it is no date.

    >>> dates_in("12/2027") == {date(2027, 12, 31)}
    True
    """
    text = typed.lower()
    for name, number in _MONTHS.items():
        text = re.sub(rf"{name}[a-z]*", f" {number} ", text)
    if re.search(r"[^\d\s./-]", text):
        return frozenset()
    parts = _DIGITS.findall(text)
    if len(parts) == 1:
        parts = _unspaced(parts[0])
    if len(parts) == 2:
        ways = [(parts[0], parts[1], "00"), (parts[1], parts[0], "00")]
    elif len(parts) == 3:
        a, b, c = parts
        ways = [(a, b, c), (c, b, a), (c, a, b)]
    else:
        return frozenset()
    return frozenset(day for way in ways if (day := _day(*way)) is not None)


def _unspaced(digits: str) -> list[str]:
    if len(digits) == 6:
        return [digits[:2], digits[2:4], digits[4:]]
    if len(digits) == 8:
        return [digits[:4], digits[4:6], digits[6:]]
    return []


def _day(year: str, month: str, day: str) -> date | None:
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    in_century = int(year) + 2000 if len(year) == 2 else int(year)
    try:
        if int(day):
            return date(in_century, int(month), int(day))
        first = date(in_century, int(month), 1)
    except ValueError:
        return None
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
