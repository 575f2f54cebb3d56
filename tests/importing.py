"""Files as clinics keep them: rows of cells as CSV and as XLSX, for tests of what comes in."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from openpyxl import Workbook

from stockroom.tables.kinds import Reading, read_file
from stockroom.tables.words import TableKind

TODAY = date(2026, 3, 2)


def as_csv(*rows: Sequence[object], separator: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(*rows: Sequence[Any], formats: dict[str, str] | None = None) -> bytes:
    """Rows as an XLSX file, each cell of the type that its value has; `formats` by cell, such as B2."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for cell, shown_as in (formats or {}).items():
        sheet[cell].number_format = shown_as
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def read(content: bytes, kind: TableKind) -> Reading:
    """What the file says."""
    return read_file(content, kind, today=TODAY)


def told(reading: Any) -> list[tuple[int, str, str]]:
    """Line, column and code of each fault."""
    return [(each.line, each.column, each.code) for each in reading.faults]


PRODUCT_HEADS = ("manufacturer", "name", "strength", "presentation", "content")


def product_rows(count: int, *, manufacturer: str = "Demo Laboratories") -> list[list[str]]:
    """So many different vials, with their heads."""
    rows = [list(PRODUCT_HEADS)]
    rows += [[manufacturer, f"Demo Vial {n}", "", "vial", "5 mL"] for n in range(1, count + 1)]
    return rows
