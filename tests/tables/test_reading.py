"""Is a file read as it was meant, or refused, whatever program wrote it?"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest

from stockroom.tables.cells import CellKind
from stockroom.tables.reading import FILE_BYTES_MAX, TableTooLarge, TableUnreadable, read_table
from tests.importing import as_csv, as_xlsx

ROWS = (["name", "place"], ["Serum für Mäuse", "Kühlschrank"])


def texts(content: bytes) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in read_table(content, rows_max=100).rows]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_any_usual_separator_and_encoding_is_understood(separator: str, encoding: str) -> None:
    assert texts(as_csv(*ROWS, separator=separator, encoding=encoding)) == [list(row) for row in ROWS]


def test_the_separator_that_a_spreadsheet_names_is_taken_and_line_numbers_stay() -> None:
    table = read_table(b"sep=;\r\nname;place\r\nA, the first;B\r\n", rows_max=100)

    assert [cell.text for cell in table.rows[1].cells] == ["A, the first", "B"]
    assert table.rows[1].line == 3


def test_a_cell_of_several_lines_does_not_shift_the_numbers_below_it() -> None:
    table = read_table(b'name,place\n"two\nlines",A\nnext,B\n', rows_max=100)

    assert [row.line for row in table.rows] == [1, 2, 4]


def test_letters_of_another_alphabet_in_one_byte_each_are_refused_not_read_as_gibberish() -> None:
    with pytest.raises(TableUnreadable, match="neither UTF-8 nor Western"):
        read_table("name\nХладилник\n".encode("cp1251"), rows_max=100)


@pytest.mark.parametrize(
    "content",
    [
        b"\xd0\xcf\x11\xe0old office",
        b"name\x00place",
        b'name\n"never closed',
        b"PK\x03\x04not a zip at all",
    ],
    ids=["xls", "nul", "open quotation", "broken zip"],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    with pytest.raises(TableUnreadable):
        read_table(content, rows_max=100)


def test_a_zip_that_is_no_spreadsheet_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr("hello.txt", "hello")

    with pytest.raises(TableUnreadable):
        read_table(out.getvalue(), rows_max=100)


def test_an_entity_in_a_spreadsheet_is_never_expanded() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(as_xlsx(*ROWS))) as good, zipfile.ZipFile(out, "w") as bad:
        for part in good.infolist():
            body = good.read(part)
            if part.filename == "xl/workbook.xml":
                body = b'<!DOCTYPE lolz [<!ENTITY lol "lol">]>' + body
            bad.writestr(part.filename, body)

    with pytest.raises(TableUnreadable):
        read_table(out.getvalue(), rows_max=100)


def test_what_unpacks_into_much_more_than_it_weighs_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("xl/worksheets/sheet1.xml", b"0" * (65 * 1024 * 1024))
    assert len(out.getvalue()) < 100_000

    with pytest.raises(TableTooLarge, match="when it is unpacked"):
        read_table(out.getvalue(), rows_max=100)


def test_too_many_bytes_lines_columns_or_characters_are_refused() -> None:
    many_lines = as_csv(["name"], *[[str(n)] for n in range(11)])
    for content, what in (
        (b"x" * (FILE_BYTES_MAX + 1), "MB"),
        (many_lines, "lines"),
        (as_csv(["name"] * 101), "columns"),
        (as_csv(["name"], ["x" * 5_001]), "characters"),
    ):
        with pytest.raises(TableTooLarge, match=what):
            read_table(content, rows_max=10)
    assert len(read_table(as_csv(["name"], *[[str(n)] for n in range(10)]), rows_max=10).rows) == 11


def test_a_spreadsheet_says_of_each_cell_what_it_is() -> None:
    sheet = as_xlsx(
        ["00123", 123, 1e5, 2.5, date(2026, 5, 3), datetime(2026, 5, 3, 4, 5), True, "=A1", None, " "],
        [date(2026, 5, 1)],
        formats={"A2": "mmm-yy"},
    )

    first, second = read_table(sheet, rows_max=100).rows

    assert [(cell.kind, cell.text) for cell in first.cells] == [
        (CellKind.TEXT, "00123"),
        (CellKind.NUMBER, "123"),
        (CellKind.NUMBER, "100000"),
        (CellKind.NUMBER, "2.5"),
        (CellKind.DAY, "2026-05-03"),
        (CellKind.INSTANT, "2026-05-03 04:05:00"),
        (CellKind.FLAG, "yes"),
        (CellKind.FORMULA, "=A1"),
    ]
    assert second.cells[0].kind is CellKind.MONTH


def test_a_sheet_that_is_hidden_is_not_read() -> None:
    from openpyxl import Workbook

    book = Workbook()
    hidden, shown = book.active, book.create_sheet("Products")
    assert hidden is not None
    hidden.append(["secret"])
    hidden.sheet_state = "hidden"
    shown.append(["name"])
    out = io.BytesIO()
    book.save(out)

    assert texts(out.getvalue()) == [["name"]]
