"""What does a barcode of the Health Industry Bar Code standard (HIBC) say?

A primary code names the pack: `+`, the labeler (LIC, 4 characters, the first a letter), the product (1-18),
one digit for the unit of measure (the pack level), and a check character.  A secondary code carries lot,
serial, expiry and quantity; it stands behind the primary one after a `/`, or on a label of its own, where
a link character (the primary's check character) says to which pack it belongs.

Sources: ANSI/HIBC 2.6 "Supplier Labeling Standard" as laid out in the FDA's list of UDI formats by issuing
agency, and the test vectors named in domain facts D.7.  The century of a two-digit year is chosen by the
rule of GS1 (see `dates`), because HIBC states none.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from stockroom.barcodes.dates import exact_date, full_year
from stockroom.barcodes.elements import Element
from stockroom.barcodes.gtin import all_digits
from stockroom.barcodes.unreadable import (
    ElementsContradict,
    ElementTooLong,
    ElementTruncated,
    ElementUnreadable,
    ImpossibleDate,
    LabelsOfTwoPacks,
    StrayCharacter,
    WrongCheckCharacter,
    code_point,
)

CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
"""In the order of their values; the check character is the sum of the values modulo 43."""

_LABELER = 4
_LONGEST_PRODUCT = 18
_LONGEST_TEXT = 18
_ALPHANUMERIC = frozenset(CHARACTERS[:36])
_LETTERS = frozenset(CHARACTERS[10:36])
_IN_A_LOT = _ALPHANUMERIC | frozenset("-.")
_DATE_DIGITS = {"2": 6, "3": 6, "4": 8, "5": 5, "6": 7, "7": 0}
"""By the flag behind `$$`: MMDDYY, YYMMDD, YYMMDDHH, YYJJJ, YYJJJHH, no date."""
_QUANTITY_DIGITS = {"8": 2, "9": 5}
_LONGEST_COUNT = 9
_DATA_IDENTIFIER = re.compile(r"[0-9]{0,3}[A-Z]")
"""ANSI MH10.8.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HibcFacts:
    """What one HIBC text says; an absent fact is None."""

    primary: str | None = None
    """Labeler, product and unit of measure: the code under which a pack is sold."""
    check: str
    """The check character of the whole text; a secondary label of this pack repeats the primary's."""
    link: str | None = None
    """On a label of its own: the check character of the primary code that it belongs to."""
    lot_number: str | None = None
    expires_on: date | None = None
    expires_at: datetime | None = None
    """Naive: the hour on the wall that the label's maker meant."""
    expires_in_month: bool = False
    """The expiry was printed as a month; `expires_on` is its last day."""
    produced_on: date | None = None
    serial: str | None = None
    quantity: int | None = None
    others: tuple[Element, ...] = ()
    """Supplements that have no field here, by their data identifier."""
    text: str
    """The whole text with its check character, a space there written as `_`."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is still to be read, and where in the scan it begins."""

    text: str
    at: int

    def behind(self, length: int) -> _Rest:
        return _Rest(self.text[length:], self.at + length)


def looks_like_hibc(text: str) -> bool:
    """Whether the text begins as an HIBC code does, between the asterisks of Code 39 or not."""
    return text.startswith(("+", "*+"))


def check_character(text: str) -> str:
    """The check character of the text before it.

    >>> check_character("+A99912345/$$52001510X3"), check_character("+$$02231162074Z")
    ('3', 'A')

    Raises ValueError for a character outside the 43.
    """
    return CHARACTERS[sum(CHARACTERS.index(character) for character in text) % len(CHARACTERS)]


def read_hibc(text: str, *, today: date, position: int = 0) -> HibcFacts:
    """The facts of one HIBC text; `position` is where it begins in what was scanned.

    Spaces behind the text are ignored unless one of them is the check character; printed below a barcode
    the space is written as `_`.  Raises a `ScanUnreadable`: `StrayCharacter`, `WrongCheckCharacter`,
    `ElementTruncated`, `ElementTooLong`, `ElementUnreadable`, `ImpossibleDate` or `ElementsContradict`.
    """
    text, position = _without_asterisks(text, position)
    body, check = _checked(text, position)
    facts = HibcFacts(check=check, text=body + check.replace(" ", "_"))
    if body[1:2] in _LETTERS:
        return _with_primary(facts, body, today, position)
    if len(body) < 3:
        raise ElementTruncated(position=position + len(body), ai="+", value=body[1:])
    facts = replace(facts, link=body[-1])
    return _with_secondary(facts, body[1:-1], today, position + 1)


def normalise_primary(text: str, *, position: int = 0) -> str:
    """The code under which a pack is sold, as a trade item keeps it: labeler, product, unit of measure.

    As printed it begins with `+` and ends in its check character; without the `+` it has none.

    >>> normalise_primary("+A999123457"), normalise_primary("a99912345")
    ('A99912345', 'A99912345')

    Raises as `read_hibc` does.
    """
    upper = text.upper() if text.isascii() else text
    start = position
    if upper.startswith("+"):
        upper, start = _checked(upper, position)[0][1:], position + 1
    _require_primary(upper, start)
    return upper


def joined(primary: str, secondary: str) -> str:
    """The one text of a pack whose two codes stand on two labels.

    `primary` is a trade item's code, `secondary` the canonical text of a label with a link character.

    >>> joined("A99912345", "+$L17L")
    '+A99912345/$L1M'

    Raises `LabelsOfTwoPacks` when the link character is not the primary's check character.
    """
    link, expected = secondary[-2], check_character(f"+{primary}")
    if link != expected:
        raise LabelsOfTwoPacks(position=len(secondary) - 2, link=link, expected=expected)
    body = f"+{primary}/{secondary[1:-2]}"
    return body + check_character(body).replace(" ", "_")


def _without_asterisks(text: str, position: int) -> tuple[str, int]:
    """Code 39's start and stop are printed as asterisks, and typed with the text."""
    if not text.startswith("*"):
        return text, position
    return text[1:].rstrip(" ").removesuffix("*"), position + 1


def _checked(text: str, position: int) -> tuple[str, str]:
    """The text without its check character, and that character."""
    for offset, character in enumerate(text.rstrip("_")):
        if character not in CHARACTERS:
            raise StrayCharacter(position=position + offset, character=code_point(character))
    trimmed = text.rstrip(" _")
    if len(trimmed) < len(text) and check_character(trimmed) == " ":
        return trimmed, " "
    if "_" in text:
        raise StrayCharacter(position=position + text.index("_"), character=code_point("_"))
    if len(trimmed) < 3:
        raise ElementTruncated(position=position + len(trimmed), ai="+", value=trimmed[1:])
    expected = check_character(trimmed[:-1])
    if trimmed[-1] != expected:
        last = position + len(trimmed) - 1
        raise WrongCheckCharacter(position=last, value=trimmed[:60], expected=expected)
    return trimmed[:-1], trimmed[-1]


def _with_primary(facts: HibcFacts, body: str, today: date, position: int) -> HibcFacts:
    primary, slash, secondary = body[1:].partition("/")
    _require_primary(primary, position + 1)
    facts = replace(facts, primary=primary)
    if not slash:
        return facts
    return _with_secondary(facts, secondary, today, position + len(primary) + 2)


def _require_primary(primary: str, start: int) -> None:
    for offset, character in enumerate(primary):
        if character not in (_ALPHANUMERIC if offset else _LETTERS):
            raise StrayCharacter(position=start + offset, character=code_point(character))
    if len(primary) < _LABELER + 2:
        raise ElementTruncated(position=start + len(primary), ai="+", value=primary)
    if len(primary) > _LABELER + _LONGEST_PRODUCT + 1:
        end = start + _LABELER + _LONGEST_PRODUCT + 1
        raise ElementTooLong(position=end, ai="+", value=primary[:40])
    if not all_digits(primary[-1]):
        raise ElementUnreadable(position=start + len(primary) - 1, ai="+", value=primary)


def _with_secondary(facts: HibcFacts, text: str, today: date, start: int) -> HibcFacts:
    """The facts with those of a secondary structure and of the supplements behind it."""
    parts = text.split("/")
    facts = _with_main(facts, _Rest(parts[0], start), today)
    at = start + len(parts[0]) + 1
    for part in parts[1:]:
        facts = _with_supplement(facts, _Rest(part, at))
        at += len(part) + 1
    return facts


def _with_main(facts: HibcFacts, rest: _Rest, today: date) -> HibcFacts:
    head = next((head for head in ("$$+", "$+", "$$", "$") if rest.text.startswith(head)), "")
    rest = rest.behind(len(head))
    if head.startswith("$$"):
        facts, rest = _with_quantity(facts, rest, head)
        if rest.text or facts.quantity is None:
            facts, rest = _with_flagged_date(facts, rest, head, today)
    elif not head:
        facts = replace(facts, expires_on=_julian("+", rest, today))
        rest = rest.behind(5)
    elif not rest.text:
        raise ElementTruncated(position=rest.at, ai=head, value="")
    if not rest.text:
        return facts
    value = _text_value(head or "+", rest)
    return replace(facts, serial=value) if head.endswith("+") else replace(facts, lot_number=value)


def _with_quantity(facts: HibcFacts, rest: _Rest, head: str) -> tuple[HibcFacts, _Rest]:
    flag = rest.text[:1]
    digits = _QUANTITY_DIGITS.get(flag)
    if digits is None:
        return facts, rest
    counted = _Rest(_digits(head + flag, rest.behind(1), digits), rest.at + 1)
    return replace(facts, quantity=_count(head + flag, counted)), rest.behind(1 + digits)


def _with_flagged_date(facts: HibcFacts, rest: _Rest, head: str, today: date) -> tuple[HibcFacts, _Rest]:
    """The facts with the date behind `$$`: MMYY where the first digit is 0 or 1, else by its flag."""
    flag = rest.text[:1]
    if flag and flag in "01":
        day = _month_end(head, rest, today)
        return replace(facts, expires_on=day, expires_in_month=True), rest.behind(4)
    length = _DATE_DIGITS.get(flag)
    if length is None:
        raise ElementUnreadable(position=rest.at, ai=head, value=rest.text[:40])
    value = _Rest(_digits(head + flag, rest.behind(1), length), rest.at + 1)
    return _dated(facts, head + flag, value, today), rest.behind(1 + length)


def _dated(facts: HibcFacts, head: str, value: _Rest, today: date) -> HibcFacts:
    flag, digits = head[-1], value.text
    if flag == "7":
        return facts
    if flag in "56":
        day = _julian(head, value, today)
    else:
        day = _exact(head, replace(value, text=digits[4:] + digits[:4] if flag == "2" else digits[:6]), today)
    if flag in "23" or flag == "5":
        return replace(facts, expires_on=day)
    if int(digits[-2:]) > 23:
        raise ImpossibleDate(position=value.at, ai=head, value=digits)
    return replace(facts, expires_at=datetime.combine(day, time(int(digits[-2:]))))


def _with_supplement(facts: HibcFacts, part: _Rest) -> HibcFacts:
    """`S` serial, `16D` made, `14D` expiry, `Q` quantity; any other data identifier is kept as it stands."""
    mark = _DATA_IDENTIFIER.match(part.text)
    if mark is None or mark.end() == len(part.text):
        raise ElementTruncated(position=part.at + len(part.text), ai="/", value=part.text[:40])
    value = part.behind(mark.end())
    if mark[0] in ("16D", "14D"):
        return _with_day(facts, mark[0], value)
    if mark[0] == "S":
        return _once(facts, "serial", _text_value("S", value), value.at)
    if mark[0] == "Q":
        return _once(facts, "quantity", _count("Q", value), value.at)
    return replace(facts, others=(*facts.others, Element(mark[0], value.text, value.at)))


def _with_day(facts: HibcFacts, identifier: str, value: _Rest) -> HibcFacts:
    day = _full_date(identifier, value)
    if identifier == "16D":
        return _once(facts, "produced_on", day, value.at)
    stated = facts.expires_at.date() if facts.expires_at else facts.expires_on
    if facts.expires_in_month and stated is not None and (stated.year, stated.month) == (day.year, day.month):
        stated = day
    if stated is not None and stated != day:
        raise ElementsContradict(
            position=value.at, ai=identifier, value=value.text, other_ai="$$", other_value=stated.isoformat()
        )
    return facts if facts.expires_at else replace(facts, expires_on=day, expires_in_month=False)


def _once(facts: HibcFacts, field: str, value: object, at: int) -> HibcFacts:
    """The facts with one more; said twice it must be the same."""
    earlier = getattr(facts, field)
    if earlier is not None and earlier != value:
        raise ElementsContradict(
            position=at, ai=field, value=str(value), other_ai=field, other_value=str(earlier)
        )
    changed: dict[str, Any] = {field: value}
    return replace(facts, **changed)


def _text_value(head: str, rest: _Rest) -> str:
    """A lot or serial: up to 18 letters and digits, hyphens and full stops."""
    for offset, character in enumerate(rest.text):
        if character not in _IN_A_LOT:
            raise StrayCharacter(position=rest.at + offset, character=code_point(character))
    if len(rest.text) > _LONGEST_TEXT:
        raise ElementTooLong(position=rest.at + _LONGEST_TEXT, ai=head, value=rest.text[:40])
    return rest.text


def _digits(head: str, rest: _Rest, length: int) -> str:
    value = rest.text[:length]
    if len(value) < length:
        raise ElementTruncated(position=rest.at + len(value), ai=head, value=value)
    if value and not all_digits(value):
        raise ElementUnreadable(position=rest.at, ai=head, value=value)
    return value


def _count(head: str, rest: _Rest) -> int:
    """A count above zero of at most nine digits."""
    if len(rest.text) > _LONGEST_COUNT:
        raise ElementTooLong(position=rest.at + _LONGEST_COUNT, ai=head, value=rest.text[:40])
    if not all_digits(rest.text) or not rest.text.strip("0"):
        raise ElementUnreadable(position=rest.at, ai=head, value=rest.text)
    return int(rest.text)


def _month_end(head: str, rest: _Rest, today: date) -> date:
    mmyy = _digits(head, rest, 4)
    month, year = int(mmyy[:2]), full_year(int(mmyy[2:]), today)
    if not 1 <= month <= 12:
        raise ImpossibleDate(position=rest.at, ai=head, value=mmyy)
    return date(year, month, monthrange(year, month)[1])


def _exact(head: str, yymmdd: _Rest, today: date) -> date:
    try:
        return exact_date(yymmdd.text, today=today)
    except ValueError as fault:
        raise ImpossibleDate(position=yymmdd.at, ai=head, value=yymmdd.text) from fault


def _julian(head: str, rest: _Rest, today: date) -> date:
    """The day of two digits of the year and the three-digit number of the day in it."""
    yyjjj = _digits(head, rest, 5)
    year = full_year(int(yyjjj[:2]), today)
    day = date(year, 1, 1) + timedelta(days=int(yyjjj[2:]) - 1)
    if day.year != year:
        raise ImpossibleDate(position=rest.at, ai=head, value=yyjjj)
    return day


def _full_date(head: str, rest: _Rest) -> date:
    digits = _digits(head, rest, 8)
    if len(rest.text) > 8:
        raise ElementTooLong(position=rest.at + 8, ai=head, value=rest.text[:40])
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError as fault:
        raise ImpossibleDate(position=rest.at, ai=head, value=digits) from fault
