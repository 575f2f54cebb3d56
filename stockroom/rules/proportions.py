"""Between which bounds does a proportion lie that was seen so many times out of so many?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, getcontext, localcontext
from functools import lru_cache

_DIGITS = 40
"""The tail's terms are all positive, so that nothing cancels: these are many more than are shown."""
_GRID_DIGITS = 7
"""Bounds are found to the nearest ten-millionth."""
SHOWN = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """The lowest and the highest proportion that what was seen does not speak against."""

    lower: Decimal
    upper: Decimal


@lru_cache(maxsize=4_096)
def exact_bounds(events: int, trials: int, *, confidence_percent: int = 95) -> Bounds:
    """Give the two-sided exact (Clopper-Pearson) interval of `events` out of `trials`, to a millionth.

    The lower bound is the proportion with which so many events or more come by half of what is left of
    certainty, the upper one that with which so many or fewer do; it covers at least what it says, often more.
    Raises ValueError for what cannot be counted.

    Source: C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits illustrated in the case of
    the binomial", Biometrika 26 (1934) 404-413.
    """
    if not 0 <= events <= trials or trials < 1 or not 50 <= confidence_percent < 100:
        raise ValueError("0 <= events <= trials, trials > 0, and a confidence from 50 to 99 percent")
    with localcontext() as context:
        context.prec = _DIGITS
        tail = Decimal(100 - confidence_percent) * Decimal("0.005")
        lower = Decimal(0)
        if events > 0:
            lower = _crossing(lambda p: 1 - _at_most(events - 1, trials, p) >= tail)
        upper = Decimal(1)
        if events < trials:
            upper = _crossing(lambda p: _at_most(events, trials, p) <= tail)
        return Bounds(
            lower=lower.quantize(SHOWN, rounding=ROUND_HALF_EVEN),
            upper=upper.quantize(SHOWN, rounding=ROUND_HALF_EVEN),
        )


def _crossing(is_reached: Callable[[Decimal], bool]) -> Decimal:
    """The least proportion on the grid for which it is so; it stays so above."""
    low, high = 0, 10**_GRID_DIGITS
    while low < high:
        middle = (low + high) // 2
        if is_reached(Decimal(middle).scaleb(-_GRID_DIGITS)):
            high = middle
        else:
            low = middle + 1
    return Decimal(low).scaleb(-_GRID_DIGITS)


def _at_most(events: int, trials: int, p: Decimal) -> Decimal:
    """How likely at most so many events are, added up from the shorter side."""
    if events * 2 > trials:
        return 1 - _summed(trials - events - 1, trials, 1 - p)
    return _summed(events, trials, p)


def _summed(events: int, trials: int, p: Decimal) -> Decimal:
    if p == 0:
        return Decimal(1)
    if p == 1:
        return Decimal(events >= trials)
    divided = getcontext().divide
    odds = divided(p, 1 - p)
    term: Decimal = (1 - p) ** trials
    total = term
    for n in range(events):
        term = divided(term * (trials - n) * odds, Decimal(n + 1))
        total += term
    return total
