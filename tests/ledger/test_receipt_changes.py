"""Is what a receipt said before it was changed kept, named by the entry that changed it, and proven?"""

from __future__ import annotations

import json

import pytest
from sqlalchemy import delete, update

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Lot, ReceiptLine, ReceiptLineBefore
from stockroom.operations.complete_cost import CompleteCost, LineCost, complete_cost
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.rules.receiving import CostOf
from stockroom.vocabulary import BenchDecision, CostState
from tests.benching import allow_bench_receipts, at_bench
from tests.builders import FAR, NOW, House, key
from tests.correcting import books_are_true, rows
from tests.ledger.planting import unguarded
from tests.receiving import gs1, journalled, scanned, take_in


def price(cents: int) -> CostOf:
    return CostOf(state=CostState.PRICED, unit_cost_minor=cents, currency="EUR")


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def received(house: House, number: str = "A1") -> str:
    booked = take_in(house, scanned(house.clinic.fridge, gs1(house.product("Filler").gtin, number)))
    return booked.lines[0].receipt_line_uid


def complete(house: House, uid: str, cents: int) -> None:
    command = CompleteCost(lines=(LineCost(receipt_line_uid=uid, cost=price(cents)),), reason="the invoice")
    complete_cost(house.store, command, actor=house.manager, key=key(), now=NOW)


def said(house: House) -> list[tuple[str, int | None]]:
    return [(row.cost_state, row.unit_cost_minor) for row in rows(house.store, ReceiptLineBefore)]


def test_each_cost_that_was_completed_or_changed_is_kept_as_it_was(house: House) -> None:
    uid = received(house)
    for cents in (1000, 1100):
        complete(house, uid, cents)

    assert said(house) == [("unknown", None), ("priced", 1000)]
    assert all(
        "receipt_lines_before" in json.loads(entry.payload)
        for entry in journalled(house.clinic, "cost.complete")
    )
    books_are_true(house.store)


def test_a_lot_that_was_put_right_leaves_what_its_receipt_said(house: House) -> None:
    received(house)
    (before,) = rows(house.store, ReceiptLine)
    (lot,) = rows(house.store, Lot)
    command = CorrectLot(lot_uid=lot.uid, number="A7", expires_on=FAR, reason="read again")
    correct_lot(house.store, command, actor=house.practitioner, key=key(), now=NOW)

    (kept,) = rows(house.store, ReceiptLineBefore)
    assert (kept.lot_id, kept.line_id) == (before.lot_id, before.line_id)
    books_are_true(house.store)


def test_a_pack_of_the_bench_was_of_unknown_cost_until_its_delivery_came(house: House) -> None:
    allow_bench_receipts(house.clinic)
    pack = gs1(house.product("Filler").gtin, "A1")
    at_bench(house, pack)
    line = scanned(house.clinic.fridge, pack, cost=price(1250), bench=BenchDecision.TAKE_OFF)
    take_in(house, line)

    assert said(house) == [("unknown", None)]
    assert {row.unit_cost_minor for row in rows(house.store, ReceiptLine)} == {1250}
    books_are_true(house.store)


@pytest.mark.parametrize("harm", ["changed", "taken away"])
def test_verify_sees_when_what_was_known_is_rewritten(house: House, harm: str) -> None:
    complete(house, received(house), 1000)
    with unguarded(house.store) as connection:
        if harm == "changed":
            connection.execute(
                update(ReceiptLineBefore).values(cost_state="priced", unit_cost_minor=1, currency="EUR")
            )
        else:
            connection.execute(delete(ReceiptLineBefore))

    found = {(finding.invariant, finding.table) for finding in verify(house.store).findings}

    assert ("L12", "receipt_line_before") in found
