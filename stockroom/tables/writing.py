"""How do rows leave as a file?  As CSV line by line or as XLSX, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import itertools
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook

Written = str | int | date | datetime | None
"""What a cell may hold: an instant is written as text with its offset, a date as a date."""
MARK = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "\x00")
"""A text that begins so would be run by a spreadsheet, in full width too (OWASP, CSV injection)."""
_NUMBER = re.compile(r"-\d{1,15}(?:\.\d{1,9})?", re.ASCII)
"""A number below zero begins as a formula does, and runs nothing."""
_EXACT_MAX = 10**15
"""A spreadsheet keeps fifteen digits of a number; a longer one is written as text."""
_SHEET_ROWS_MAX = 1_048_576
_IN_MEMORY_MAX = 4 * 1024 * 1024


def csv_lines(
    heads: Sequence[str], rows: Iterable[Sequence[Written]], *, separator: str = ","
) -> Iterator[str]:
    """Give the lines of a CSV file, its first with the mark by which spreadsheets know UTF-8."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=separator)
    yield MARK
    for row in itertools.chain((heads,), rows):
        writer.writerow([_plain(cell) for cell in row])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def xlsx_file(heads: Sequence[str], rows: Iterable[Sequence[Written]], *, title: str) -> IO[bytes]:
    """Give an XLSX file, written row by row, open at its beginning; every text is a text, whatever it begins with.

    What does not fit on one sheet goes on on the next.
    """
    from openpyxl import Workbook  # here, because no start needs its tenth of a second

    book = Workbook(write_only=True)
    sheet: Any = None
    for n, row in enumerate(rows):
        if n % (_SHEET_ROWS_MAX - 1) == 0:
            sheet = _sheet(book, heads, title)
        sheet.append([_typed(sheet, cell) for cell in row])
    if sheet is None:
        _sheet(book, heads, title)
    return saved(book)


def saved(book: Workbook) -> IO[bytes]:
    """Give a workbook as a file, on disk where it is large."""
    out: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY_MAX)  # noqa: SIM115 - whoever sends it closes it
    book.save(out)
    out.seek(0)
    return out


def _sheet(book: Workbook, heads: Sequence[str], title: str) -> Any:
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for n, head in enumerate(heads):
        sheet.column_dimensions[column_letter(n)].width = max(12, min(40, len(head) + 4))
    sheet.append([_head(sheet, head) for head in heads])
    return sheet


def column_letter(n: int) -> str:
    """Give what a spreadsheet calls a column, from 0."""
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(n + 1))


def _head(sheet: Any, head: str) -> Any:
    from openpyxl.styles import Font

    cell = _typed(sheet, head)
    cell.font = Font(bold=True)
    return cell


def _plain(cell: Written) -> str | int:
    if cell is None:
        return ""
    if isinstance(cell, date):  # an instant too
        return cell.isoformat()
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def _typed(sheet: Any, cell: Written) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if cell is None:
        return None
    if isinstance(cell, date) and not isinstance(cell, datetime):
        dated: Any = WriteOnlyCell(sheet)
        dated.value = cell
        dated.number_format = "yyyy-mm-dd"
        return dated
    if isinstance(cell, int) and not isinstance(cell, bool) and abs(cell) < _EXACT_MAX:
        return WriteOnlyCell(sheet, value=cell)
    text = cell.isoformat() if isinstance(cell, datetime) else str(cell)
    written = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("\ufffd", text))
    written.data_type = "s"  # also where it begins with =
    return written
