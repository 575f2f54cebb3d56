"""Which lot numbers does a line of a recall's notice name, and which merely come near?  Letters count as printed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

from stockroom.errors import InvalidValue, NeedsOverride, extracted
from stockroom.vocabulary import RecallState, RecallStepKind, ScopeKind

NUMBER_MAX = 100
LINES_MAX = 200
_DIGITS = re.compile(r"\d+")
_LOOSE = str.maketrans({"o": "0", "i": "1", "l": "1"})


@dataclass(eq=False, kw_only=True)
class PatternMatchesEverything(NeedsOverride):
    """A pattern covers every lot of its product that the books know."""

    code: ClassVar[str] = "pattern_matches_everything"
    message: ClassVar[str] = extracted(
        "The pattern {pattern} matches every lot of {product} in the books ({count}). If the notice means the whole "
        "product, name the whole product; else read the pattern again, or say that it is meant so."
    )
    pattern: str
    product: str
    count: int


@dataclass(frozen=True, kw_only=True)
class ScopeLine:
    """A line of a notice: of one product, a lot, a range, a pattern, or all of it."""

    product_uid: str
    kind: ScopeKind
    first: str = ""
    last: str = ""
    pattern: str = ""

    @property
    def said(self) -> str:
        """As people write it."""
        if self.kind is ScopeKind.RANGE:
            return f"{self.first} – {self.last}"
        return self.first or self.pattern

    def covers(self, number: str) -> bool:
        """Whether the line names this number, letter by letter."""
        if self.kind is ScopeKind.LOT:
            return number == self.first
        if self.kind is ScopeKind.RANGE:
            return _within(number, self.first, self.last)
        return self.kind is ScopeKind.PRODUCT or matches(self.pattern, number)

    def comes_near(self, number: str) -> bool:
        """Whether a number that the line does not name could have been meant: case, spaces, O and 0, l and 1."""
        if self.kind is ScopeKind.PRODUCT or self.covers(number):
            return False
        return ScopeLine(
            product_uid=self.product_uid,
            kind=self.kind,
            first=loosely(self.first),
            last=loosely(self.last),
            pattern=loosely(self.pattern),
        ).covers(loosely(number))


def check_line(line: ScopeLine) -> None:
    """Raise InvalidValue unless the line names something: an empty pattern or an open range names nothing."""
    for name in ("first", "last", "pattern"):
        text = getattr(line, name)
        if len(text) > NUMBER_MAX or "\0" in text or text != text.strip():
            raise InvalidValue(field=name, problem=f"as printed, at most {NUMBER_MAX} characters")
    wanted = {
        ScopeKind.LOT: ("first",),
        ScopeKind.RANGE: ("first", "last"),
        ScopeKind.PATTERN: ("pattern",),
        ScopeKind.PRODUCT: (),
    }[line.kind]
    for name in ("first", "last", "pattern"):
        if bool(getattr(line, name)) != (name in wanted):
            problem = "say it" if name in wanted else f"a line of the kind {line.kind.value} has none"
            raise InvalidValue(field=name, problem=problem)
    if line.kind is ScopeKind.PATTERN and not line.pattern.strip("*? "):
        raise InvalidValue(
            field="pattern", problem="more than * and ?; name the whole product if all of it is meant"
        )
    if line.kind is ScopeKind.RANGE:
        _check_range(line.first, line.last)


def _check_range(first: str, last: str) -> None:
    if _counting(first, last) is None:
        raise InvalidValue(
            field="last",
            problem="a range counts up in one group of digits, as LF2301 to LF2340; list the numbers otherwise",
        )


def _counting(first: str, last: str) -> tuple[str, str, int, int, int | None] | None:
    """What stands before and after the digits that count, from where to where, and how many digits there are.

    None where the two are not of one form.  No width where the digits are written without leading zeros.
    """
    for group in reversed(list(_DIGITS.finditer(first))):
        before, after = first[: group.start()], first[group.end() :]
        digits = last[len(before) : len(last) - len(after)]
        if not (last.startswith(before) and last.endswith(after) and digits.isascii() and digits.isdigit()):
            continue
        width = len(group[0]) if len(group[0]) == len(digits) else None
        if width is None and "0" in (group[0][0], digits[0]):
            continue
        if int(group[0]) < int(digits):
            return before, after, int(group[0]), int(digits), width
    return None


def _within(number: str, first: str, last: str) -> bool:
    form = _counting(first, last)
    if form is None:
        return False
    before, after, low, high, width = form
    digits = number[len(before) : len(number) - len(after)]
    if not (number.startswith(before) and number.endswith(after) and digits.isascii() and digits.isdigit()):
        return False
    if len(digits) != width if width is not None else digits.startswith("0"):
        return False
    return low <= int(digits) <= high


def matches(pattern: str, number: str) -> bool:
    """Whether a number fits a pattern in which * is any characters and ? is one; in linear room and no recursion."""
    at = star = -1
    here = there = 0
    while there < len(number):
        if here < len(pattern) and pattern[here] == "*":
            star, at = here, there
            here += 1
        elif here < len(pattern) and pattern[here] in ("?", number[there]):
            here, there = here + 1, there + 1
        elif star >= 0:
            at += 1
            here, there = star + 1, at
        else:
            return False
    return not pattern[here:].strip("*")


def loosely(number: str) -> str:
    """A number as somebody misreads it: without case, spaces and dashes, O as 0, I and l as 1."""
    return "".join(each for each in number.casefold() if each.isalnum() or each in "*?").translate(_LOOSE)


@dataclass(frozen=True, kw_only=True)
class KnownLot:
    """A manufacturer's lot in the books of a clinic."""

    product_uid: str
    number: str
    lot_uid: str
    clinic_uid: str


@dataclass(frozen=True, kw_only=True)
class Matched:
    """What a line found in the books; `near` it names not, and it is never merged with them."""

    line: ScopeLine
    covered: tuple[KnownLot, ...]
    near: tuple[KnownLot, ...]
    elsewhere: tuple[KnownLot, ...]
    """Lots with such a number of another product."""
    known: int
    """How many numbers of the product the books know."""

    @property
    def numbers(self) -> tuple[str, ...]:
        """The numbers that it covers, each once."""
        return tuple(sorted({lot.number for lot in self.covered}))

    @property
    def is_everything(self) -> bool:
        """A pattern or range that covers every number of the product, where there is more than one."""
        is_choice = self.line.kind in (ScopeKind.PATTERN, ScopeKind.RANGE)
        return is_choice and len(self.numbers) == self.known > 1


def match(line: ScopeLine, known: Iterable[KnownLot]) -> Matched:
    """Hold a line against the books; without a product it looks among all of them."""
    covered, near, elsewhere = list[KnownLot](), list[KnownLot](), list[KnownLot]()
    numbers = set[str]()
    for lot in known:
        if line.product_uid and lot.product_uid != line.product_uid:
            if line.kind is not ScopeKind.PRODUCT and line.covers(lot.number):
                elsewhere.append(lot)
            continue
        numbers.add(lot.number)
        if line.covers(lot.number):
            covered.append(lot)
        elif line.comes_near(lot.number):
            near.append(lot)
    return Matched(
        line=line,
        covered=tuple(covered),
        near=tuple(near),
        elsewhere=tuple(elsewhere),
        known=len(numbers),
    )


@dataclass(frozen=True, kw_only=True)
class Steps:
    """What decides on the state of a case, in the order in which it was recorded."""

    has_lots: bool
    has_finding: bool
    steps: tuple[RecallStepKind, ...] = field(default=())


def state_of(said: Steps) -> RecallState:
    """Say how far a case is."""
    ends = [each for each in said.steps if each in (RecallStepKind.CLOSED, RecallStepKind.REOPENED)]
    if ends and ends[-1] is RecallStepKind.CLOSED:
        return RecallState.CLOSED
    if said.has_lots:
        return RecallState.OPEN
    return RecallState.NOT_AFFECTED if said.has_finding else RecallState.FILED
