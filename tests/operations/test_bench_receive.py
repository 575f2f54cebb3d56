"""May a pack be used that no delivery has brought yet, and does its delivery take it off later?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError
from stockroom.models import Alert, BenchMatch, Lot, Receipt, ReceiptLine
from stockroom.operations.bench_receive import (
    BenchReceiptNotAllowed,
    BenchReceive,
    LotInBooks,
    bench_receive,
)
from stockroom.operations.complete_cost import CompleteCost, LineCost, complete_cost
from stockroom.operations.receive import receive
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries.trace_origins import origins_of
from stockroom.reads.arrivals import ArrivingLine, CodeUnknown
from stockroom.rules.bench_matching import BenchUndecided, NothingToTakeOff
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.receiving import CostOf, DecisionMissing, ExpiryMissing
from stockroom.vocabulary import BenchDecision, CostState
from tests.benching import allow_bench_receipts, at_bench
from tests.builders import NOW, House, demo_gtin, key
from tests.receiving import delivery, gs1, journalled, movements, on_shelves, rows_of, scanned, size_of_books

TAKE_OFF, KEEP = BenchDecision.TAKE_OFF, BenchDecision.KEEP


@pytest.fixture
def house(store: Store) -> House:
    house = House(store)
    allow_bench_receipts(house.clinic)
    return house


def delivered(house: House, *lines: ArrivingLine, **more: Any) -> Any:
    return receive(house.store, delivery(house, *lines, **more), actor=house.nurse, key=key(), now=NOW)


def refused(house: House, kind: type[StockroomError], pack: ArrivingLine, **more: Any) -> Any:
    actor, before = more.get("actor") or house.nurse, size_of_books(house.store)
    with pytest.raises(kind) as raised:
        bench_receive(house.store, BenchReceive(pack=pack), actor=actor, key=key(), now=NOW)
    assert size_of_books(house.store) == before
    return raised.value


def test_a_pack_is_taken_in_at_the_bench_as_an_unmatched_receipt_with_an_alert(house: House) -> None:
    filler = house.product("Filler", content_quantity=2000)

    booked = at_bench(house, gs1(filler.gtin, "A1"))

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 2000}
    (receipt,), (line,), (alert,) = (rows_of(house.store, each) for each in (Receipt, ReceiptLine, Alert))
    assert (receipt.at_bench, receipt.supplier_id, receipt.received_by_id) == (
        True, None, house.nurse.person_id,
    )  # fmt: skip
    assert (line.cost_state, line.quantity, line.taken_off_quantity) == ("unknown", 2000, 0)
    assert (alert.kind, alert.subject_uid) == ("bench_receipt_unmatched", booked.receipt_uid)
    assert len(journalled(house.clinic, "bench.receive")) == 1


def test_the_same_key_takes_in_one_pack(house: House) -> None:
    filler = house.product("Filler", content_quantity=2000)
    command = BenchReceive(pack=scanned(house.clinic.fridge, gs1(filler.gtin, "A1")))

    first, second = (
        bench_receive(house.store, command, actor=house.nurse, key="same", now=NOW) for _ in range(2)
    )

    assert first == second
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 2000}


def test_a_clinic_that_does_not_allow_it_takes_nothing_in_at_the_bench(house: House) -> None:
    filler = house.product("Filler")
    allow_bench_receipts(house.clinic, False)

    refused(house, BenchReceiptNotAllowed, scanned(house.clinic.fridge, gs1(filler.gtin, "A1")))


def test_only_a_scanned_pack_of_a_known_product_that_is_fit_to_be_received_is_taken_in(house: House) -> None:
    filler, fridge = house.product("Filler"), house.clinic.fridge
    expired = NOW.date() - timedelta(days=1)

    refused(house, InvalidValue, ArrivingLine(location_uid=fridge.uid, product_uid=filler.uid))
    refused(house, CodeUnknown, scanned(fridge, gs1(demo_gtin(999_999), "A1")))
    refused(house, ExpiryMissing, scanned(fridge, gs1(filler.gtin, "A1", expires_on=None)))
    refused(house, DecisionMissing, scanned(fridge, gs1(filler.gtin, "A1", expires_on=expired)))
    pack = scanned(fridge, gs1(filler.gtin, "A1"))
    refused(house, ActionForbidden, pack, actor=house.clinic.auditor)


def test_a_lot_that_lies_on_a_shelf_is_used_from_there(house: House) -> None:
    filler = house.product("Filler")
    house.clinic.lot_on_shelf(filler, "A1", at=house.clinic.cupboard)

    error = refused(house, LotInBooks, scanned(house.clinic.fridge, gs1(filler.gtin, "A1")))

    assert (error.lot_number, error.place) == ("A1", "Cupboard")


def test_a_delivery_of_that_lot_asks_and_takes_it_off(house: House) -> None:
    filler, fridge = house.product("Filler", content_quantity=2000), house.clinic.fridge
    at_bench(house, gs1(filler.gtin, "A1"))
    line = scanned(fridge, gs1(filler.gtin, "A1"), pack_count=5)
    price = CostOf(state=CostState.PRICED, unit_cost_minor=900)

    with pytest.raises(BenchUndecided) as undecided:
        delivered(house, line)
    booked = delivered(house, scanned(fridge, line.scan or "", pack_count=5, bench=TAKE_OFF, cost=price))

    assert undecided.value.lines == ("1: A1, Filler",)
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 10_000}
    assert booked.lines[0].quantity == 10_000
    bench, bought = sorted(rows_of(house.store, ReceiptLine), key=lambda row: row.id)
    assert (bought.quantity, bought.taken_off_quantity) == (10_000, 2000)
    assert (bench.cost_state, bench.unit_cost_minor, bench.currency) == ("priced", 900, "EUR")
    assert [row.quantity for row in rows_of(house.store, BenchMatch)] == [2000]
    (alert,) = rows_of(house.store, Alert)
    assert (alert.state, alert.resolved_at) == ("resolved", NOW)


def test_a_delivery_that_is_all_in_the_books_posts_nothing_and_is_a_receipt(house: House) -> None:
    filler, fridge = house.product("Filler", content_quantity=2000), house.clinic.fridge
    bench = at_bench(house, gs1(filler.gtin, "A1"))

    booked = delivered(house, scanned(fridge, gs1(filler.gtin, "A1"), bench=TAKE_OFF))

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 2000}
    assert booked.movement_uid == bench.movement_uid
    assert len(movements(house.clinic, "receive")) == 1
    line = max(rows_of(house.store, ReceiptLine), key=lambda row: row.id)
    assert (line.quantity, line.taken_off_quantity) == (2000, 2000)


def test_goods_that_came_another_way_are_booked_whole(house: House) -> None:
    filler, fridge = house.product("Filler", content_quantity=2000), house.clinic.fridge
    at_bench(house, gs1(filler.gtin, "A1"))

    delivered(house, scanned(fridge, gs1(filler.gtin, "A1"), bench=KEEP))

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 4000}
    assert rows_of(house.store, BenchMatch) == []


def test_what_was_taken_off_once_is_not_taken_off_again_until_that_delivery_is_reversed(
    house: House,
) -> None:
    filler, fridge = house.product("Filler", content_quantity=2000), house.clinic.fridge
    at_bench(house, gs1(filler.gtin, "A1"))
    text = gs1(filler.gtin, "A1")
    first = delivered(house, scanned(fridge, text, pack_count=2, bench=TAKE_OFF))

    with pytest.raises(NothingToTakeOff):
        delivered(house, scanned(fridge, text, bench=TAKE_OFF))
    reverse(
        house.store,
        Reverse(movement_uid=first.movement_uid, reason="wrong paper"),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    delivered(house, scanned(fridge, text, pack_count=3, bench=TAKE_OFF))

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 6000}


def test_a_cost_completed_later_reaches_what_the_bench_had_received(house: House) -> None:
    filler, fridge = house.product("Filler", content_quantity=2000), house.clinic.fridge
    at_bench(house, gs1(filler.gtin, "A1"))
    booked = delivered(house, scanned(fridge, gs1(filler.gtin, "A1"), pack_count=2, bench=TAKE_OFF))
    price = CostOf(state=CostState.PRICED, unit_cost_minor=700)

    complete_cost(
        house.store,
        CompleteCost(lines=(LineCost(receipt_line_uid=booked.lines[0].receipt_line_uid, cost=price),)),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    assert {row.unit_cost_minor for row in rows_of(house.store, ReceiptLine)} == {700}


def test_a_trace_names_the_bench_and_the_delivery_and_counts_each_vial_once(house: House) -> None:
    filler, fridge = house.product("Filler", content_quantity=2000), house.clinic.fridge
    at_bench(house, gs1(filler.gtin, "A1"))
    delivered(house, scanned(fridge, gs1(filler.gtin, "A1"), pack_count=5, bench=TAKE_OFF))
    (lot,) = rows_of(house.store, Lot)

    with house.store.reading() as connection:
        found = origins_of(connection, (house.clinic.id,), (lot.id,))

    assert sorted((each.quantity, each.supplier_name) for each in found) == [
        (2000, None),
        (8000, "Demo Supply"),
    ]
