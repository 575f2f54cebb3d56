"""What stands in one cell of somebody's table, and what did the spreadsheet make of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class CellKind(StrEnum):
    """What the file itself says a cell is; in CSV everything is text."""

    EMPTY = "empty"
    TEXT = "text"
    NUMBER = "number"
    DAY = "day"
    MONTH = "month"
    """A date of which the spreadsheet shows the month and the year alone."""
    INSTANT = "instant"
    FLAG = "flag"
    FORMULA = "formula"
    BROKEN = "broken"
    """An error of the spreadsheet, such as #REF!."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """One cell as it stands: nothing is trimmed, rounded or repaired."""

    kind: CellKind
    text: str = ""
    """As written; a number in plain digits with a point, a day as YYYY-MM-DD."""
    is_typed: bool = False
    """True where the file says for each cell what it is (XLSX)."""


EMPTY = Cell(kind=CellKind.EMPTY)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of a table below its heads."""

    line: int
    """As the spreadsheet or the editor numbers it."""
    cells: tuple[Cell, ...]

    @property
    def is_empty(self) -> bool:
        return all(cell.kind is CellKind.EMPTY for cell in self.cells)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A file as lines of cells; the first line that is not empty holds the heads."""

    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class NamedRow:
    """One line with its cells by column; columns that the file does not have are empty."""

    line: int
    cells: Mapping[str, Cell]

    def cell(self, column: str) -> Cell:
        return self.cells.get(column, EMPTY)
