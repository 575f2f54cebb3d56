"""What is a price?  An amount in a currency's smallest unit, and never one without the other."""

from __future__ import annotations

from stockroom.errors import InvalidValue
from stockroom.units import QUANTITY_MAX


def check_price(minor: int | None, currency: str | None, *, field: str) -> None:
    """Raise InvalidValue for half a price, one below zero, or a currency that is none (ISO 4217, in capitals)."""
    if minor is None and currency is None:
        return
    if minor is None or currency is None:
        raise InvalidValue(field=field, problem="a price has a currency, and a currency a price")
    if not 0 <= minor <= QUANTITY_MAX:
        raise InvalidValue(field=field, problem="a price is zero or more, in the currency's smallest unit")
    if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
        raise InvalidValue(field=field, problem="a currency is three capital letters, by ISO 4217")
