"""Is each bench receipt taken off whole and once, only where somebody said so?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.rules.bench_matching import BenchLine, BenchUndecided, NothingToTakeOff, match_bench
from stockroom.rules.receiving import NOT_KNOWN_YET, Arrival, ProductFacts
from stockroom.vocabulary import BenchDecision, Carry, LocationKind

TAKE_OFF, KEEP, UNDECIDED = BenchDecision.TAKE_OFF, BenchDecision.KEEP, BenchDecision.UNDECIDED


def arrival(line: int, quantity: int, bench: BenchDecision, **more: Any) -> Arrival:
    product = ProductFacts(
        product_id=1,
        product_uid="p",
        name="Filler",
        is_manufactured=True,
        content_quantity=1,
        lot_carry=Carry.REQUIRED,
        expiry_carry=Carry.OPTIONAL,
        serial_carry=Carry.NONE,
    )
    facts: dict[str, Any] = {"lot_number": "A1", "serial": None, **more}
    return Arrival(
        line=line,
        product=product,
        expires_on=None,
        expires_at=None,
        pack_count=1,
        quantity=quantity,
        trade_item_id=None,
        location_id=1,
        location_kind=LocationKind.FRIDGE,
        raw_scan=None,
        decision="",
        cost=NOT_KNOWN_YET,
        bench=bench,
        **facts,
    )


def bench(n: int, quantity: int, *, lot: str = "A1", serial: str | None = None) -> BenchLine:
    return BenchLine(
        receipt_line_id=n,
        receipt_line_uid=f"b{n}",
        receipt_uid=f"r{n}",
        line_id=n,
        movement_id=n,
        movement_uid=f"m{n}",
        product_id=1,
        lot_number=lot,
        quantity=quantity,
        serial=serial,
    )


def taken(arrivals: list[Arrival], unmatched: list[BenchLine]) -> dict[int, list[int]]:
    found = match_bench(arrivals, unmatched)
    return {line: [each.receipt_line_id for each in lines] for line, lines in found.items()}


@pytest.mark.parametrize(
    ("arrivals", "unmatched", "expected"),
    [
        ([arrival(1, 10, TAKE_OFF)], [bench(7, 1)], {1: [7]}),
        ([arrival(1, 10, TAKE_OFF)], [bench(7, 4), bench(8, 6)], {1: [7, 8]}),
        ([arrival(1, 10, TAKE_OFF)], [bench(7, 4), bench(8, 7), bench(9, 6)], {1: [7, 9]}),
        ([arrival(1, 10, KEEP)], [bench(7, 1)], {}),
        ([arrival(1, 10, UNDECIDED)], [], {}),
        ([arrival(1, 10, UNDECIDED)], [bench(7, 1, lot="A2")], {}),
        ([arrival(1, 1, UNDECIDED)], [bench(7, 2)], {}),
        ([arrival(1, 1, TAKE_OFF), arrival(2, 1, TAKE_OFF)], [bench(7, 1), bench(8, 1)], {1: [7], 2: [8]}),
        ([arrival(1, 1, UNDECIDED), arrival(2, 1, TAKE_OFF)], [bench(7, 1)], {2: [7]}),
        (
            [arrival(1, 1, TAKE_OFF, serial="S2"), arrival(2, 1, TAKE_OFF, serial="S1")],
            [bench(7, 1, serial="S1"), bench(8, 1, serial="S2")],
            {1: [8], 2: [7]},
        ),
    ],
)
def test_bench_receipts_are_taken_off_as_it_was_said(
    arrivals: list[Arrival], unmatched: list[BenchLine], expected: dict[int, list[int]]
) -> None:
    assert taken(arrivals, unmatched) == expected


def test_lines_on_which_nobody_decided_are_named() -> None:
    with pytest.raises(BenchUndecided) as raised:
        match_bench([arrival(1, 9, UNDECIDED), arrival(2, 9, KEEP), arrival(3, 9, UNDECIDED)], [bench(7, 1)])

    assert raised.value.lines == ("1: A1, Filler", "3: A1, Filler")


@pytest.mark.parametrize("unmatched", [[], [bench(7, 11)], [bench(7, 1, lot="A2")]])
def test_what_was_said_to_come_off_and_is_not_there_is_refused(unmatched: list[BenchLine]) -> None:
    with pytest.raises(NothingToTakeOff):
        match_bench([arrival(1, 10, TAKE_OFF)], unmatched)
