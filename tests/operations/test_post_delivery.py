"""Does what was unpacked come into the books whole, once, and only when every pack is known?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.lot_rows import LotExpiryDiffers
from stockroom.ledger.product_rows import CodeOf
from stockroom.models import BenchMatch, Receipt, ReceiptLine
from stockroom.operations.attach_code import AttachCode, attach_code
from stockroom.operations.post_delivery import (
    DiscardDelivery,
    LinesUnresolved,
    PlacesMissing,
    discard_delivery,
)
from stockroom.reads.deliveries import DeliveryChanged, DeliveryOver
from stockroom.rules.bench_matching import BenchUndecided
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.receiving import CostOf, DecisionMissing, ExpiryMissing
from stockroom.vocabulary import ArrivalState, BenchDecision, CodeScheme, CostState
from tests.benching import allow_bench_receipts, at_bench
from tests.builders import FAR, NOW, House, demo_gtin, key
from tests.receiving import gs1, journalled, movements, on_shelves, rows_of, size_of_books
from tests.unpacking import OnTable


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def refused(table: OnTable, kind: type[StockroomError], **more: Any) -> Any:
    before = size_of_books(table.store)
    with pytest.raises(kind) as raised:
        table.post(**more)
    assert (size_of_books(table.store), table.row.state) == (before, "open")
    return raised.value


def test_a_delivery_is_posted_whole_as_one_receipt(house: House) -> None:
    filler, needle, table = house.product("Filler", content_quantity=2000), house.needle(), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), cost=CostOf(state=CostState.PRICED, unit_cost_minor=450))
    table.scan(gs1(needle.gtin, "N1"), location_uid=house.clinic.cupboard.uid)
    table.scan(gs1(needle.gtin, "N1"), location_uid=house.clinic.cupboard.uid)

    booked = table.post()

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 2000, ("N1", "Cupboard"): 2}
    (receipt,) = rows_of(house.store, Receipt)
    assert (receipt.uid, receipt.delivery_note, receipt.arrived_at) == (booked.receipt_uid, "DN-1", NOW)
    assert (table.row.state, table.row.receipt_id) == ("posted", receipt.id)
    lines = sorted(rows_of(house.store, ReceiptLine), key=lambda row: row.n)
    assert [(row.n, row.pack_count, row.unit_cost_minor) for row in lines] == [(1, 1, 450), (2, 2, None)]
    assert lines[0].raw_scan == gs1(filler.gtin, "A1")
    assert (len(movements(house.clinic, "receive")), len(journalled(house.clinic, "delivery.post"))) == (1, 1)


def test_it_is_posted_once(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))
    version = table.version

    first, second = (table.post(version=version, with_key="same") for _ in range(2))
    with pytest.raises(DeliveryOver):
        table.post(version=version)

    assert first == second
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 2000}


def test_two_tablets_post_it_at_the_same_time_and_one_is_told(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))
    people, version, barrier = (house.nurse, house.manager), table.version, Barrier(2)

    def post(actor: Any) -> str:
        barrier.wait()
        try:
            return table.post(actor=actor, version=version).receipt_uid
        except DeliveryOver as error:
            return error.code

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(post, people))

    assert answers.count("delivery_over") == 1
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 2000}


def test_what_was_scanned_meanwhile_is_looked_at_before_it_is_booked(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))
    seen = table.version
    table.scan(gs1(filler.gtin, "A2"), actor=house.manager)

    refused(table, DeliveryChanged, version=seen)


def test_lines_that_nobody_knows_stop_it_and_are_named_until_their_code_is_added(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000), OnTable(house)
    unknown, doubtful = demo_gtin(999_999), f"01{filler.gtin}10B117{FAR:%y%m%d}"
    table.scan(gs1(filler.gtin, "A1"))
    table.scan(gs1(unknown, "A2"))
    table.scan(doubtful)

    error = refused(table, LinesUnresolved)
    assert error.lines == (f"2: {unknown}, A2", "3: ?, -")
    attach_code(
        house.store,
        AttachCode(
            product_uid=filler.uid,
            code=CodeOf(scheme=CodeScheme.GTIN, item_code=unknown, pack_level="case", presentation_count=100),
        ),
        actor=house.manager,
        key=key(),
        now=NOW,
    )
    table.say(3, reading=f"(01){filler.gtin}(17){FAR:%y%m%d}(10)B1")
    table.post()

    assert on_shelves(house.clinic) == {
        ("A1", "Fridge"): 2000, ("A2", "Fridge"): 200_000, ("B1", "Fridge"): 2000,
    }  # fmt: skip


def test_places_paper_and_lines_are_asked_for(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    no_supplier, no_note = OnTable(house, supplier_uid=None), OnTable(house, delivery_note="")
    for each in (table, no_supplier, no_note):
        each.scan(gs1(filler.gtin, "A1"), location_uid=None)

    assert refused(table, PlacesMissing).lines == ("1: Filler, A1",)
    assert refused(no_supplier, InvalidValue).field == "supplier_uid"
    assert refused(no_note, InvalidValue).field == "delivery_note"
    assert refused(OnTable(house), InvalidValue).field == "lines"


def test_a_missing_date_and_a_missing_decision_are_asked_for(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000), OnTable(house)
    expired = NOW.date() - timedelta(days=1)
    table.scan(filler.gtin, lot_number="A1")
    table.scan(gs1(filler.gtin, "A2", expires_on=expired))

    assert refused(table, ExpiryMissing).line == 1
    table.say(1, lot_number="A1", expires_on=FAR)
    assert refused(table, DecisionMissing).lines == ("2: A2, Filler, expired",)
    table.say(2, decision="for the training dummy")
    table.post()

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 2000, ("A2", "Fridge"): 2000}


def test_goods_that_came_warm_need_a_decision_each(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house, state_on_arrival=ArrivalState.WARM)
    table.scan(gs1(filler.gtin, "A1"))

    refused(table, DecisionMissing)


def test_a_lot_that_is_known_with_another_expiry_stops_the_whole(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    house.clinic.lot_on_shelf(filler, "A1", expires_on=FAR - timedelta(days=1))
    table.scan(gs1(filler.gtin, "A0"))
    table.scan(gs1(filler.gtin, "A1"))

    refused(table, LotExpiryDiffers)


def test_what_the_bench_had_received_is_decided_on_and_taken_off(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000), OnTable(house)
    allow_bench_receipts(house.clinic)
    at_bench(house, gs1(filler.gtin, "A1"))
    table.scan(gs1(filler.gtin, "A1"), pack_count=5)

    assert refused(table, BenchUndecided).lines == ("1: A1, Filler",)
    table.say(1, bench=BenchDecision.TAKE_OFF)
    table.post()

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 10_000}
    assert [row.quantity for row in rows_of(house.store, BenchMatch)] == [2000]


def test_a_delivery_that_is_given_up_books_nothing(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))
    command = DiscardDelivery(delivery_uid=table.uid, version=table.version)

    discard_delivery(house.store, command, actor=house.nurse, key=key(), now=NOW)

    assert (table.row.state, len(table.lines), on_shelves(house.clinic)) == ("discarded", 1, {})
    with pytest.raises(DeliveryOver):
        table.post()


def test_it_is_posted_by_who_may_receive_in_its_own_clinic(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))

    refused(table, ActionForbidden, actor=house.practitioner)
    refused(table, ThingNotFound, actor=house.another_clinic().nurse)
