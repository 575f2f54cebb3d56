"""How do a clinic's scanners deliver a code, and what did they mean?

A scanner that acts as a keyboard may put another character in the place of the separator FNC1, and may type
for another keyboard than the computer has (domain facts D.4).  Both are found once, on the scanner set-up page,
and kept for the clinic.  A text is put right only where one meaning is possible: everything else stays as it
came, and a text with two sound meanings is refused with both of them named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from stockroom.barcodes.elements import CSET_82, GS
from stockroom.barcodes.keyboards import Layout, meant_on
from stockroom.barcodes.scan import LONGEST_MISTYPED, TWO_MEANINGS, format_bracketed, is_proven, parse_scan
from stockroom.barcodes.scan_facts import Scan
from stockroom.barcodes.unreadable import ScanUnreadable

SEPARATOR_LONGEST = 8
_SHOWN = 80
_NEVER = CSET_82 | frozenset("$ []()\x1a\x1d\x1e\x04")
"""Characters of which some code may consist (GS1, HIBC, brackets, the envelope of a PPN)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannerHabits:
    """What a clinic said about its scanners; by default they deliver what the code says."""

    separator: str = ""
    """What arrives in the place of FNC1."""
    layout: Layout | None = None
    """The computers' keyboard, for which the scanners do not type."""


def habits_of(separator: str, layout: str) -> ScannerHabits:
    """Give the habits as a clinic keeps them, in words of which an empty one says nothing."""
    return ScannerHabits(separator=separator, layout=Layout(layout) if layout else None)


def is_separator(text: str) -> bool:
    """Whether a text can stand for FNC1: one to eight characters that begin with one that no code holds.

    >>> is_separator("{GS}"), is_separator("#"), is_separator("-")
    (True, True, False)
    """
    return 1 <= len(text) <= SEPARATOR_LONGEST and text[0] not in _NEVER


def put_right(text: str, habits: ScannerHabits, *, today: date) -> str:
    """Give what the scanner meant, where only one thing can be meant; else the text as it came.

    What a person typed with brackets, and what is no code, stays as it is.  Where both the text as it stands and
    the text as the clinic's scanners would have meant it are sound codes that say different things, it gives
    both behind `TWO_MEANINGS`, which `parse_scan` refuses with both of them named.
    """
    if len(text) > LONGEST_MISTYPED or text.lstrip()[:1] in ("(", "[", ""):
        return text
    stands = _separated(text, habits, today)
    if habits.layout is None:
        return stands
    meant = _meant(text, habits, habits.layout, today)
    if meant is None or meant == stands:
        return stands
    as_it_stands, as_meant = _proven(stands, today), _proven(meant, today)
    if as_meant is None:
        return stands
    if as_it_stands is None:
        return meant
    written = format_bracketed(as_it_stands), format_bracketed(as_meant)
    if written[0] == written[1]:
        return stands
    return "".join(TWO_MEANINGS + each[:_SHOWN] for each in written)


def _meant(text: str, habits: ScannerHabits, layout: Layout, today: date) -> str | None:
    """The text as the scanner meant it.  A separator was found as it arrives, so it is put right first."""
    marked = text.replace(habits.separator, GS) if habits.separator else text
    forms = (marked, text) if marked != text else (text,)
    meanings = [meant for form in forms if (meant := meant_on(layout, form)) is not None]
    return next((meant for meant in meanings if _proven(meant, today)), meanings[0] if meanings else None)


def _separated(text: str, habits: ScannerHabits, today: date) -> str:
    """The text with FNC1 in its place, where that makes a code of elements of it."""
    if not habits.separator or habits.separator not in text:
        return text
    marked = text.replace(habits.separator, GS)
    try:
        scan = parse_scan(marked, today=today)
    except ScanUnreadable:
        return text
    return marked if scan.scheme in ("gs1", "ppn") else text


def _proven(text: str, today: date) -> Scan | None:
    try:
        scan = parse_scan(text, today=today)
    except ScanUnreadable:
        return None
    return scan if is_proven(scan) else None
