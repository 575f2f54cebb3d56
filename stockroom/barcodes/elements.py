"""Which elements does a GS1 element string hold, and how is one written?

Sources: GS1 General Specifications, section 3 (application identifiers and their formats), 7.8
(concatenation: separators and predefined lengths) and 7.11 (character set 82).  The table of
application identifiers is biip's; the walk is ours, because biip cuts a lot number of more than 20
characters in two, and gives no positions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from stockroom.barcodes.unreadable import (
    ElementTooLong,
    ElementTruncated,
    ElementUnreadable,
    StrayCharacter,
    UnknownElement,
    code_point,
)

if TYPE_CHECKING:
    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

GS = "\x1d"
"""How a scanner transmits the separator FNC1 (GS1 General Specifications, section 7.8.3)."""

CSET_82 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!\"%&'()*+,-./:;<=>?_")
TEXT_AIS = frozenset({"10", "21"})
"""Lot and serial: the elements that silently swallow what follows when a separator is lost."""
TEXT_LONGEST = 20

_LONGEST_AI = 4
_BRACKETED_AI = {"(": re.compile(r"\(([0-9]{2,4})\)"), "[": re.compile(r"\[([0-9]{2,4})\]")}


@dataclass(frozen=True, slots=True)
class Element:
    """One application identifier with its value, verbatim."""

    ai: str
    value: str
    position: int = field(default=0, compare=False)
    """Index of the value in the text that was scanned."""


def read_element_string(text: str, *, position: int = 0) -> tuple[Element, ...]:
    """The elements of a text as a scanner transmits it, with `GS` for FNC1.

    A lot or serial may come back longer than 20 characters: whoever calls decides whether a lost
    separator explains it.  Raises a `ScanUnreadable` with the place where the format breaks.
    """
    elements: list[Element] = []
    at = _past_separators(text, 0)
    while at < len(text):
        element, at = _next_element(text, at, position)
        elements.append(element)
        at = _past_separators(text, at)
    return tuple(elements)


def read_bracketed(text: str, *, position: int = 0) -> tuple[Element, ...]:
    """The elements of the human-readable text, `(01)09520123456788(10)A1` or with square brackets.

    A bracket opens an element only around a known application identifier; any other bracket is part of
    the value.  Square brackets are never part of a value, so that form is without doubt.
    """
    marks = [mark for mark in _BRACKETED_AI[text[0]].finditer(text) if _lookup(mark[1]) is not None]
    if not marks or marks[0].start() > 0:
        raise UnknownElement(position=position, found=text[: _LONGEST_AI + 2])
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    return tuple(
        _bracketed_element(mark[1], text[mark.end() : end], position + mark.end())
        for mark, end in zip(marks, ends, strict=True)
    )


def read_value(ai: str, value: str, *, position: int = 0) -> Element:
    """One element whose identifier and value are already apart.

    Raises `UnknownElement`, or what `read_element_string` raises for the value.
    """
    known = _lookup(ai)
    if known is None:
        raise UnknownElement(position=position, found=ai)
    if not re.fullmatch(known.pattern, ai + value, re.ASCII) or not value:
        raise _format_error(known, value, position)
    return Element(ai, value, position)


def in_order(elements: Iterable[Element]) -> tuple[Element, ...]:
    """The elements in canonical order, each once: predefined lengths first, then by identifier."""
    return tuple(sorted(dict.fromkeys(elements), key=lambda one: (needs_separator(one.ai), one.ai)))


def write_element_string(elements: Iterable[Element]) -> str:
    """The canonical element string, with `GS` where a separator is needed and nowhere else.

    >>> write_element_string([Element("10", "A1"), Element("01", "09520123456788"), Element("21", "7")])
    '010952012345678810A1\\x1d217'
    """
    ordered = in_order(elements)
    written = "".join(
        element.ai + element.value + (GS if needs_separator(element.ai) else "") for element in ordered
    )
    return written.removesuffix(GS)


def write_bracketed(elements: Iterable[Element]) -> str:
    """The canonical human-readable text; in square brackets when a value holds a round one.

    >>> write_bracketed([Element("10", "A(1"), Element("17", "280600")])
    '[17]280600[10]A(1'
    """
    ordered = in_order(elements)
    opening, closing = "[]" if any("(" in element.value for element in ordered) else "()"
    return "".join(f"{opening}{element.ai}{closing}{element.value}" for element in ordered)


def is_identifier(text: str) -> bool:
    """Whether the text is exactly one GS1 application identifier."""
    return _lookup(text) is not None


def needs_separator(ai: str) -> bool:
    """Whether something may follow this element only after a separator."""
    known = _lookup(ai)
    return known is None or known.separator_required


def _past_separators(text: str, at: int) -> int:
    while at < len(text) and text[at] == GS:
        at += 1
    return at


def _next_element(text: str, at: int, position: int) -> tuple[Element, int]:
    known = _begins_with(text[at : at + _LONGEST_AI])
    if known is None:
        raise UnknownElement(position=position + at, found=text[at : at + _LONGEST_AI])
    start = at + len(known.ai)
    end = text.find(GS, start)
    body = text[start:] if end < 0 else text[start:end]
    if not known.separator_required:
        match = re.match(known.pattern.removesuffix("$"), known.ai + body, re.ASCII)
        value = body[: match.end() - len(known.ai)] if match else body
    else:
        value = body
    if known.ai in TEXT_AIS and len(value) > TEXT_LONGEST and CSET_82.issuperset(value):
        return Element(known.ai, value, position + start), start + len(value)
    return read_value(known.ai, value, position=position + start), start + len(value)


def _bracketed_element(ai: str, value: str, start: int) -> Element:
    kept = value.lstrip(" ")
    return read_value(ai, kept.rstrip(" "), position=start + len(value) - len(kept))


def _format_error(
    known: GS1ApplicationIdentifier, value: str, start: int
) -> ElementUnreadable | StrayCharacter:
    for offset, character in enumerate(value):
        if character not in CSET_82 and not (character == "#" and "#" in known.pattern):
            return StrayCharacter(position=start + offset, character=code_point(character))
    shown = value if len(value) <= 40 else value[:40] + "…"
    match = re.match(known.pattern.removesuffix("$"), known.ai + value, re.ASCII)
    if match and value:
        return ElementTooLong(position=start + match.end() - len(known.ai), ai=known.ai, value=shown)
    if len(value) < _shortest(known):
        return ElementTruncated(position=start + len(value), ai=known.ai, value=shown)
    return ElementUnreadable(position=start, ai=known.ai, value=shown)


def _shortest(known: GS1ApplicationIdentifier) -> int:
    """The least length of a value, from the format `N2+N6` (identifier, then required parts)."""
    required = known.format.split("[")[0].split("+")[1:]
    return sum(1 if ".." in part else int(part[1:] or 0) for part in required if part)


def _lookup(ai: str) -> GS1ApplicationIdentifier | None:
    known = _begins_with(ai)
    return known if known is not None and known.ai == ai else None


@lru_cache(maxsize=4096)
def _begins_with(head: str) -> GS1ApplicationIdentifier | None:
    from biip import ParseError  # its tables take a tenth of a second, and a start reads no code
    from biip.gs1_application_identifiers import GS1ApplicationIdentifier

    try:
        return GS1ApplicationIdentifier.extract(head)
    except ParseError:
        return None
