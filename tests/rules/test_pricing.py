"""Is a price never half, and is what is not known not nothing?"""

from __future__ import annotations

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.pricing import Priced, check_price, sum_of
from stockroom.rules.valuing import Worth


@pytest.mark.parametrize(("minor", "currency"), [(None, None), (0, "EUR"), (12_500, "BGN")])
def test_a_whole_price_or_none_is_right(minor: int | None, currency: str | None) -> None:
    check_price(minor, currency, field="price")


@pytest.mark.parametrize(
    ("minor", "currency"),
    [(1, None), (None, "EUR"), (-1, "EUR"), (1, "eur"), (1, "EURO"), (1, "ЕВР"), (10**19, "EUR")],
)
def test_half_a_price_one_below_zero_and_no_currency_are_refused(
    minor: int | None, currency: str | None
) -> None:
    with pytest.raises(InvalidValue):
        check_price(minor, currency, field="price")


def test_each_currency_has_its_sum_and_what_is_not_known_is_counted() -> None:
    lines = [
        Priced(packs=2, price_minor=150, currency="EUR"),
        Priced(packs=1, price_minor=100, currency="BGN"),
        Priced(packs=3, price_minor=0, currency="EUR"),
        Priced(packs=5, price_minor=None, currency=None),
    ]

    found = sum_of(lines)

    assert found.known == (Worth(minor=100, currency="BGN"), Worth(minor=300, currency="EUR"))
    assert found.unpriced_count == 1
