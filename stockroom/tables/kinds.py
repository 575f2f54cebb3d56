"""Which tables can be brought in, and how is a file read as one of them?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from stockroom.errors import Refused, extracted
from stockroom.tables.cells import NamedRow
from stockroom.tables.columns import Column, named_rows
from stockroom.tables.faults import Fault, in_order
from stockroom.tables.patient_lines import PATIENT_COLUMNS, PatientLine, patient_line
from stockroom.tables.product_columns import PRODUCT_COLUMNS
from stockroom.tables.product_lines import ProductLine, product_line
from stockroom.tables.reading import Tell, read_table, silent
from stockroom.tables.stock_lines import STOCK_COLUMNS, StockLine, stock_line
from stockroom.tables.visit_lines import VISIT_COLUMNS, VisitLine, visit_line
from stockroom.tables.words import TableKind

AnyLine = ProductLine | StockLine | PatientLine | VisitLine


FAULTS_TOLD = 1_000


COLUMNS: dict[TableKind, Sequence[Column]] = {
    TableKind.PRODUCTS: PRODUCT_COLUMNS,
    TableKind.STOCK: STOCK_COLUMNS,
    TableKind.PATIENTS: PATIENT_COLUMNS,
    TableKind.SESSIONS: VISIT_COLUMNS,
}
ROWS_MAX = {
    TableKind.PRODUCTS: 20_000,
    TableKind.STOCK: 5_000,
    TableKind.PATIENTS: 20_000,
    TableKind.SESSIONS: 5_000,
}
"""Opening stock is one movement, of as many lines as a delivery has at most."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a file says: its good lines, and everything that is wrong with the others."""

    kind: TableKind
    lines: tuple[Any, ...]
    """ProductLine, StockLine, PatientLine or VisitLine, by the kind."""
    faults: tuple[Fault, ...]
    line_count: int
    """Lines below the heads, examples left out."""


def read_file(content: bytes, kind: TableKind, *, today: date, tell: Tell = silent) -> Reading:
    """Read a CSV or XLSX file as a table of this kind.

    `today` is the last day on which somebody can have been born.  Raises TableUnreadable, TableTooLarge.
    """
    table = read_table(content, rows_max=ROWS_MAX[kind], tell=tell)
    rows, found = named_rows(table, COLUMNS[kind])
    faults = list(found)
    lines: list[AnyLine] = []
    read = _readers(today)[kind]
    for done, row in enumerate(rows, start=1):
        said = read(row)
        if isinstance(said, tuple):
            faults.extend(said)
        else:
            lines.append(said)
        if done % 500 == 0:
            tell(done, len(rows))
    return Reading(kind=kind, lines=tuple(lines), faults=in_order(faults), line_count=len(rows))


def _readers(today: date) -> dict[TableKind, Callable[[NamedRow], AnyLine | tuple[Fault, ...]]]:
    return {
        TableKind.PRODUCTS: product_line,
        TableKind.STOCK: stock_line,
        TableKind.PATIENTS: lambda row: patient_line(row, today=today),
        TableKind.SESSIONS: visit_line,
    }


@dataclass(eq=False, kw_only=True)
class TableHasFaults(Refused):
    """Something in the table is wrong, so nothing of it was brought in."""

    code = "table_has_faults"
    message = extracted(
        "Nothing was brought in: {count} faults. The first: line {line}, {column}: {problem}. {instead}"
    )
    count: int
    line: int
    column: str
    problem: str
    instead: str
    faults: tuple[Mapping[str, str | int], ...]
    """Line, column, code and both sentences of each; the first thousand."""


def refuse_faults(faults: Sequence[Fault]) -> None:
    """Raise TableHasFaults, naming the first and with all of them, when there is any."""
    if faults:
        first = faults[0]
        raise TableHasFaults(
            count=len(faults),
            line=first.line,
            column=first.column,
            problem=first.sentence,
            instead=first.advice,
            faults=tuple(map(_told, faults[:FAULTS_TOLD])),
        )


def _told(found: Fault) -> Mapping[str, str | int]:
    return {
        "line": found.line,
        "column": found.column,
        "code": found.code,
        "problem": found.sentence,
        "instead": found.advice,
    }
