"""What is a list of goods worth in all?  Each currency by itself, and how many of its rows nobody can value."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from stockroom.rules.worth_layers import Value, together

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """The rows of one name, added up."""

    name: str
    row_count: int
    value: Value
    unknown_count: int
    """Rows whose cost is not known, or not wholly: the sums are without what is not known."""


def totals(
    rows: Iterable[Row], *, name: Callable[[Row], str], value: Callable[[Row], Value]
) -> tuple[Total, ...]:
    """Add rows up by their names, in the order in which the names come first."""
    groups: dict[str, list[Value]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(value(row))
    return tuple(_total(each, values) for each, values in groups.items())


def total(rows: Iterable[Row], *, value: Callable[[Row], Value]) -> Total:
    """Add up all of the rows."""
    return _total("", [value(row) for row in rows])


def _total(name: str, values: list[Value]) -> Total:
    return Total(
        name=name,
        row_count=len(values),
        value=together(values),
        unknown_count=sum(1 for each in values if not each.is_whole),
    )
