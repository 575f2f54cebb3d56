"""What is everything worth?  Base unit by base unit, from the plain lines of the books, without any code of ours.

Each base unit that came of a lot has a price of its own; units leave in the order in which they came.  A find
puts the unit back that left last.  A unit of a cocktail, or of goods of another clinic, costs its share of what
left for it.  `None` is a price that nobody knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from itertools import pairwise

from stockroom.vocabulary import VIRTUAL_KINDS

VIRTUAL = frozenset(kind.value for kind in VIRTUAL_KINDS)


@dataclass(frozen=True)
class Moved:
    """One line of the books, as it stands there."""

    line: int
    movement: int
    lot: int
    source: str
    target: str
    quantity: int
    reverses: int | None
    paper: str | None
    is_count: bool
    receipt: str | None
    """The delivery's line that says what it cost; None where nothing was delivered."""
    first_movement: int
    """The movement that was booked first, where this one stands for it."""


def rounded(amount: Fraction) -> int:
    """Half a cent is a cent."""
    exact = Decimal(amount.numerator) / Decimal(amount.denominator)
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def shared(total: int, among: int) -> list[int]:
    """Divide cents so that the first so many cost what they cost, rounded."""
    until = [rounded(Fraction(total * n, among)) for n in range(among + 1)]
    return [later - earlier for earlier, later in pairwise(until)]


Price = tuple[int, bool]
"""Cents, and whether they are all of it."""


class Books:
    """The lines that stand at one moment, and what the papers said then."""

    def __init__(self, moves: list[Moved], prices: dict[str, int | None], content: int) -> None:
        """`prices`: cents for each presentation of `content` base units, by the delivery's line; None is not known."""
        taken_back = {each.reverses for each in moves if each.reverses is not None}
        self.moves = [each for each in moves if each.reverses is None and each.line not in taken_back]
        self.prices, self.content = prices, content
        self.came: dict[int, list[tuple[str, int, int]]] = {}
        """For each lot its base units: what kind of source, which, and the how-manieth of it."""
        self.taken: dict[int, list[int]] = {}
        """For each line of an exit, the numbers of the base units that it took."""
        self._price_of: dict[tuple[str, int, int], list[Price]] = {}
        self._go_through()

    def _go_through(self) -> None:
        in_order = sorted(self.moves, key=lambda each: (each.first_movement, each.line))
        for lot in {each.lot for each in self.moves}:
            units: list[tuple[str, int, int]] = []
            seen: set[tuple[str | None, str]] = set()
            for each in in_order:
                if each.lot != lot or not self._comes(each):
                    continue
                if each.source in ("compounding", "in_transit"):
                    if (each.paper, each.source) in seen:
                        continue
                    seen.add((each.paper, each.source))
                    together = [
                        e for e in in_order if self._comes(e) and e.lot == lot and e.paper == each.paper
                    ]
                    count = sum(e.quantity for e in together)
                    units += [("drawn", each.line, n) for n in range(count)]
                else:
                    units += [("line", each.line, n) for n in range(each.quantity)]
            self.came[lot] = units
            position = 0
            for each in sorted(self.moves, key=lambda each: (each.movement, each.line)):
                if each.lot != lot:
                    continue
                if self._leaves(each):
                    self.taken[each.line] = list(range(position, position + each.quantity))
                    position += each.quantity
                elif self._is_find(each):
                    self.taken[each.line] = list(range(position - each.quantity, position))
                    position -= each.quantity

    def _is_find(self, each: Moved) -> bool:
        return each.source == "adjustment" and each.is_count

    def _comes(self, each: Moved) -> bool:
        if each.source in ("compounding", "in_transit"):
            return True
        return (
            each.source in ("supplier", "adjustment")
            and not self._is_find(each)
            and each.target not in VIRTUAL
        )

    def _leaves(self, each: Moved) -> bool:
        if each.source == "in_transit":
            return each.target in VIRTUAL
        return each.source not in VIRTUAL and each.target in VIRTUAL

    def price(self, lot: int, number: int) -> Price:
        """What one base unit of a lot cost."""
        if not 0 <= number < len(self.came.get(lot, ())):
            return 0, False
        kind, line, n = self.came[lot][number]
        key = (kind, line, lot)
        if key not in self._price_of:
            self._price_of[key] = [(0, False)] * 10_000
            self._price_of[key] = self._drawn(line) if kind == "drawn" else self._delivered(line)
        return self._price_of[key][n]

    def _delivered(self, line: int) -> list[Price]:
        (move,) = (each for each in self.moves if each.line == line)
        if move.source == "adjustment":
            return [(0, True)] * move.quantity
        if move.receipt is None or self.prices[move.receipt] is None:
            return [(0, False)] * move.quantity
        total = rounded(Fraction(self.prices[move.receipt] or 0) * move.quantity / self.content)
        return [(cents, True) for cents in shared(total, move.quantity)]

    def _drawn(self, line: int) -> list[Price]:
        (move,) = (each for each in self.moves if each.line == line)
        leaving = [each for each in self.moves if each.paper == move.paper and each.target == move.source]
        count = sum(
            each.quantity
            for each in self.moves
            if each.paper == move.paper and each.source == move.source and each.lot == move.lot
        )
        priced = [self.of_line(each.line) for each in leaving]
        is_whole = bool(leaving) and all(whole for _, whole in priced)
        return [(cents, is_whole) for cents in shared(sum(cents for cents, _ in priced), count)]

    def of_line(self, line: int) -> Price:
        """What a line took cost."""
        (move,) = (each for each in self.moves if each.line == line)
        return self._sum(move.lot, self.taken[line])

    def on_hand(self, lot: int) -> int:
        """Base units of a lot that lie somewhere."""
        return sum(
            each.quantity * ((each.target not in VIRTUAL) - (each.source not in VIRTUAL))
            for each in self.moves
            if each.lot == lot
        )

    def remainder(self, lot: int) -> Price:
        """What the base units of a lot cost that lie somewhere: those that came last."""
        there, came = self.on_hand(lot), len(self.came.get(lot, ()))
        return self._sum(lot, list(range(came - there, came)))

    def _sum(self, lot: int, numbers: list[int]) -> Price:
        prices = [self.price(lot, number) for number in numbers]
        return sum(cents for cents, _ in prices), all(whole for _, whole in prices)

    def exits(self) -> list[Moved]:
        """Every line that stands and took something out of stock, or put it back."""
        return [each for each in self.moves if each.line in self.taken]
