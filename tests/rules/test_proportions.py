"""Are the bounds of a proportion those that are published, and do they keep what they promise?"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import comb

import pytest

from stockroom.rules.proportions import exact_bounds

PUBLISHED = [
    # R. G. Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 5 (Clopper-Pearson).
    (81, 263, "0.2527", "0.3676"),
    (15, 148, "0.0578", "0.1617"),
    (0, 20, "0.0000", "0.1684"),
    (1, 29, "0.0009", "0.1776"),
    # A. Agresti, B. A. Coull, The American Statistician 52 (1998) 119-126: none and all of n in closed form.
    (0, 30, "0.0000", "0.1157"),
    (30, 30, "0.8843", "1.0000"),
    (0, 10, "0.0000", "0.3085"),
]


@pytest.mark.parametrize(("events", "trials", "lower", "upper"), PUBLISHED)
def test_bounds_are_those_that_are_published(events: int, trials: int, lower: str, upper: str) -> None:
    found = exact_bounds(events, trials)

    assert found.lower.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) == Decimal(lower)
    assert found.upper.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP) == Decimal(upper)


@pytest.mark.parametrize("trials", [1, 7, 30, 200])
@pytest.mark.parametrize("confidence", [80, 95, 99])
def test_at_each_bound_the_tail_is_half_of_what_is_left_of_certainty(trials: int, confidence: int) -> None:
    tail = Fraction(100 - confidence, 200)
    for events in {0, 1, trials // 3, trials - 1, trials}:
        found = exact_bounds(events, trials, confidence_percent=confidence)
        if events:
            assert abs(_at_least(events, trials, found.lower) - tail) < Fraction(1, 1000)
        if events < trials:
            assert abs(1 - _at_least(events + 1, trials, found.upper) - tail) < Fraction(1, 1000)
        assert found.lower <= Decimal(events) / trials <= found.upper


def test_of_very_many_it_is_still_found_at_once() -> None:
    found = exact_bounds(50_000, 100_000)

    assert found.lower < Decimal("0.5") < found.upper
    assert found.upper - found.lower < Decimal("0.007")


@pytest.mark.parametrize(
    ("events", "trials", "confidence"), [(-1, 3, 95), (4, 3, 95), (0, 0, 95), (1, 3, 100), (1, 3, 49)]
)
def test_what_cannot_be_counted_is_no_proportion(events: int, trials: int, confidence: int) -> None:
    with pytest.raises(ValueError, match="events"):
        exact_bounds(events, trials, confidence_percent=confidence)


def _at_least(events: int, trials: int, p: Decimal) -> Fraction:
    """By the sum of the definition, in whole fractions."""
    share = Fraction(p)
    return sum(
        (comb(trials, n) * share**n * (1 - share) ** (trials - n) for n in range(events, trials + 1)),
        start=Fraction(0),
    )
