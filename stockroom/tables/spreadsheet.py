"""What do the cells of an XLSX file say, each by its own type?  Nothing is computed, and little unpacked."""

from __future__ import annotations

import io
import math
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import ParseError

from stockroom.tables.cells import EMPTY, Cell, CellKind, Row
from stockroom.tables.reading import COLUMNS_MAX, TableTooLarge, TableUnreadable

UNPACKED_BYTES_MAX = 64 * 1024 * 1024
PARTS_MAX = 500
LINES_MAX = 200_000
"""Lines that are looked at, empty ones included."""
_FAULTS = (
    KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, EOFError, NotImplementedError,
    zipfile.BadZipFile, ParseError,
)  # fmt: skip
"""What openpyxl and zipfile let through for files that are not what they say they are, beside their own: a part
that is missing or of another shape, a compression that zipfile does not know (NotImplementedError)."""


def spreadsheet_rows(content: bytes) -> Iterator[Row]:
    """Give the lines of the first sheet that is shown.  Raises TableUnreadable, TableTooLarge."""
    from defusedxml import DefusedXmlException
    from openpyxl import load_workbook  # here, because no start needs its tenth of a second
    from openpyxl.utils.exceptions import InvalidFileException

    _measure(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and checks that are not read here
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
            shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
            if not shown:
                raise TableUnreadable(reason="it shows no sheet")
            shown[0].reset_dimensions()  # what it says of its size may be wrong
            yield from _rows(shown[0])
    except (TableUnreadable, TableTooLarge):
        raise
    except (*_FAULTS, InvalidFileException, DefusedXmlException) as error:
        raise TableUnreadable(reason=f"it is no XLSX file ({type(error).__name__})") from None


def _measure(content: bytes) -> None:
    """Refuse what would unpack into much more than it seems: a zip file says how large its parts are, and
    nothing beyond that is read."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
    except zipfile.BadZipFile:
        raise TableUnreadable(reason="it is damaged") from None
    if len(parts) > PARTS_MAX:
        raise TableTooLarge(most=PARTS_MAX, what="parts")
    if sum(part.file_size for part in parts) > UNPACKED_BYTES_MAX:
        raise TableTooLarge(most=UNPACKED_BYTES_MAX // 1024 // 1024, what="MB when it is unpacked")
    if any(part.flag_bits & 1 for part in parts):
        raise TableUnreadable(reason="it is locked with a password")


def _rows(sheet: Any) -> Iterator[Row]:
    for line, cells in enumerate(sheet.iter_rows(), start=1):
        if line > LINES_MAX:
            raise TableTooLarge(most=LINES_MAX, what="lines, empty ones included")
        found = [_cell(cell) for cell in cells[: COLUMNS_MAX + 1]]
        while found and found[-1] is EMPTY:
            found.pop()
        yield Row(line=line, cells=tuple(found))


def _cell(cell: Any) -> Cell:
    value, sort = cell.value, getattr(cell, "data_type", "n")
    if value is None or (isinstance(value, str) and not value.strip()):
        return EMPTY
    if sort == "f":
        return Cell(kind=CellKind.FORMULA, text=str(value), is_typed=True)
    if sort == "e":
        return Cell(kind=CellKind.BROKEN, text=str(value), is_typed=True)
    if isinstance(value, bool):
        return Cell(kind=CellKind.FLAG, text="yes" if value else "no", is_typed=True)
    if isinstance(value, (int, float)):
        return Cell(kind=CellKind.NUMBER, text=_digits(value), is_typed=True)
    if isinstance(value, (datetime, date, time, timedelta)):
        return _dated(value, str(getattr(cell, "number_format", "")))
    return Cell(kind=CellKind.TEXT, text=str(value), is_typed=True)


def _digits(value: int | float) -> str:
    """A number in plain digits, as it was written; the shortest that gives the same number again."""
    if isinstance(value, float) and not math.isfinite(value):
        return "?"
    exact = Decimal(repr(value))
    return f"{exact.to_integral_value():f}" if exact == exact.to_integral_value() else f"{exact:f}"


def _dated(value: datetime | date | time | timedelta, shown_as: str) -> Cell:
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()
    if isinstance(value, date) and not isinstance(value, datetime):
        whole = "d" in shown_as.casefold() or "general" in shown_as.casefold()
        return Cell(kind=CellKind.DAY if whole else CellKind.MONTH, text=value.isoformat(), is_typed=True)
    text = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    return Cell(kind=CellKind.INSTANT, text=text, is_typed=True)
