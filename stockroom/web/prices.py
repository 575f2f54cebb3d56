"""What does a price say that somebody typed?  An amount in the clinic's currency, to its smallest unit."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import NumberFormatError, get_currency_precision, parse_decimal
from flask_babel import get_locale

from stockroom.errors import InvalidValue
from stockroom.units import QUANTITY_MAX


def minor_of(text: str, currency: str, *, field: str) -> int:
    """Give the minor units of a price such as 12.50.  Raises InvalidValue, naming `field`."""
    try:
        amount = parse_decimal(text.strip(), locale=get_locale() or "en", strict=True)
    except NumberFormatError:
        raise InvalidValue(field=field, problem="an amount, such as 12.50") from None
    minor = amount.scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value() or not 0 <= minor <= QUANTITY_MAX:
        raise InvalidValue(
            field=field, problem="zero or more, and no finer than the currency's smallest coin"
        )
    return int(minor)


def typed_price(minor: int, currency: str) -> str:
    """A price as it stands in a field to be typed over."""
    return str(Decimal(minor).scaleb(-get_currency_precision(currency)))
