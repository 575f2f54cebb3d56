"""Which goods of a delivery had the bench received before?  Whole bench receipts are taken off, the oldest first.

A pack that was received at the bench came with some delivery.  When that delivery is entered, somebody
says so for its line, and the line books so much less; nothing is matched by guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Conflict, Refused, extracted
from stockroom.rules.receiving import Arrival
from stockroom.vocabulary import BenchDecision


@dataclass(eq=False, kw_only=True)
class BenchUndecided(Refused):
    """The bench has received packs of these lots already, and nobody said whether they are these."""

    code: ClassVar[str] = "bench_undecided"
    message: ClassVar[str] = extracted(
        "Nothing was booked. The bench has received packs of these lots before: say for each line whether they "
        "came with this delivery (take them off) or another way (keep): {lines}"
    )
    lines: tuple[str, ...]
    """Each as `line: lot number, product`."""


@dataclass(eq=False, kw_only=True)
class NothingToTakeOff(Conflict):
    """No unmatched bench receipt of this lot fits into the line (any more)."""

    code: ClassVar[str] = "nothing_to_take_off"
    message: ClassVar[str] = extracted(
        "Line {line}: nothing that the bench received of lot {lot_number} fits into this line any more. "
        "Look at the line again, and book it whole."
    )
    line: int
    lot_number: str


@dataclass(frozen=True, kw_only=True)
class BenchLine:
    """One pack that the bench received and that no delivery has taken off."""

    receipt_line_id: int
    receipt_line_uid: str
    receipt_uid: str
    line_id: int
    movement_id: int
    movement_uid: str
    product_id: int
    lot_number: str
    quantity: int
    serial: str | None


Taken = Mapping[int, tuple[BenchLine, ...]]
"""What each line takes off, by the line's number."""


def match_bench(arrivals: Iterable[Arrival], unmatched: Iterable[BenchLine]) -> Taken:
    """Give what each line takes off, line by line and the oldest first; each bench receipt whole and once.

    Raises BenchUndecided naming every line that could take something off and does not say; NothingToTakeOff.
    """
    free = {bench.receipt_line_id: bench for bench in unmatched}
    taken: dict[int, tuple[BenchLine, ...]] = {}
    undecided: list[Arrival] = []
    ordered = sorted(arrivals, key=lambda each: (each.bench is not BenchDecision.TAKE_OFF, each.line))
    for arrival in ordered:
        if arrival.bench is BenchDecision.KEEP:
            continue
        fitting = _fitting(arrival, free.values())
        if arrival.bench is BenchDecision.TAKE_OFF:
            if not fitting:
                raise NothingToTakeOff(line=arrival.line, lot_number=arrival.lot_number or "-")
            taken[arrival.line] = fitting
            for bench in fitting:
                del free[bench.receipt_line_id]
        elif fitting:
            undecided.append(arrival)
    if undecided:
        raise BenchUndecided(
            lines=tuple(f"{each.line}: {each.lot_number}, {each.product.name}" for each in undecided)
        )
    return taken


def _fitting(arrival: Arrival, free: Iterable[BenchLine]) -> tuple[BenchLine, ...]:
    left, found = arrival.quantity, []
    for bench in free:
        same_lot = (bench.product_id, bench.lot_number) == (arrival.product.product_id, arrival.lot_number)
        other_pack = None not in (bench.serial, arrival.serial) and bench.serial != arrival.serial
        if same_lot and not other_pack and bench.quantity <= left:
            found.append(bench)
            left -= bench.quantity
    return tuple(found)
