"""How does what was paid flow on?  From deliveries through vials, cocktails and transfers to whoever got it.

A lot that was delivered cost what its deliveries cost.  A cocktail cost what was drawn for it, its loss
included.  Goods of another clinic cost what they cost there.  Each part is a segment of its parent's layers
(`rules/worth_layers.py`), so that however it is divided and wherever it ends, it adds up to what was paid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from stockroom.rules.worth_layers import NOTHING, UNKNOWN, Layers, Value, together


@dataclass(frozen=True, slots=True)
class Bought:
    """A layer whose cost a paper says, or says to be nothing, or does not say."""

    quantity: int
    value: Value


@dataclass(frozen=True, slots=True)
class Drawn:
    """A layer that was made of other goods, or sent by another clinic: it cost what left there for it."""

    quantity: int
    from_lines: tuple[int, ...]
    """The lines of the books by which that left, each in the books of the lot that it was."""


Source = Bought | Drawn


@dataclass(frozen=True, slots=True)
class Segment:
    """Which base units of its lot a line took, counted from the first that came; a find gives them back."""

    lot_id: int
    start: int
    end: int
    is_find: bool = False


class Flow:
    """What every line and every remainder cost, in books read up to one point."""

    def __init__(self, sources: Mapping[int, Sequence[Source]], segments: Mapping[int, Segment]) -> None:
        """`sources` by lot, the oldest first; `segments` by line, of each line that is asked for or drawn from."""
        self._sources, self._segments = sources, segments
        self._layers: dict[int, Layers] = {}
        self._values: dict[tuple[int, int], Value] = {}

    def of_line(self, line_id: int) -> Value:
        """Give what a line took out of stock cost; less than nothing for what it brought back (a find)."""
        segment = self._segments.get(line_id)
        if segment is None:
            return UNKNOWN
        value = self._of(segment.lot_id).between(segment.start, segment.end)
        return value.turned() if segment.is_find else value

    def of_remainder(self, lot_id: int, quantity: int) -> Value:
        """Give what the base units cost that lie there of a lot, wherever in the clinic."""
        return NOTHING if quantity == 0 else self._of(lot_id).newest(quantity)

    def came(self, lot_id: int) -> Value:
        """Give what everything that came of a lot cost."""
        layers = self._of(lot_id)
        return layers.between(0, layers.quantity)

    def _of(self, lot_id: int) -> Layers:
        known = self._layers.get(lot_id)
        if known is None:
            sources = self._sources.get(lot_id, ())
            known = Layers((each.quantity for each in sources), partial(self._value_of, lot_id))
            self._layers[lot_id] = known
        return known

    def _value_of(self, lot_id: int, n: int) -> Value:
        """Give what a layer cost.  Asked for one by one: goods may go to another clinic and come back."""
        known = self._values.get((lot_id, n))
        if known is None:
            self._values[lot_id, n] = UNKNOWN  # would it depend on itself, nobody could know it
            known = self._values[lot_id, n] = self._cost(self._sources[lot_id][n])
        return known

    def _cost(self, source: Source) -> Value:
        if isinstance(source, Bought):
            return source.value
        return together(map(self.of_line, source.from_lines)) if source.from_lines else UNKNOWN


def received(flow: Flow, lot_ids: Iterable[int]) -> Value:
    """Add up what everything that came of these lots cost."""
    return together(map(flow.came, lot_ids))
