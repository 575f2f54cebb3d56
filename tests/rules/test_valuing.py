"""Is a quantity worth what was paid for it, and never a number that nobody knows?"""

from __future__ import annotations

import pytest

from stockroom.rules.valuing import Cost, Worth, total, worth
from stockroom.vocabulary import CostState


def priced(quantity: int, unit_cost: int, currency: str = "EUR") -> Cost:
    return Cost(state=CostState.PRICED, quantity=quantity, unit_cost_minor=unit_cost, currency=currency)


UNKNOWN = Cost(state=CostState.UNKNOWN, quantity=5000, unit_cost_minor=None, currency=None)
SAMPLE = Cost(state=CostState.FREE_SAMPLE, quantity=5000, unit_cost_minor=None, currency=None)


@pytest.mark.parametrize(
    ("quantity", "costs", "minor"),
    [
        (5000, [priced(50_000, 1_000)], 1_000),
        (2500, [priced(50_000, 1_000)], 500),
        (5000, [priced(5_000, 1_000), priced(15_000, 2_000)], 1_750),
        (5000, [priced(5_000, 1_000), SAMPLE], 500),
        (1, [priced(5_000, 2_500)], 1),
        (1, [priced(5_000, 2_499)], 0),
        (0, [priced(5_000, 1_000)], 0),
        (5000, [priced(5_000, 0)], 0),
    ],
)
def test_worth_is_the_mean_cost_rounded_half_up_once(quantity: int, costs: list[Cost], minor: int) -> None:
    assert worth(quantity, content_quantity=5000, costs=costs) == Worth(minor=minor, currency="EUR")


@pytest.mark.parametrize(
    "costs",
    [[], [UNKNOWN], [SAMPLE], [priced(5000, 1_000), UNKNOWN], [priced(5000, 1), priced(5000, 1, "BGN")]],
)
def test_what_was_not_priced_is_not_known(costs: list[Cost]) -> None:
    assert worth(5000, content_quantity=5000, costs=costs) is None


def test_a_sum_is_of_what_is_known_in_one_currency() -> None:
    euro, lev = Worth(minor=5, currency="EUR"), Worth(minor=7, currency="BGN")

    assert total([euro, None, euro]) == Worth(minor=10, currency="EUR")
    assert total([euro, lev]) is None
    assert total([None]) is None
