"""Does a scanner deliver what a code says?  Three test codes, and what their arrival tells about the scanner.

One code has a separator in its middle, one holds letters and signs of which each keyboard layout changes some,
one is a row of bars.  Nothing here decides for the clinic: what was found is said, and what can be put right
without a guess (a replaced separator, a layout) is offered to be kept.  Usual set-up: domain facts D.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from stockroom.barcodes.elements import GS
from stockroom.barcodes.keyboards import Layout, meant_on, typed_on
from stockroom.barcodes.scanner_habits import is_separator

SLOW_MS = 50
"""Between two characters; beyond it the end of one scan and the beginning of the next cannot be told apart."""


class TestCode(StrEnum):
    """The codes to be scanned, in this order."""

    __test__ = False  # not a test, whatever its name begins with

    SEPARATOR = "separator"
    LETTERS = "letters"
    BARS = "bars"


_HEAD, _TAIL = "010952012345678810AB1", "217K9"
CONTENTS: Mapping[TestCode, str] = {
    TestCode.SEPARATOR: "(01)09520123456788(10)AB1(21)7K9",
    TestCode.LETTERS: "Aa Zz Yy Qq Ww Mm 0123456789 @-/:;.,_$%*",
    TestCode.BARS: "(01)09520123456788(10)BAR5",
}
"""What is printed: elements with their brackets, or the text itself."""
_BARS = "010952012345678810BAR5"
_LETTERS = CONTENTS[TestCode.LETTERS]
_IDENTIFIER_LENGTH = 3


class Finding(StrEnum):
    """One thing that the arrival of the test codes tells."""

    SOUND = "sound"
    NOT_READ = "not_read"
    SEPARATOR_KEPT = "separator_kept"
    SEPARATOR_REPLACED = "separator_replaced"
    SEPARATOR_AMBIGUOUS = "separator_ambiguous"
    SEPARATOR_DROPPED = "separator_dropped"
    OTHER_LAYOUT = "other_layout"
    CASE_SWAPPED = "case_swapped"
    ONE_CASE = "one_case"
    LETTERS_LOST = "letters_lost"
    PREFIX = "prefix"
    SUFFIX = "suffix"
    ENDS_WITH_TAB = "ends_with_tab"
    ENDS_WITH_NOTHING = "ends_with_nothing"
    TOO_SLOW = "too_slow"
    NO_IDENTIFIER = "no_identifier"


HARMLESS = frozenset({Finding.SOUND, Finding.SEPARATOR_KEPT, Finding.NO_IDENTIFIER})
"""What needs no setting to be changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What came of one test code."""

    text: str
    """Without the line end."""
    ended_with: str = ""
    """Enter, Tab or none; empty where nobody could see."""
    ms_a_character: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the arrivals tell, and what may be kept for the clinic."""

    findings: Mapping[TestCode, tuple[Finding, ...]]
    """By code, for those that arrived."""
    layout: Layout | None
    """The computer's keyboard, where the scanner types for another."""
    separator: str
    """What arrives in the place of FNC1, where it can be put right; empty where nothing need or can be."""
    prefix: str
    suffix: str

    @property
    def is_sound(self) -> bool:
        """Whether all codes arrived as they should, so that nothing is to be changed."""
        whole = all(code in self.findings for code in TestCode)
        return whole and all(HARMLESS.issuperset(found) for found in self.findings.values())


def check_scanner(arrivals: Mapping[TestCode, Arrival]) -> Checked:
    """Tell what the scanner does to a code, from what arrived; codes that did not arrive are left out."""
    layout = _layout(arrivals)
    findings: dict[TestCode, tuple[Finding, ...]] = {}
    separator, prefix, suffix = "", "", ""
    for code, arrival in arrivals.items():
        found = _Found(arrival, layout)
        if code is TestCode.SEPARATOR:
            separator = found.look_for_separator()
        elif code is TestCode.LETTERS:
            found.look_for_letters()
        else:
            found.look_for(_BARS)
        found.look_at_the_end()
        findings[code] = tuple(found.said) or (Finding.SOUND,)
        prefix, suffix = prefix or found.prefix, suffix or found.suffix
    return Checked(findings=findings, layout=layout, separator=separator, prefix=prefix, suffix=suffix)


def _layout(arrivals: Mapping[TestCode, Arrival]) -> Layout | None:
    """The keyboard for which the scanner does not type; by the letters if they arrived, else by the digits."""
    for code, text in ((TestCode.LETTERS, _LETTERS), (TestCode.SEPARATOR, _HEAD), (TestCode.BARS, _BARS)):
        arrival = arrivals.get(code)
        if arrival is None or text in arrival.text:
            continue
        for layout in Layout:
            if typed_on(layout, text) in arrival.text:
                return layout
    return None


class _Found:
    """The arrival of one code, with what it tells."""

    def __init__(self, arrival: Arrival, layout: Layout | None) -> None:
        self.arrival, self.layout = arrival, layout
        self.said: list[Finding] = []
        self.prefix = self.suffix = ""
        if layout is not None:
            self.said.append(Finding.OTHER_LAYOUT)

    def look_for(self, text: str, *, end: int | None = None) -> int | None:
        """Where the text stands in what arrived; what is before and behind it is said.  None where it is not."""
        arrived = self.arrival.text
        typed = typed_on(self.layout, text) if self.layout is not None else text
        at = arrived.find(typed)
        if at < 0:
            self.said.append(Finding.NOT_READ)
            return None
        self._say_around(arrived[:at], arrived[at + len(typed) if end is None else end :])
        return at + len(typed)

    def look_for_separator(self) -> str:
        """What arrived between lot and serial; empty where it is FNC1 itself, or nothing, or no reading."""
        arrived = self.arrival.text
        tail = typed_on(self.layout, _TAIL) if self.layout is not None else _TAIL
        at = arrived.rfind(tail)
        behind = self.look_for(_HEAD, end=at + len(tail)) if at >= 0 else None
        if behind is None or behind > at:
            self.said = [*dict.fromkeys([*self.said, Finding.NOT_READ])]
            return ""
        between = arrived[behind:at]
        rest = arrived[:behind] + arrived[at:]
        if between == GS:
            self.said.append(Finding.SEPARATOR_KEPT)
        elif not between:
            self.said.append(Finding.SEPARATOR_DROPPED)
        elif is_separator(between) and between not in rest:
            self.said.append(Finding.SEPARATOR_REPLACED)
            return between
        else:
            self.said.append(Finding.SEPARATOR_AMBIGUOUS)
        return ""

    def look_for_letters(self) -> None:
        """Whether capitals, small letters and signs came through."""
        arrived = self.arrival.text
        if self.layout is None and _LETTERS not in arrived:
            said = next((word for word, changed in _CASES if changed(_LETTERS) in arrived), None)
            if said is None and _is_part(arrived, _LETTERS):
                said = Finding.LETTERS_LOST
            self.said.append(said or Finding.NOT_READ)
            return
        self.look_for(_LETTERS)

    def look_at_the_end(self) -> None:
        """Whether the scan ended with Enter, and came fast enough."""
        if self.arrival.ended_with == "Tab":
            self.said.append(Finding.ENDS_WITH_TAB)
        elif self.arrival.ended_with == "none":
            self.said.append(Finding.ENDS_WITH_NOTHING)
        if self.arrival.ms_a_character is not None and self.arrival.ms_a_character > SLOW_MS:
            self.said.append(Finding.TOO_SLOW)

    def _say_around(self, before: str, behind: str) -> None:
        plain = (meant_on(self.layout, before) if self.layout is not None else before) or before
        identifier = plain[-_IDENTIFIER_LENGTH:]
        if identifier[:1] == "]":
            before = before[:-_IDENTIFIER_LENGTH]
        elif not plain:
            self.said.append(Finding.NO_IDENTIFIER)
        self.prefix, self.suffix = before.strip(GS), behind
        if self.prefix:
            self.said.append(Finding.PREFIX)
        if self.suffix:
            self.said.append(Finding.SUFFIX)


_CASES = (
    (Finding.CASE_SWAPPED, str.swapcase),
    (Finding.ONE_CASE, str.upper),
    (Finding.ONE_CASE, str.lower),
)


def _is_part(arrived: str, whole: str) -> bool:
    """Whether the text arrived with characters missing, and at least half of them there."""
    rest = iter(whole)
    return len(arrived) * 2 >= len(whole) and all(each in rest for each in arrived)
