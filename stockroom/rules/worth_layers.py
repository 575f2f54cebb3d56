"""What does a part of a lot cost, when its deliveries cost differently?  Layers, used up in the order in which they came.

All of a lot expires together, so that among its own deliveries first expired, first out is first come, first
out.  What lies there is the newest of what came; what left is the oldest.  A layer is split by rounding what
its beginning costs, never what a piece costs: pieces are differences, so that they add up to the cent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Value:
    """Sums of money, each in its own currency, and whether they are all of it."""

    sums: tuple[tuple[str, int], ...] = ()
    """Currency and minor units, by currency; what is nothing is left out."""
    is_whole: bool = True
    """False where a part has a cost that nobody knows: the sums are what is known of it."""

    @property
    def is_unknown(self) -> bool:
        """True where nothing at all is known of it."""
        return not self.is_whole and not self.sums

    def in_currency(self, currency: str) -> int:
        """Give what of it is in one currency, in minor units."""
        return next((minor for each, minor in self.sums if each == currency), 0)

    def turned(self) -> Value:
        """Give it with its sign turned: what came back."""
        return Value(tuple((currency, -minor) for currency, minor in self.sums), self.is_whole)


NOTHING = Value()
UNKNOWN = Value(is_whole=False)


def together(values: Iterable[Value]) -> Value:
    """Add up, each currency by itself; whole only where each of them is."""
    sums: dict[str, int] = {}
    is_whole = True
    for value in values:
        is_whole = is_whole and value.is_whole
        for currency, minor in value.sums:
            sums[currency] = sums.get(currency, 0) + minor
    return Value(_in_order(sums), is_whole)


def cost_of(quantity: int, *, content_quantity: int, unit_cost_minor: int, currency: str) -> Value:
    """Give what base units cost at so much for each whole presentation; half a cent is rounded up."""
    minor = _half_up(unit_cost_minor * quantity, content_quantity)
    return Value(_in_order({currency: minor}))


class Layers:
    """Everything that came of one lot, the oldest first."""

    def __init__(self, quantities: Iterable[int], value_of: Callable[[int], Value]) -> None:
        """`quantities` in base units, each more than zero; `value_of` says what each layer cost, when it is asked for."""
        self._quantities = tuple(quantities)
        self._ends = tuple(accumulate(self._quantities))
        self._value_of = value_of

    @property
    def quantity(self) -> int:
        """Base units that came in all."""
        return self._ends[-1] if self._ends else 0

    def between(self, start: int, end: int) -> Value:
        """Give what the base units from `start` up to `end` cost, counted from the first that came.

        What lies before the first or after the last came without a paper: nobody knows its cost.  Neighbouring
        pieces add up to what they are together, whichever way something is divided.
        """
        if start >= end:
            return NOTHING
        sums: dict[str, int] = {}
        is_whole = start >= 0 and end <= self.quantity
        for n in range(bisect_right(self._ends, max(start, 0)), len(self._ends)):
            quantity, ends = self._quantities[n], self._ends[n]
            begins = ends - quantity
            if begins >= end:
                break
            value = self._value_of(n)
            is_whole = is_whole and value.is_whole
            first, last = max(start, begins) - begins, min(end, ends) - begins
            for currency, minor in value.sums:
                piece = _half_up(minor * last, quantity) - _half_up(minor * first, quantity)
                sums[currency] = sums.get(currency, 0) + piece
        return Value(_in_order(sums), is_whole)

    def newest(self, quantity: int) -> Value:
        """Give what the `quantity` base units cost that came last: what lies there of the lot.

        Less than nothing (goods that were used before they were written down as come) has no known value.
        """
        return UNKNOWN if quantity < 0 else self.between(self.quantity - quantity, self.quantity)


def _half_up(amount: int, divisor: int) -> int:
    return (2 * amount + divisor) // (2 * divisor)


def _in_order(sums: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((currency, minor) for currency, minor in sums.items() if minor))
