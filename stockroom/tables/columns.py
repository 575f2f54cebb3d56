"""Which columns does a table of ours have, and which of them does somebody's file bring?"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stockroom.errors import extracted
from stockroom.tables import faults
from stockroom.tables.cells import Cell, CellKind, NamedRow, Row, Table
from stockroom.tables.faults import Fault, fault

ASIDE = "#"
"""A column whose head begins so is not read."""
EXAMPLE = "EXAMPLE"
"""A line that begins so in a column that is not read is the template's example."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a template."""

    name: str
    says: str
    """What stands in it, for the explanation; marked for translation."""
    example: str = ""
    is_needed: bool = False
    is_text: bool = False
    """Formatted as text in the XLSX template, so that a spreadsheet leaves it alone."""


def explained(says: str) -> str:
    """Mark what a column says for the translators."""
    return extracted(says)


def named_rows(table: Table, columns: Sequence[Column]) -> tuple[tuple[NamedRow, ...], tuple[Fault, ...]]:
    """Give the lines below the heads with their cells by column, examples left out, and what is wrong as a whole."""
    if not table.rows:
        return (), (fault(1, "", faults.NO_ROWS),)
    heads, body = table.rows[0], table.rows[1:]
    places, aside, found = _places(heads, columns)
    if found:
        return (), tuple(found)
    rows = tuple(_named(row, places) for row in body if not _is_example(row, aside))
    nameless = {n for n, cell in enumerate(heads.cells) if cell.kind is CellKind.EMPTY}
    astray = [fault(row.line, "", faults.NO_HEAD) for row in body if _strays(row, len(heads.cells), nameless)]
    if not rows:
        astray.append(fault(heads.line, "", faults.NO_ROWS))
    return rows, tuple(astray)


def _strays(row: Row, width: int, nameless: set[int]) -> bool:
    """True when something stands where no head is: a separator in a text, or a head that was forgotten."""
    return any(
        cell.kind is not CellKind.EMPTY for n, cell in enumerate(row.cells) if n >= width or n in nameless
    )


def _places(heads: Row, columns: Sequence[Column]) -> tuple[dict[str, int], list[int], list[Fault]]:
    known = {_folded(column.name): column.name for column in columns}
    places: dict[str, int] = {}
    aside: list[int] = []
    found: list[Fault] = []
    for n, cell in enumerate(heads.cells):
        head = cell.text.strip()
        if not head or head.startswith(ASIDE):
            aside.append(n)
        elif (name := known.get(_folded(head))) is None:
            found.append(fault(heads.line, head, faults.UNKNOWN_COLUMN, text=head, hint=_hint(head, known)))
        elif name in places:
            found.append(fault(heads.line, name, faults.COLUMN_TWICE, text=name))
        else:
            places[name] = n
    for column in columns:
        if column.is_needed and column.name not in places:
            found.append(fault(heads.line, column.name, faults.COLUMN_MISSING))
    return places, aside, found


def _hint(head: str, known: dict[str, str]) -> str:
    near = difflib.get_close_matches(_folded(head), known, n=1)
    return f"{known[near[0]]}?" if near else ""


def _folded(head: str) -> str:
    return " ".join(head.replace("_", " ").replace("*", " ").casefold().split())


def _named(row: Row, places: dict[str, int]) -> NamedRow:
    cells: dict[str, Cell] = {name: row.cells[n] for name, n in places.items() if n < len(row.cells)}
    return NamedRow(line=row.line, cells=cells)


def _is_example(row: Row, aside: Sequence[int]) -> bool:
    return any(cell.text.strip().upper().startswith(EXAMPLE) for cell in _at(row, aside))


def _at(row: Row, places: Sequence[int]) -> Iterator[Cell]:
    return (row.cells[n] for n in places if n < len(row.cells))
