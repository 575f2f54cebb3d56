"""What is a price?  An amount in a currency's smallest unit, and never one without the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stockroom.errors import InvalidValue
from stockroom.rules.valuing import Worth
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """So many packs at a price; without one it is not known."""

    packs: int
    price_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What several cost together."""

    known: tuple[Worth, ...]
    """One sum for each currency."""
    unpriced_count: int
    """Lines whose price is not known, which is not nothing."""


def sum_of(lines: Iterable[Priced]) -> Sum:
    """Add up what is known, currency by currency.

    >>> sum_of([Priced(packs=2, price_minor=150, currency="EUR"), Priced(packs=1, price_minor=None, currency=None)])
    Sum(known=(Worth(minor=300, currency='EUR'),), unpriced_count=1)
    """
    sums: dict[str, int] = {}
    unpriced = 0
    for line in lines:
        if line.price_minor is None or line.currency is None:
            unpriced += 1
        else:
            sums[line.currency] = sums.get(line.currency, 0) + line.packs * line.price_minor
    known = tuple(Worth(minor=minor, currency=currency) for currency, minor in sorted(sums.items()))
    return Sum(known=known, unpriced_count=unpriced)
