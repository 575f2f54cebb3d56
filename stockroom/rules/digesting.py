"""How is a day's mail worded?  What stands, the gravest first, and no more lines of a kind than anybody reads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from stockroom.rules.alerting import profile
from stockroom.vocabulary import Severity

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


def digest(items: Sequence[Item], *, clinic: str, day: date) -> Digest:
    """Give the mail of a clinic's day in plain text; `items` holds one at least."""
    of_kind: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        of_kind[item.kind].append(item)
    kinds = sorted(of_kind, key=lambda kind: (min(_grave(item) for item in of_kind[kind]), kind))
    parts = [_part(kind, of_kind[kind]) for kind in kinds]
    count = len(items)
    things = "thing waits" if count == 1 else "things wait"
    opening = f"On {day.isoformat()} this waits for somebody in {clinic}."
    return Digest(
        subject=f"{clinic}: {count} {things} for somebody",
        body="\n\n".join([opening, *parts, "Open Stockroom to see to it, or to put it off.\n"]),
    )


def _part(kind: str, items: Iterable[Item]) -> str:
    ordered = sorted(items, key=lambda item: (_grave(item), not item.is_new, item.line))
    lines = [f"  - {item.line}{' (new)' if item.is_new else ''}" for item in ordered[:LINES_MAX]]
    if len(ordered) > LINES_MAX:
        lines.append(f"  - and {len(ordered) - LINES_MAX} more")
    told = profile(kind)
    return "\n".join([f"{told.title} ({len(ordered)}). {told.advice}", *lines])


def _grave(item: Item) -> int:
    return _GRAVITY.index(item.severity)
