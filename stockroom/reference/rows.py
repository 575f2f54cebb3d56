"""What does one line of a reference file say, read strictly?"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import TypedDict, TypeVar

from stockroom.reference.faults import (
    DuplicateSlug,
    FileNotReadable,
    MissingColumn,
    MissingSource,
    MissingValue,
    ReversedRange,
    UnknownColumn,
    UnreadableValue,
    WrongCellCount,
)
from stockroom.reference.records import Range, Span, Unit

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
COUNT = re.compile(r"[1-9][0-9]{0,3}")
SEPARATOR = ";"

Choice = TypeVar("Choice", bound=StrEnum)


class Head(TypedDict):
    """The cells that every record has."""

    slug: str
    name: str
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Row:
    """One line of a reference file; every method raises a ReferenceDataFault that names it."""

    file: str
    line: int
    cells: Mapping[str, str]

    def text(self, column: str) -> str:
        """The cell, which must not be empty (MissingValue)."""
        value = self.optional_text(column)
        if not value:
            raise MissingValue(self.file, self.line, f"{column} is empty")
        return value

    def optional_text(self, column: str) -> str:
        """The cell, "" when nothing is stated; UnreadableValue when it has blanks around it."""
        value = self.cells[column]
        if value != value.strip():
            raise UnreadableValue(self.file, self.line, f"{column} has blanks around it: {value!r}")
        return value

    def slug(self) -> str:
        """The row's own slug: lower-case words joined by hyphens, else UnreadableValue."""
        value = self.text("slug")
        if not SLUG.fullmatch(value):
            raise UnreadableValue(self.file, self.line, f"slug {value!r} is not lower-case-words")
        return value

    def flag(self, column: str) -> bool:
        """True for "yes", False for an empty cell, else UnreadableValue."""
        value = self.optional_text(column)
        if value not in ("", "yes"):
            raise UnreadableValue(self.file, self.line, f"{column} is {value!r}, not yes or empty")
        return value == "yes"

    def choice(self, column: str, kind: type[Choice]) -> Choice:
        """The member of `kind` that the cell names, else UnreadableValue."""
        value = self.text(column)
        try:
            return kind(value)
        except ValueError:
            allowed = ", ".join(kind)
            raise UnreadableValue(
                self.file, self.line, f"{column} is {value!r}, not one of {allowed}"
            ) from None

    def listed(self, column: str) -> tuple[str, ...]:
        """The parts of a cell between semicolons, in order; DuplicateSlug when one stands twice."""
        value = self.optional_text(column)
        parts = tuple(value.split(SEPARATOR)) if value else ()
        if any(part != part.strip() or not part for part in parts):
            raise UnreadableValue(self.file, self.line, f"{column} has an empty or padded part")
        if len(set(parts)) != len(parts):
            raise DuplicateSlug(self.file, self.line, f"{column} names one thing twice")
        return parts

    def head(self) -> Head:
        """The cells that every record has; MissingSource when no source is named."""
        sources = self.listed("sources")
        if not sources:
            raise MissingSource(self.file, self.line, "no source is named")
        return Head(
            slug=self.slug(),
            name=self.text("name"),
            sources=sources,
            note=self.optional_text("note"),
        )

    def range(self, name: str) -> Range | None:
        """Columns `name`_from and `name`_to; None when both are empty, else ReversedRange."""
        lowest, highest = self._count(f"{name}_from"), self._count(f"{name}_to")
        if lowest is None and highest is None:
            return None
        if lowest is None or (highest is not None and highest < lowest):
            raise ReversedRange(self.file, self.line, f"{name} goes from {lowest} to {highest}")
        return Range(lowest=lowest, highest=highest)

    def span(self, name: str, *, units: frozenset[Unit] = frozenset(Unit)) -> Span | None:
        """Like `range`, with the unit in column `name`_unit, which must be one of `units`."""
        ends = self.range(name)
        column = f"{name}_unit"
        if ends is None:
            if self.optional_text(column):
                raise UnreadableValue(self.file, self.line, f"{column} stands without numbers")
            return None
        unit = self.choice(column, Unit)
        if unit not in units:
            raise UnreadableValue(self.file, self.line, f"{column} may not be {unit}")
        return Span(lowest=ends.lowest, highest=ends.highest, unit=unit)

    def whole_number(self, column: str) -> int:
        """A whole number above 0; MissingValue when the cell is empty."""
        self.text(column)
        return self._count(column) or 0

    def optional_number(self, column: str) -> int | None:
        """A whole number above 0, or None for an empty cell."""
        return self._count(column)

    def _count(self, column: str) -> int | None:
        value = self.optional_text(column)
        if not value:
            return None
        if not COUNT.fullmatch(value):
            fact = f"{column} is {value!r}, not a whole number above 0"
            raise UnreadableValue(self.file, self.line, fact)
        return int(value)


def read_rows(folder: Traversable, file: str, *, columns: tuple[str, ...]) -> tuple[Row, ...]:
    """All rows of `file`, whose header must have exactly `columns` in any order.

    Raises FileNotReadable, UnknownColumn, MissingColumn or WrongCellCount.
    """
    reader = csv.reader(_lines(folder, file), strict=True)
    try:
        header = next(reader, [])
        _check_header(file, header, columns)
        return tuple(_row(file, reader.line_num, header, cells) for cells in reader)
    except csv.Error as error:
        raise FileNotReadable(file, reader.line_num, str(error)) from error


def _lines(folder: Traversable, file: str) -> io.StringIO:
    try:
        text = folder.joinpath(file).read_bytes().decode("utf-8")
    except OSError as error:
        raise FileNotReadable(file, 1, "the file is not there") from error
    except UnicodeDecodeError as error:
        raise FileNotReadable(file, 1, "the file is not UTF-8") from error
    return io.StringIO(text, newline="")


def _check_header(file: str, header: list[str], columns: tuple[str, ...]) -> None:
    for column in header:
        if column not in columns or header.count(column) > 1:
            raise UnknownColumn(file, 1, f"column {column!r} is unknown or stands twice")
    for column in columns:
        if column not in header:
            raise MissingColumn(file, 1, f"column {column!r} is missing")


def _row(file: str, line: int, header: list[str], cells: list[str]) -> Row:
    if len(cells) != len(header):
        raise WrongCellCount(file, line, f"{len(cells)} cells under {len(header)} columns")
    return Row(file, line, dict(zip(header, cells, strict=True)))
