"""What does a number say that somebody wrote with a comma or a point?  Exact, or refused; never guessed."""

from __future__ import annotations

import re
from decimal import Decimal

from babel.numbers import get_currency_precision, is_currency

from stockroom.errors import StockroomError
from stockroom.tables.faults import (
    AMOUNT_IN_DOUBT,
    NOT_A_CURRENCY,
    NOT_A_QUANTITY,
    NOT_AN_AMOUNT,
    TOO_FINE,
    Wrong,
)
from stockroom.units import QUANTITY_MAX, UnitUnknown, base_unit_of, parse_quantity
from stockroom.vocabulary import BaseUnit

_DECIMAL = re.compile(r"(\d{1,15})(?:[.,](\d{1,9}))?", re.ASCII)
_QUANTITY = re.compile(r"(\S*\d)\s*([^\d\s.,]+)", re.ASCII)
_UNITS = {
    unit.casefold(): unit for unit in ("uL", "µL", "mL", "L", "ug", "µg", "mg", "g", "mIU", "IU", "piece")
} | {"μl": "µL", "μg": "µg", "pieces": "piece", "pcs": "piece", "pc": "piece", "mcg": "ug"}


def decimal_of(text: str, *, is_typed: bool) -> Decimal | Wrong:
    """Give the number that a text says, its comma or point read as the decimal sign.

    One separator and three digits behind it may be thousands: in doubt, unless the file says that it is a
    number (`is_typed`) or nothing but a zero stands before it.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        return NOT_AN_AMOUNT
    whole, rest = match[1], match[2]
    if rest is not None and len(rest) == 3 and not is_typed and whole != "0" and len(whole) <= 3:
        return AMOUNT_IN_DOUBT
    return Decimal(f"{whole}.{rest}" if rest else whole)


def minor_of(text: str, currency: str, *, is_typed: bool) -> int | Wrong:
    """Give an amount in the smallest unit of a currency."""
    amount = decimal_of(text, is_typed=is_typed)
    if isinstance(amount, Wrong):
        return amount
    if not currency_known(currency):
        return NOT_A_CURRENCY
    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value():
        return TOO_FINE
    return int(minor) if minor <= QUANTITY_MAX else NOT_AN_AMOUNT


def currency_known(currency: str) -> bool:
    """True for three capital letters that ISO 4217 knows."""
    return len(currency) == 3 and currency.isascii() and currency.isupper() and is_currency(currency, "en")


def quantity_of(
    text: str, *, base_unit: BaseUnit | None = None
) -> tuple[int, BaseUnit] | Wrong | StockroomError:
    """Give the base units of a quantity such as 2,5 mL, and which they are; `base_unit` is what they must be.

    What `units.parse_quantity` refuses comes back as its error.
    """
    match = _QUANTITY.fullmatch(text)
    unit = _UNITS.get(match[2].casefold()) if match else None
    if match is None or unit is None:
        return NOT_A_QUANTITY
    number = decimal_of(match[1], is_typed=False)
    if isinstance(number, Wrong):
        return number if number is AMOUNT_IN_DOUBT else NOT_A_QUANTITY
    try:
        measured = base_unit_of(unit)
        return parse_quantity(f"{number:f}", unit, base_unit=base_unit or measured), base_unit or measured
    except UnitUnknown:
        return NOT_A_QUANTITY
    except StockroomError as error:
        return error
