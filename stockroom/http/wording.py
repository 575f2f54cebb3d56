"""How is a day, an instant, an amount or a word of the vocabulary written, for whoever reads it?"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel.numbers import get_currency_precision
from flask_babel import format_currency, format_date, format_datetime, format_decimal, gettext

from stockroom.units import say_quantity
from stockroom.vocabulary import BaseUnit

NOTHING = "–"
_DAY = "d MMM yyyy"
INSTANT = "d MMM yyyy HH:mm"


def show_day(day: date | None) -> str:
    """A civil date, such as 3 Mar 2026; a dash for none."""
    return NOTHING if day is None else str(format_date(day, _DAY))


def show_wall(here: datetime) -> str:
    """A time on the clinic's wall with its day, as somebody typed it."""
    return wall(here, INSTANT)


def wall(here: datetime, pattern: str) -> str:
    """A time that is on the wall already, by a pattern of Unicode TR 35."""
    return str(format_datetime(here, pattern, rebase=False))


def show_amount(quantity: int | None, base_unit: str) -> str:
    """A quantity with the unit that people use for that much, such as 2.5 mL or 2 g; pieces are bare numbers."""
    if quantity is None:
        return NOTHING
    shown = say_quantity(quantity, BaseUnit(base_unit))
    number = str(format_decimal(Decimal(shown.quantity), "#,##0.#########"))
    return number if BaseUnit(base_unit) is BaseUnit.PIECE else f"{number} {shown.unit}"


def show_money(minor: int | None, currency: str | None) -> str:
    """A price from minor units; "not known" when nobody has said it yet."""
    if minor is None or currency is None:
        return gettext("not known")
    return str(format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency))


def show_word(word: str) -> str:
    """A value of the vocabulary as a word on the screen, such as in treatment."""
    return gettext(_AS_THE_LAW_WRITES.get(word, word.replace("_", " ")))


_AS_THE_LAW_WRITES = {"annex_xvi_device": "Annex XVI device"}


def show_initials(name: str) -> str:
    """The first letters of a name.

    >>> show_initials("Nora Invented")
    'NI'
    """
    return "".join(part[0] for part in name.split())
