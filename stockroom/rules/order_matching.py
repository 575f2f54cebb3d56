"""Which goods of a delivery are for which lines of the orders, what is beyond them, and what was never ordered?

Goods are for what is owed of their product, the line that is due first before the others.  Free samples and
goods that somebody has put apart are for no order.  Everything is counted in whole presentations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import NeedsOverride, extracted
from stockroom.vocabulary import CostState, OrderChoice


class Beyond(StrEnum):
    """How goods do not fit what was ordered."""

    OVER = "over"
    """More of them came than is owed."""
    NOT_ORDERED = "not_ordered"
    """Their product is not among what this supplier owes."""


@dataclass(eq=False, kw_only=True)
class OrderUndecided(NeedsOverride):
    """More came than was ordered, or something else, and nobody has said whether it is kept."""

    code: ClassVar[str] = "order_undecided"
    message: ClassVar[str] = extracted(
        "Nothing was booked. More came than is owed, or something that was not ordered. Say of each whether it is "
        "kept, or refuse it at the door: {lines}"
    )
    lines: tuple[str, ...]
    """Each as `line: product, over or not ordered, how many`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A line of an order of which something is still owed."""

    line_id: int
    product_id: int
    owed_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A line of a delivery."""

    n: int
    product_id: int
    count: int
    """What is taken in of it."""
    choice: OrderChoice = OrderChoice.UNDECIDED
    is_free: bool = False
    """A free sample: it is for no order."""

    @property
    def may_serve(self) -> bool:
        """True where it may be for an order."""
        return not self.is_free and self.choice is not OrderChoice.APART


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """So many of a line of a delivery are for a line of an order."""

    n: int
    line_id: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """What a delivery is for, and what of it is for nothing that is owed."""

    parts: tuple[Part, ...]
    over: Mapping[int, int]
    """How many of a line of the delivery are more than is owed of their product."""
    not_ordered: Mapping[int, int]
    """How many of a line are of a product of which nothing is owed."""
    undecided: Mapping[int, Beyond]
    """Lines of which somebody must say whether what is beyond the order is kept."""

    def of_order_line(self, line_id: int) -> int:
        """Give how many came of a line of an order."""
        return sum(part.count for part in self.parts if part.line_id == line_id)

    def of_line(self, n: int) -> tuple[Part, ...]:
        """Give what a line of the delivery is for."""
        return tuple(part for part in self.parts if part.n == n)


def match(brought: Iterable[Brought], owed: Iterable[Owed]) -> Matched:
    """Say what each line of a delivery is for; `owed` in the order in which its lines are served.

    What is kept beyond what is owed goes with the line that is served last of its product, so that the order
    says that more came.  Where the supplier owes nothing at all, nobody is asked: the clinic has ordered by
    other ways.

    >>> found = match([Brought(n=1, product_id=7, count=6)], [Owed(line_id=3, product_id=7, owed_count=4)])
    >>> [(part.line_id, part.count) for part in found.parts], dict(found.over), found.undecided[1].value
    ([(3, 4)], {1: 2}, 'over')
    """
    lines = tuple(each for each in owed if each.owed_count > 0)
    left = {each.line_id: each.owed_count for each in lines}
    last = {each.product_id: each.line_id for each in lines}
    parts: dict[tuple[int, int], int] = {}
    over: dict[int, int] = {}
    strange: dict[int, int] = {}
    undecided: dict[int, Beyond] = {}
    for each in brought:
        if not each.may_serve or not each.count:
            continue
        rest = _serve(each, lines, left, parts)
        if not rest:
            continue
        is_ordered = each.product_id in last
        (over if is_ordered else strange)[each.n] = rest
        if each.choice is OrderChoice.KEEP:
            if is_ordered:
                put = (each.n, last[each.product_id])
                parts[put] = parts.get(put, 0) + rest
        elif lines:
            undecided[each.n] = Beyond.OVER if is_ordered else Beyond.NOT_ORDERED
    return Matched(
        parts=tuple(Part(n=n, line_id=line_id, count=count) for (n, line_id), count in parts.items()),
        over=over,
        not_ordered=strange,
        undecided=undecided,
    )


def _serve(
    each: Brought, lines: Iterable[Owed], left: dict[int, int], parts: dict[tuple[int, int], int]
) -> int:
    """Give a line of a delivery to what is owed of its product; say how many are left over."""
    rest = each.count
    for line in lines:
        taken = min(rest, left[line.line_id]) if line.product_id == each.product_id else 0
        if taken:
            parts[each.n, line.line_id] = taken
            left[line.line_id] -= taken
            rest -= taken
    return rest


def is_free(cost_state: str) -> bool:
    """True for a free sample."""
    return cost_state == CostState.FREE_SAMPLE.value


def check_decided(found: Matched, names: Mapping[int, str]) -> None:
    """Raise OrderUndecided with every line of which nobody has said whether what is beyond the order is kept.

    `names` gives the product of each line of the delivery by its number.
    """
    if found.undecided:
        raise OrderUndecided(
            lines=tuple(
                f"{n}: {names[n]}, {how.value.replace('_', ' ')}, {found.over.get(n, found.not_ordered.get(n))}"
                for n, how in found.undecided.items()
            )
        )
