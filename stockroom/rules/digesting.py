"""How is a day's mail worded?  What stands, the gravest first, and no more lines of a kind than anybody reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from stockroom.notices import Severity
from stockroom.rules.alerting import profile

LINES_MAX = 20
_GRAVITY = tuple(reversed(Severity))


@dataclass(frozen=True, kw_only=True)
class Item:
    """One alert as a line of mail."""

    kind: str
    severity: Severity
    line: str
    """Product, lot, place and date; never a patient."""
    is_new: bool
    """Raised within the last day."""


@dataclass(frozen=True, kw_only=True)
class Digest:
    subject: str
    body: str


class Words(Protocol):
    """The words of the reader's language, as gettext gives them."""

    def gettext(self, message: str, /) -> str: ...

    def ngettext(self, msgid1: str, msgid2: str, n: int, /) -> str: ...


def digest(items: Sequence[Item], *, clinic: str, day: str, words: Words) -> Digest:
    """Give the mail of a clinic's day in plain text; `items` holds one at least, `day` as it is written there."""
    of_kind: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        of_kind[item.kind].append(item)
    kinds = sorted(of_kind, key=lambda kind: (min(_grave(item) for item in of_kind[kind]), kind))
    parts = [_part(kind, of_kind[kind], words) for kind in kinds]
    opening = words.gettext("On %(day)s this waits for somebody in %(clinic)s.")
    ending = words.gettext("Open Stockroom to see to it, or to put it off.")
    count = len(items)
    subject = words.ngettext(
        "%(clinic)s: %(num)s thing waits for somebody", "%(clinic)s: %(num)s things wait for somebody", count
    )
    return Digest(
        subject=subject % {"clinic": clinic, "num": count},
        body="\n\n".join([opening % {"day": day, "clinic": clinic}, *parts, f"{ending}\n"]),
    )


def _part(kind: str, items: Iterable[Item], words: Words) -> str:
    ordered = sorted(items, key=lambda item: (_grave(item), not item.is_new, item.line))
    new = words.gettext("new")
    lines = [f"  - {item.line}{f' ({new})' if item.is_new else ''}" for item in ordered[:LINES_MAX]]
    more = len(ordered) - LINES_MAX
    if more > 0:
        lines.append("  - " + words.ngettext("and %(num)s more", "and %(num)s more", more) % {"num": more})
    told = profile(kind)
    return "\n".join([f"{words.gettext(told.title)} ({len(ordered)}). {words.gettext(told.advice)}", *lines])


def _grave(item: Item) -> int:
    return _GRAVITY.index(item.severity)
