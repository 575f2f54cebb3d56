"""What can be wrong in a reference data file, and in which file and line?

These are faults of the data that ships with Stockroom, not refusals that a user could answer: they
stop loading, and the message tells the author of the row where to look.
"""

from __future__ import annotations


class ReferenceDataFault(ValueError):
    """Something in a reference file is wrong; `file` and `line` (1 = the header) say where."""

    def __init__(self, file: str, line: int, fact: str) -> None:
        super().__init__(f"{file}, line {line}: {fact}")
        self.file = file
        self.line = line
        self.fact = fact


class FileNotReadable(ReferenceDataFault):
    """The file is absent, not UTF-8, or not well-formed CSV."""


class UnknownColumn(ReferenceDataFault):
    """The header has a column that the table does not know, or one column twice."""


class MissingColumn(ReferenceDataFault):
    """The header lacks a column of the table."""


class WrongCellCount(ReferenceDataFault):
    """The row has more or fewer cells than the header."""


class MissingValue(ReferenceDataFault):
    """A cell that must say something is empty."""


class UnreadableValue(ReferenceDataFault):
    """A cell says something that its column does not allow."""


class DuplicateSlug(ReferenceDataFault):
    """The slug (or source key) stands in an earlier row of the same file, or twice in one cell."""


class MissingSource(ReferenceDataFault):
    """The row names no source."""


class UnknownSource(ReferenceDataFault):
    """The row names a source that sources.csv does not have."""


class UnknownIngredient(ReferenceDataFault):
    """A component is not a slug of ingredients.csv."""


class UnknownIndication(ReferenceDataFault):
    """An indication is not a slug of indications.csv."""


class UnknownFlag(ReferenceDataFault):
    """A flag is not a slug of contraindications.csv."""


class UnknownSubject(ReferenceDataFault):
    """A rule is about something that no table and no vocabulary has."""


class ReversedRange(ReferenceDataFault):
    """The upper end of a range lies below its lower end, or stands without one."""
