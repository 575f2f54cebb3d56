"""How are the figures shown?  One row an operation, as a table for people or one JSON object for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from bench.measuring import Measured


@dataclass(frozen=True, kw_only=True)
class Row:
    """One operation's figures; times in milliseconds."""

    setting: str
    """Database and how it was asked: in process, or the server."""
    operation: str
    limit_p50_ms: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    ratio: float | None = None
    """Stockroom's median over the median by hand."""
    statements: int | None = None
    per_second: float | None = None
    limit_per_second: float | None = None
    growth: float | None = None
    """Median at the largest ledger over the median at the smallest."""
    limit_growth: float | None = None
    walks: str = ""
    """Tables that grow with history and are walked whole."""
    goal: str = ""
    holds: bool | None = None
    """Whether the goal was met, where there is one."""
    holds_here: bool | None = None
    """Whether it was met in proportion to this machine's own limit."""


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A sentence about a run that must be true, and whether it was."""

    setting: str
    sentence: str
    holds: bool


def row_of(measured: Measured, setting: str) -> Row:
    """Give the row of an operation that was measured in process; it has no goal."""
    return Row(
        setting=setting,
        operation=measured.name,
        limit_p50_ms=1000 * measured.by_hand.p50,
        p50_ms=1000 * measured.by_stockroom.p50,
        p95_ms=1000 * measured.by_stockroom.percentile(95),
        ratio=measured.ratio,
        statements=measured.statements,
        walks=", ".join(measured.walks),
    )


_COLUMNS = (
    ("operation", "operation", "{:<27}"),
    ("limit ms", "limit_p50_ms", "{:>9.3f}"),
    ("p50 ms", "p50_ms", "{:>9.3f}"),
    ("p95 ms", "p95_ms", "{:>9.3f}"),
    ("p99 ms", "p99_ms", "{:>9.3f}"),
    ("ratio", "ratio", "{:>7.1f}"),
    ("stmts", "statements", "{:>6d}"),
    ("limit/s", "limit_per_second", "{:>9,.0f}"),
    ("per s", "per_second", "{:>9,.0f}"),
    ("growth", "growth", "{:>7.2f}"),
    ("of limit", "limit_growth", "{:>9.2f}"),
    ("walks", "walks", "  {:<34}"),
    ("goal", "goal", "  {:<62}"),
    ("", "holds", "{:<8}"),
    ("here", "holds_here", "{}"),
)


def as_table(rows: Sequence[Row], facts: Iterable[Fact]) -> str:
    """Give the rows under one heading a setting; columns that say nothing are left out."""
    lines: list[str] = []
    for setting in dict.fromkeys(row.setting for row in rows):
        lines += [*_table([row for row in rows if row.setting == setting], setting), ""]
    lines += [f"{'ok  ' if fact.holds else 'WRONG'} {fact.setting}: {fact.sentence}" for fact in facts]
    return "\n".join(lines)


def _table(rows: list[Row], setting: str) -> list[str]:
    used = [
        (title, name, form)
        for title, name, form in _COLUMNS
        if any(getattr(row, name) not in (None, "") for row in rows)
    ]
    lines = [setting, "".join(_headed(title, form) for title, _, form in used).rstrip()]
    return lines + ["".join(_cell(row, name, form) for _, name, form in used).rstrip() for row in rows]


def _headed(title: str, form: str) -> str:
    return _blank(form, title)


def _cell(row: Row, name: str, form: str) -> str:
    value = getattr(row, name)
    if name.startswith("holds"):
        return form.format({True: "holds", False: "MISSED", None: ""}[value])
    return _blank(form, "") if value in (None, "") else form.format(value)


def _blank(form: str, text: str) -> str:
    """A text in the width and direction of a number's form."""
    lead, _, spec = form.partition("{")
    digits = spec.strip("{}:").split(".")[0].rstrip("dfs,") or "0"
    return lead + (f"{text:{digits}}" if digits != "0" else text)


def as_json(rows: Sequence[Row], facts: Sequence[Fact]) -> str:
    """Give everything as one JSON object."""
    said = {"rows": [asdict(row) for row in rows], "facts": [asdict(fact) for fact in facts]}
    return json.dumps(said, indent=1)
