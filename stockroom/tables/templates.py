"""Which table may somebody fill in?  With its heads, an example that says that it is one, and an explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, Any

from stockroom.errors import extracted
from stockroom.tables.columns import ASIDE, EXAMPLE
from stockroom.tables.kinds import COLUMNS
from stockroom.tables.words import TableKind
from stockroom.tables.writing import column_letter, csv_lines, saved

if TYPE_CHECKING:
    from openpyxl import Workbook

Translate = Callable[[str], str]
_DELETE_ME = extracted("an example: delete this line, or leave it; it is not read")
_TITLES = {
    TableKind.PRODUCTS: extracted("Products"),
    TableKind.STOCK: extracted("Opening stock"),
    TableKind.PATIENTS: extracted("Patients"),
    TableKind.SESSIONS: extracted("Sessions"),
}
_RULES = (
    extracted(
        "The heads stay as they are, in English and in any order; columns that you do not need may be deleted."
    ),
    extracted("A column whose head begins with # is not read: write there whatever you like."),
    extracted("Numbers may have a decimal comma or point, and no sign between thousands."),
    extracted(
        "Lot numbers and codes are texts, with their zeros and letters. A spreadsheet likes to turn them into "
        "numbers and dates; such a cell is refused, never repaired. Format the column as text before you type."
    ),
    extracted("CSV: UTF-8 or Western European, with comma, semicolon or tab between the cells."),
    extracted("First the whole file is only checked. It comes in as a whole, or not at all."),
    extracted("The same file a second time changes nothing."),
)
_READY_ROWS = 1_000
"""So many lines of a text column are formatted as text beforehand; the rest by the column's own format."""


def same(text: str) -> str:
    """Translate nothing."""
    return text


def template_csv(kind: TableKind, translate: Translate = same) -> Iterator[str]:
    """Give the lines of the template as CSV, with semicolons, as decimal commas ask for."""
    yield from csv_lines(_heads(kind), [_example(kind, translate)], separator=";")


def template_xlsx(kind: TableKind, translate: Translate = same) -> IO[bytes]:
    """Give the template as XLSX: the table, and a sheet that explains each column."""
    from openpyxl import Workbook  # here, because no start needs its tenth of a second
    from openpyxl.styles import Font

    book = Workbook()
    sheet: Any = book.active
    sheet.title = translate(_TITLES[kind])[:31]
    sheet.append(_heads(kind))
    sheet.append(_example(kind, translate))
    sheet.freeze_panes = "A2"
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for cell in sheet[2]:
        cell.font = Font(italic=True, color="808080")
        cell.data_type = "s"
        cell.number_format = "@"
    for n, column in enumerate((None, *COLUMNS[kind])):
        letter = column_letter(n)
        sheet.column_dimensions[letter].width = 18
        if column is not None and column.is_text:
            sheet.column_dimensions[letter].number_format = "@"
            for line in range(3, _READY_ROWS):
                sheet[f"{letter}{line}"].number_format = "@"
    _explain(book, kind, translate)
    return saved(book)


def _heads(kind: TableKind) -> list[str]:
    return [ASIDE, *(column.name for column in COLUMNS[kind])]


def _example(kind: TableKind, translate: Translate) -> list[str]:
    return [f"{EXAMPLE}: {translate(_DELETE_ME)}", *(column.example for column in COLUMNS[kind])]


def _explain(book: Workbook, kind: TableKind, translate: Translate) -> None:
    from openpyxl.styles import Alignment, Font

    sheet: Any = book.create_sheet(translate(extracted("Explanation")))
    sheet.append(
        [
            translate(extracted("Column")),
            translate(extracted("Needed")),
            translate(extracted("What stands in it")),
        ]
    )
    for column in COLUMNS[kind]:
        needed = translate(extracted("yes")) if column.is_needed else ""
        sheet.append([column.name, needed, translate(column.says)])
    sheet.append([])
    for rule in _RULES:
        sheet.append(["", "", translate(rule)])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for letter, width in (("A", 26), ("B", 10), ("C", 100)):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows():
        row[2].alignment = Alignment(wrap_text=True, vertical="top")
