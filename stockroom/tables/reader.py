"""What do the cells of one line say?  Every method gives a value, and notes a fault where there is none to give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from stockroom.errors import StockroomError
from stockroom.tables import faults
from stockroom.tables.amounts import currency_known, minor_of, quantity_of
from stockroom.tables.cells import Cell, CellKind, NamedRow
from stockroom.tables.days import day_of
from stockroom.tables.faults import Fault, Wrong, fault, fault_of
from stockroom.tables.shapes import looks_broken, looks_like_day, looks_like_number
from stockroom.vocabulary import BaseUnit

Word = TypeVar("Word")
TEXT_MAX = 200
CODE_MAX = 100
_DATED = (CellKind.DAY, CellKind.MONTH, CellKind.INSTANT)
_YES = {"yes": True, "no": False, "true": True, "false": False, "1": True, "0": False}


class Reader:
    """One line in the hands of whoever knows what its columns mean."""

    def __init__(self, row: NamedRow) -> None:
        self._row = row
        self.line = row.line
        self.faults: list[Fault] = []

    @property
    def is_good(self) -> bool:
        return not self.faults

    def says(self, column: str) -> bool:
        """True when something stands in the cell."""
        return bool(self._row.cell(column).text.strip())

    def refuse(self, column: str, wrong: Wrong, **facts: object) -> None:
        """Note what is wrong with a cell."""
        self.faults.append(fault(self.line, column, wrong, **facts))

    def refuse_as(self, column: str, error: StockroomError) -> None:
        """Note a refusal in its own words."""
        self.faults.append(fault_of(self.line, column, error))

    def text(self, column: str, *, needed: bool = False, longest: int = TEXT_MAX) -> str:
        """A text of people, without the white space around it; a number is its digits."""
        cell = self._sound(column)
        text = "" if cell is None else " ".join(cell.text.split())
        if cell is not None and cell.kind in _DATED:
            self.refuse(column, faults.TURNED_INTO_DATE, text=cell.text)
            return ""
        return self._measured(column, text, needed=needed and cell is not None, longest=longest)

    def code(self, column: str, *, needed: bool = False, longest: int = CODE_MAX) -> str:
        """A lot number or a code, verbatim: what a spreadsheet made of it is refused by name, never repaired.

        Of a file that says what each cell is, the cell's type counts; of another, its shape.  There an
        apostrophe in front says that what follows stands as it is printed.
        """
        cell = self._sound(column)
        if cell is None or not cell.text:
            return self._measured(column, "", needed=needed and cell is not None, longest=longest)
        if cell.kind is not CellKind.TEXT:
            is_day = cell.kind in _DATED
            self.refuse(
                column, faults.TURNED_INTO_DATE if is_day else faults.TURNED_INTO_NUMBER, text=cell.text
            )
            return ""
        text = cell.text
        if not cell.is_typed and text.startswith("'"):
            text = text[1:]
        elif not cell.is_typed and (looks_like_number(text.strip()) or looks_like_day(text.strip())):
            wrong = faults.LOOKS_LIKE_DATE if looks_like_day(text.strip()) else faults.LOOKS_LIKE_NUMBER
            self.refuse(column, wrong, text=text.strip())
            return ""
        if text != text.strip() or not text.isprintable():
            self.refuse(column, faults.HIDDEN_SIGN)
            return ""
        return self._measured(column, text, needed=needed, longest=longest)

    def count(self, column: str, *, least: int, most: int, needed: bool = False) -> int | None:
        """A whole number within its limits."""
        cell = self._asked(column, needed=needed)
        if cell is None:
            return None
        text = cell.text.strip()
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdecimal() and len(digits) < 16 and least <= int(text) <= most:
            return int(text)
        self.refuse(column, faults.NOT_A_COUNT, text=text, least=least, most=most)
        return None

    def day(self, column: str, *, needed: bool = False) -> date | None:
        """A civil date."""
        cell = self._asked(column, needed=needed)
        if cell is None:
            return None
        if cell.kind is CellKind.MONTH:
            self.refuse(column, faults.NOT_A_WHOLE_DAY)
            return None
        read = day_of(cell.text.strip()) if cell.kind in (CellKind.DAY, CellKind.TEXT) else faults.NOT_A_DAY
        if isinstance(read, Wrong):
            self.refuse(column, read, text=cell.text.strip())
            return None
        return read

    def flag(self, column: str) -> bool | None:
        """Yes or no; None where nothing is said."""
        return self.word(column, _YES, shown=("yes", "no"))

    def word(
        self, column: str, words: Mapping[str, Word], *, shown: tuple[str, ...] = (), needed: bool = False
    ) -> Word | None:
        """One of the words that a column knows, in any case, with spaces or underscores."""
        cell = self._asked(column, needed=needed)
        if cell is None:
            return None
        said = "_".join(cell.text.casefold().replace("_", " ").replace("-", " ").split())
        if said in words:
            return words[said]
        self.refuse(column, faults.NOT_A_WORD, text=cell.text.strip(), words=", ".join(shown or words))
        return None

    def quantity(
        self, column: str, *, base_unit: BaseUnit | None = None, needed: bool = False
    ) -> tuple[int, BaseUnit] | None:
        """A quantity with its unit, in base units."""
        cell = self._asked(column, needed=needed)
        if cell is None:
            return None
        read = quantity_of(" ".join(cell.text.split()), base_unit=base_unit)
        if isinstance(read, Wrong):
            self.refuse(column, read, text=cell.text.strip())
            return None
        if isinstance(read, StockroomError):
            self.refuse_as(column, read)
            return None
        return read

    def price(self, column: str, currency_column: str) -> tuple[int, str] | None:
        """An amount with its currency, in the currency's smallest unit; a currency alone says nothing."""
        currency = self.text(currency_column, longest=TEXT_MAX).upper()
        if currency and not currency_known(currency):
            self.refuse(currency_column, faults.NOT_A_CURRENCY, text=currency)
            return None
        cell = self._asked(column, needed=False)
        if cell is None:
            return None
        if not currency:
            self.refuse(currency_column, faults.NO_CURRENCY)
            return None
        minor = minor_of(cell.text.strip(), currency, is_typed=cell.kind is CellKind.NUMBER)
        if isinstance(minor, Wrong):
            self.refuse(column, minor, text=cell.text.strip(), currency=currency)
            return None
        return minor, currency

    def _asked(self, column: str, *, needed: bool) -> Cell | None:
        """The cell when something readable stands in it; None otherwise, with a fault where it is needed."""
        cell = self._sound(column)
        if cell is None or cell.text.strip():
            return cell
        if needed:
            self.refuse(column, faults.NEEDED)
        return None

    def _sound(self, column: str) -> Cell | None:
        """The cell unless it is a formula or broken, which are faults wherever they stand."""
        cell = self._row.cell(column)
        if cell.kind is CellKind.FORMULA or (not cell.is_typed and cell.text.startswith("=")):
            self.refuse(column, faults.FORMULA)
            return None
        if cell.kind is CellKind.BROKEN or looks_broken(cell.text.strip()):
            self.refuse(column, faults.BROKEN, text=cell.text.strip())
            return None
        return cell

    def _measured(self, column: str, text: str, *, needed: bool, longest: int) -> str:
        if not text and needed:
            self.refuse(column, faults.NEEDED)
        if len(text) > longest:
            self.refuse(column, faults.TOO_LONG, longest=longest)
            return ""
        if not text.isprintable():
            self.refuse(column, faults.HIDDEN_SIGN)
            return ""
        return text
