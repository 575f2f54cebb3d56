"""What does a typed price mean?  Minor units of its currency, exactly, or a word to whoever typed it."""

from __future__ import annotations

import re

from babel.numbers import get_currency_precision
from flask_babel import gettext

from stockroom.errors import InvalidValue

_PRICE = re.compile(r"(0|[1-9][0-9]{0,11})(?:[.,]([0-9]{1,4}))?", re.ASCII)


def read_price(text: str, *, currency: str, field: str) -> int:
    """Give a price such as 12.50 or 12,5 in minor units of `currency`.

    Raises InvalidValue for `field` when it is no number, or has more places than the currency.
    Example: read_price("12,5", currency="EUR", field="price") == 1250
    """
    match = _PRICE.fullmatch(text.strip())
    places = get_currency_precision(currency)
    if match is None or len(match[2] or "") > places:
        problem = gettext("a price such as 12.50, with at most %(places)s places", places=places)
        raise InvalidValue(field=field, problem=problem)
    return int(match[1] + (match[2] or "").ljust(places, "0"))


def show_price(minor: int | None, currency: str) -> str:
    """Give minor units as they are typed, such as 12.50; empty for none."""
    if minor is None:
        return ""
    places = get_currency_precision(currency)
    digits = str(minor).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}" if places else digits
