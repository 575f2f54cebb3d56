"""What else could a lot or serial mean, if the scanner lost the separator behind it?

Without FNC1, lot `A213B1` and the expiry `17150707` behind it arrive as the lot `A213B117150707` without
any error (domain facts D.4).  Nothing here decides: every way of cutting the value that gives sound
elements is offered, and a person chooses.  A legitimate lot can look like this too, so that the value as
it stands remains one of the readings (GS1 General Specifications, section 7.8: the separator is the only
mark of the end of a variable element).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import islice

from stockroom.barcodes.element_checks import check_element
from stockroom.barcodes.elements import TEXT_AIS, TEXT_LONGEST, Element, read_element_string
from stockroom.barcodes.gtin import all_digits, has_valid_check_digit
from stockroom.barcodes.unreadable import CodesRunTogether, ScanUnreadable

MOST_READINGS = 8
"""More than this helps nobody to choose."""

_DATES = frozenset({"11", "15", "17", "7003"})
_BETRAYING = {"17": 6, "11": 6, "15": 6, "7003": 10, "01": 14}
"""Identifiers whose valid date or check digit betrays a swallowed element, and their value's length."""
_MOST_TRIED = 64

Cut = tuple[Element, ...]


def cuts(element: Element, *, others: frozenset[str], separators_seen: bool, today: date) -> tuple[Cut, ...]:
    """The other readings of a lot or serial, those with a date first; empty when there is none.

    `others` are the identifiers that the scan holds elsewhere: no reading repeats them.  A serial behind
    a lot (or the reverse) has no date to betray it, so it is suspected only when no separator was seen
    in the whole scan; a swallowed date is suspected always.
    """
    used = others | {element.ai}
    found = list(islice(_cuts(element, used, not separators_seen, today), _MOST_TRIED))
    found.sort(key=lambda cut: (not any(part.ai in _DATES for part in cut), -len(cut[0].value)))
    return tuple(found[:MOST_READINGS])


def refuse_second_code(element: Element) -> None:
    """Raise `CodesRunTogether` when a lot or serial of a scan with a GTIN holds `01` and another GTIN."""
    for at in range(1, len(element.value) - 15):
        digits = element.value[at + 2 : at + 16]
        if element.value.startswith("01", at) and digits.strip("0") and has_valid_check_digit(digits):
            raise CodesRunTogether(position=element.position + at)


def _cuts(element: Element, used: frozenset[str], bare_text: bool, today: date) -> Iterator[Cut]:
    """Every way to end this value early so that sound elements follow."""
    for length in range(1, min(TEXT_LONGEST, len(element.value) - 1) + 1):
        head = Element(element.ai, element.value[:length], element.position)
        start = element.position + length
        for tail in _tails(element.value[length:], start, used, bare_text, today):
            yield (head, *tail)


def _tails(text: str, start: int, used: frozenset[str], bare_text: bool, today: date) -> Iterator[Cut]:
    """Every sound way to read a text that would begin with a swallowed date, lot or serial."""
    for ai, length in _BETRAYING.items():
        if ai not in used and text.startswith(ai):
            yield from _betrayed_tails(text, start, ai, length, used, bare_text, today)
    for ai in TEXT_AIS - used if bare_text else ():
        if text.startswith(ai) and len(text) > len(ai):
            rest = Element(ai, text[len(ai) :], start + len(ai))
            if len(rest.value) <= TEXT_LONGEST:
                yield (rest,)
            yield from _cuts(rest, used | {ai}, bare_text, today)


def _betrayed_tails(
    text: str, start: int, ai: str, length: int, used: frozenset[str], bare_text: bool, today: date
) -> Iterator[Cut]:
    end = len(ai) + length
    value = text[len(ai) : end]
    betraying = Element(ai, value, start + len(ai))
    if len(value) < length or not all_digits(value) or not _is_sound(betraying, today):
        return
    if end == len(text):
        yield (betraying,)
        return
    # A separator lost behind the lot was lost behind what follows the date as well.
    further = list(_tails(text[end:], start + end, used | {ai}, True, today))
    yield from ((betraying, *tail) for tail in further)
    if not further:
        yield from ((betraying, *rest) for rest in _plain_rest(text[end:], start + end, used | {ai}, today))


def _plain_rest(text: str, start: int, used: frozenset[str], today: date) -> Iterator[Cut]:
    """What follows a swallowed date, read as any other elements that the scan does not hold yet."""
    try:
        elements = read_element_string(text, position=start)
    except ScanUnreadable:
        return
    identifiers = [element.ai for element in elements]
    new = len(set(identifiers)) == len(identifiers) and used.isdisjoint(identifiers)
    if new and all(_is_sound(element, today) and _fits(element) for element in elements):
        yield elements


def _fits(element: Element) -> bool:
    return element.ai not in TEXT_AIS or len(element.value) <= TEXT_LONGEST


def _is_sound(element: Element, today: date) -> bool:
    try:
        check_element(element, today=today)
    except ScanUnreadable:
        return False
    return True
