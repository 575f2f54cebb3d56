"""Which lot numbers may a recall's letter name?  Proposals only: a person confirms each of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stockroom.errors import InvalidValue
from stockroom.rules.recalling import LINES_MAX, NUMBER_MAX, ScopeLine, check_line, loosely
from stockroom.vocabulary import ScopeKind

TEXT_MAX = 200_000
_WORD = r"[A-Za-z0-9][A-Za-z0-9./*?_-]{0,60}"
_RANGE = re.compile(rf"(?<!\S)({_WORD})\s*(?:–|—|\bto\b|\bthrough\b|\bbis\b|\bдо\b|\s-\s)\s*({_WORD})")
_CUE = re.compile(
    r"\b(?:lots?|batch(?:es)?|charge|lotes?|lotto|lotti|партид\w*|ch\.-?b)\b[^\w\n]{0,4}"
    r"(?:(?:no|nos|nr|number|numbers|№)\b[^\w\n]{0,4})?",
    re.IGNORECASE,
)
_TOKEN = re.compile(rf"(?<![^\s,;:(\[\"'„“]){_WORD}")
_GTIN = re.compile(r"\d{12,14}")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}|(?:19|20)\d\d")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A number, range or pattern that the text may name, and where it stands there."""

    kind: ScopeKind
    first: str = ""
    last: str = ""
    pattern: str = ""
    context: str = ""
    is_likely: bool = True
    """It follows a word such as *lot*, stands on a line of its own, or is in the books."""


def candidates(text: str, *, known: Iterable[str] = ()) -> tuple[Candidate, ...]:
    """Propose what a text names, in its order and each once: ranges, patterns, and words that look like numbers.

    What looks like a number is in the books, however it is written there; or stands behind a word such as
    *lot*; or is alone on its line or in a list.  Other words with a digit are proposed as unlikely, and so is
    what is as long as a GTIN.  At most `LINES_MAX` proposals, the likely ones first.
    """
    in_books = {loosely(number) for number in known}
    found: dict[tuple[str, str, str], Candidate] = {}
    for line in text[:TEXT_MAX].splitlines():
        for each in _of_line(" ".join(line.split()), in_books):
            key = (each.first, each.last, each.pattern)
            earlier = found.get(key)
            if earlier is None or (each.is_likely and not earlier.is_likely):
                found[key] = each
    listed = [each for each in found.values() if each.is_likely]
    unlikely = [each for each in found.values() if not each.is_likely]
    return tuple((listed + unlikely)[:LINES_MAX])


def _of_line(line: str, in_books: set[str]) -> Iterable[Candidate]:
    rest = line
    for found in _RANGE.finditer(line):
        first, last = _trimmed(found[1]), _trimmed(found[2])
        if _is_range(first, last):
            yield Candidate(kind=ScopeKind.RANGE, first=first, last=last, context=line[:200])
            rest = rest.replace(found[0], " , ", 1)
    cue = _CUE.search(rest)
    behind = cue.end() if cue is not None else len(rest) + 1
    for token in _TOKEN.finditer(rest):
        word = _trimmed(token[0])
        if not _may_be_number(word):
            continue
        is_known = loosely(word) in in_books
        is_likely = is_known or (not _GTIN.fullmatch(word) and (token.start() >= behind or _is_listed(rest)))
        if "*" in word or "?" in word[:-1]:
            if word.strip("*?"):
                yield Candidate(kind=ScopeKind.PATTERN, pattern=word, context=line[:200], is_likely=is_likely)
        elif is_known or not _DATE.fullmatch(word):
            yield Candidate(kind=ScopeKind.LOT, first=word, context=line[:200], is_likely=is_likely)


def _trimmed(word: str) -> str:
    return word.rstrip(".-/_?")[:NUMBER_MAX]


def _is_range(first: str, last: str) -> bool:
    try:
        check_line(ScopeLine(product_uid="", kind=ScopeKind.RANGE, first=first, last=last))
    except InvalidValue:
        return False
    return not (_DATE.fullmatch(first) or _DATE.fullmatch(last))


def _may_be_number(word: str) -> bool:
    return len(word) >= 2 and any(each.isdigit() or each == "*" for each in word)


def _is_listed(line: str) -> bool:
    """Nothing but words with digits or stars stands on the line: it is a list."""
    words = [word for word in re.split(r"[\s,;]+", line) if word]
    return bool(words) and all(any(each.isdigit() or each == "*" for each in word) for word in words)
