"""How does somebody's file become a table?  CSV in the usual encodings and separators, or XLSX; bounded, or refused."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Refused, Unreadable, extracted
from stockroom.tables.cells import EMPTY, Cell, CellKind, Row, Table

FILE_BYTES_MAX = 10 * 1024 * 1024
COLUMNS_MAX = 100
CELL_MAX = 5_000
Tell = Callable[[int, int], None]
"""Is told how much is done, of how much in all."""
_WORD_OF_HIGH_BYTES = re.compile(rb"[\xc0-\xff]{4}")
_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(eq=False, kw_only=True)
class TableUnreadable(Unreadable):
    """The file is no table that can be read."""

    code: ClassVar[str] = "table_unreadable"
    message: ClassVar[str] = extracted(
        "This file cannot be read as a table: {reason}. Save it as CSV UTF-8 or as XLSX and send it again."
    )
    reason: str


@dataclass(eq=False, kw_only=True)
class TableTooLarge(Refused):
    """The file is larger than what is read at once."""

    code: ClassVar[str] = "table_too_large"
    message: ClassVar[str] = extracted(
        "This file has more than {most} {what}. Cut it into several files and send them one after the other."
    )
    most: int
    what: str


def silent(done: int, whole: int) -> None:
    """Tell nobody."""


def read_table(content: bytes, *, rows_max: int, tell: Tell = silent) -> Table:
    """Give the lines of a CSV or XLSX file; what it is, its first bytes say.

    Raises TableUnreadable, TableTooLarge.
    """
    if len(content) > FILE_BYTES_MAX:
        raise TableTooLarge(most=FILE_BYTES_MAX // 1024 // 1024, what="MB")
    if content.startswith(_OLD_OFFICE):
        raise TableUnreadable(reason="it is in the old XLS format, or locked with a password")
    if content.startswith(_ZIP):
        from stockroom.tables.spreadsheet import spreadsheet_rows  # a heavy library, only where it is needed

        rows = spreadsheet_rows(content)
    else:
        rows = _text_rows(content)
    return Table(rows=tuple(_bounded(rows, rows_max=rows_max, tell=tell)))


def _bounded(rows: Iterable[Row], *, rows_max: int, tell: Tell) -> Iterator[Row]:
    """The lines in which something stands."""
    count = 0
    for row in rows:
        if row.is_empty:
            continue
        count += 1
        if count > rows_max + 1:  # one line of heads
            raise TableTooLarge(most=rows_max, what="lines")
        if len(row.cells) > COLUMNS_MAX:
            raise TableTooLarge(most=COLUMNS_MAX, what="columns")
        if any(len(cell.text) > CELL_MAX for cell in row.cells):
            raise TableTooLarge(most=CELL_MAX, what="characters in a cell")
        if count % 500 == 0:
            tell(count, rows_max)
        yield row


def _text_rows(content: bytes) -> Iterator[Row]:
    text = _decoded(content)
    text, separator = _separated(text)
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in lines:
            yield Row(line=begins, cells=tuple(map(_cell, cells)))
            begins = lines.line_num + 1
    except csv.Error as error:
        raise TableUnreadable(reason=f"line {begins}: {error}") from None


def _cell(text: str) -> Cell:
    return Cell(kind=CellKind.TEXT, text=text) if text.strip() else EMPTY


def _decoded(content: bytes) -> str:
    """The text of a file: UTF-8 or UTF-16 with their marks, UTF-8 without, else Western European (cp1252).

    Another alphabet of one byte a letter would be read as gibberish, so it is refused: it has words of high bytes
    alone, which Western European texts have not.
    """
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return _strictly(content, encoding)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        if _WORD_OF_HIGH_BYTES.search(content):
            raise TableUnreadable(reason="its letters are neither UTF-8 nor Western European") from None
        text = _strictly(content, "cp1252")
    if "\0" in text:
        raise TableUnreadable(reason="it is not a text")
    return text


def _strictly(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise TableUnreadable(reason="its letters are neither UTF-8 nor Western European") from None


def _separated(text: str) -> tuple[str, str]:
    """The text and what stands between its cells: what its first line names (`sep=;`), else holds most often."""
    first, _, rest = text.lstrip("\r\n").partition("\n")
    if first.strip().casefold() in ("sep=;", "sep=,", "sep=\t", "sep="):
        return "\n" + rest, first.strip("\r\n")[4:5] or "\t"  # line numbers stay
    outside = re.sub(r'"[^"]*"', "", first)
    return text, max(";\t,", key=outside.count)
