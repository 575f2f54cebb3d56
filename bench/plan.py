"""Which history do the benchmarks run on?  A seeded plan: lots, and the order in which things happened to them.

M movements; M/20 lots over 999 products, each with one receipt and one transfer to Room 1 or 2; all other
movements are uses of one piece.  Three lots have exactly 10, 100 and 1,000 uses, spread through the whole
ledger.  Product 1 is hot: 40 lots of 1,000 pieces in Room 1, untouched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from random import Random

PRODUCT_COUNT = 1_000
HOT_PRODUCT = 1
HOT_LOT_COUNT = 40
HOT_LOT_QUANTITY = 1_000
TRACED_USES = (10, 100, 1_000)
LINES_MIN = 2_000
SESSION_USES = 3
OPEN_SESSION_COUNT = 64
"""Sessions that are still open at the end, in which the benchmarks use things."""
PATIENT_USES = 40
SPAN = timedelta(days=3 * 365)
_POSITIONS = 1 << 30
_LOT_BITS = 22


class Happening(IntEnum):
    """What happens to a lot; the order is that in which it can happen at one instant."""

    RECEIPT = 0
    TRANSFER = 1
    USE = 2


@dataclass(frozen=True, kw_only=True)
class LotPlan:
    """One lot of the history."""

    number: int
    """From 1; its key in the database."""
    product: int
    room: int
    """1 or 2."""
    use_count: int
    quantity: int

    @property
    def left(self) -> int:
        return self.quantity - self.use_count

    @property
    def is_hot(self) -> bool:
        return self.product == HOT_PRODUCT


@dataclass(frozen=True, kw_only=True)
class Event:
    """The nth movement of the ledger (from 1)."""

    n: int
    lot: int
    happening: Happening


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole history; equal arguments give equal plans."""

    line_count: int
    seed: int = 952
    ends_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    """The instant of the last movement; everything that is measured happens after it."""
    lots: tuple[LotPlan, ...] = field(init=False)

    def __post_init__(self) -> None:
        if self.line_count < LINES_MIN:
            raise ValueError(f"a history has at least {LINES_MIN} lines")
        object.__setattr__(self, "lots", tuple(_lots(self.line_count, Random(self.seed))))

    @property
    def begins_at(self) -> datetime:
        return self.ends_at - SPAN

    @property
    def use_count(self) -> int:
        return self.line_count - 2 * len(self.lots)

    @property
    def session_count(self) -> int:
        return -(-self.use_count // SESSION_USES)

    @property
    def patient_count(self) -> int:
        return max(1, self.use_count // PATIENT_USES)

    def traced_lot(self, uses: int) -> LotPlan:
        """The lot with exactly so many uses that is traced."""
        return self.lots[HOT_LOT_COUNT + TRACED_USES.index(uses)]

    def at(self, n: int) -> datetime:
        """When the nth movement happened."""
        return self.begins_at + n * (SPAN // timedelta(microseconds=1)) // self.line_count * timedelta(
            microseconds=1
        )

    def events(self) -> Iterator[Event]:
        """Give every movement in the order of the books; the same each time."""
        keys = [key for lot in self.lots for key in self._keys(lot)]
        keys.sort()
        for n, key in enumerate(keys, start=1):
            yield Event(n=n, lot=key >> 2 & (1 << _LOT_BITS) - 1, happening=Happening(key & 3))

    def _keys(self, lot: LotPlan) -> Iterator[int]:
        """Order of time first, then lot, then what happens: as one number, so that a million fit in memory."""
        random = Random(f"{self.seed}/{lot.number}")
        first, last = self._life(lot)
        yield _key(first, lot, Happening.RECEIPT)
        yield _key(first, lot, Happening.TRANSFER)
        for n in range(lot.use_count):
            within = (n + random.random()) / lot.use_count
            yield _key(first + within * (last - first), lot, Happening.USE)

    def _life(self, lot: LotPlan) -> tuple[float, float]:
        """From when to when a lot is used, as parts of the ledger's span."""
        special = HOT_LOT_COUNT + len(TRACED_USES)
        if lot.number <= special:
            return 0.0, 1.0
        first = 0.95 * (lot.number - special) / (len(self.lots) - special)
        return first, min(1.0, first + 0.25)


def this_month(today: date) -> datetime:
    """The end of a history that is still fresh today: lots in stock have not all expired meanwhile."""
    return datetime(today.year, today.month, 1, tzinfo=UTC)


def _key(position: float, lot: LotPlan, happening: Happening) -> int:
    return int(position * _POSITIONS) << _LOT_BITS + 2 | lot.number << 2 | happening


def _lots(line_count: int, random: Random) -> Iterator[LotPlan]:
    for number in range(1, HOT_LOT_COUNT + 1):
        yield LotPlan(number=number, product=HOT_PRODUCT, room=1, use_count=0, quantity=HOT_LOT_QUANTITY)
    ordinary = line_count // 20
    uses = line_count - 2 * (ordinary + HOT_LOT_COUNT) - sum(TRACED_USES)
    each, more = divmod(uses, ordinary - len(TRACED_USES))
    counts = [*TRACED_USES, *(each + (n < more) for n in range(ordinary - len(TRACED_USES)))]
    for n, use_count in enumerate(counts):
        left = random.randint(20, 200) if random.random() < 0.3 else 0
        yield LotPlan(
            number=HOT_LOT_COUNT + 1 + n,
            product=2 + n % (PRODUCT_COUNT - 1),
            room=1 + random.randrange(2),
            use_count=use_count,
            quantity=max(1, use_count + left),
        )
