"""Is a delivery that two people enter booked once, whichever way they take?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.ledger.same_paper import DeliveryInBooks
from stockroom.ledger.verify import verify
from stockroom.models import Movement
from stockroom.operations.add_party import PartyKind
from stockroom.operations.receive import receive
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.arrivals import ArrivingLine
from stockroom.vocabulary import Carry
from tests.builders import NOW, House, key
from tests.receiving import delivery, gs1, journalled, on_shelves, rows_of, scanned, size_of_books, take_in
from tests.unpacking import OnTable


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def came(house: House, *lines: ArrivingLine, **more: Any) -> Any:
    command = delivery(house, *lines, **more)
    return receive(house.store, command, actor=house.manager, key=key("again"), now=NOW)


def test_the_same_paper_with_the_same_lot_is_refused_and_names_the_first_receipt(house: House) -> None:
    filler = house.product("Filler")
    line = scanned(house.clinic.fridge, gs1(filler.gtin, "A1"), pack_count=5)
    first = take_in(house, line, delivery_note="DN-1")
    before = size_of_books(house.store)

    with pytest.raises(DeliveryInBooks) as refused:
        came(house, scanned(house.clinic.fridge, gs1(filler.gtin, "NEW")), line, delivery_note="dn-1")

    told = refused.value
    assert (told.receipt_uid, told.delivery_note, told.lines) == (
        first.receipt_uid,
        "DN-1",
        ("2: A1, Filler",),
    )
    assert told.received_by.startswith("Nurse")
    assert size_of_books(house.store) == before


def test_it_is_booked_again_once_somebody_says_why_and_the_books_keep_it(house: House) -> None:
    filler = house.product("Filler")
    line = scanned(house.clinic.fridge, gs1(filler.gtin, "A1"), pack_count=5)
    first = take_in(house, line, delivery_note="DN-1")

    came(house, line, again_reason="The second of two boxes")

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 50_000}
    entry = journalled(house.clinic, "delivery.receive")[-1].payload
    assert f'"booked_again":["{first.receipt_uid}"]' in entry and "The second of two boxes" in entry
    assert rows_of(house.store, Movement)[-1].reason == "The second of two boxes"
    assert verify(house.store).findings == ()


@pytest.mark.parametrize("other", ["supplier", "paper", "lot", "serial", "taken back"])
def test_what_is_not_the_same_delivery_is_booked(house: House, other: str) -> None:
    filler = house.product("Filler")
    first = take_in(
        house, scanned(house.clinic.fridge, gs1(filler.gtin, "A1", serial="S1")), delivery_note="DN-1"
    )
    lot, serial = ("A2" if other == "lot" else "A1"), ("S2" if other == "serial" else None)
    more: dict[str, Any] = {"paper": {"delivery_note": "DN-2"}}.get(other, {})
    if other == "supplier":
        more = {"supplier_uid": house.party(PartyKind.SUPPLIER, "Another Supply")}
    if other == "taken back":
        back = Reverse(movement_uid=first.movement_uid, reason="Next door's")
        reverse(house.store, back, actor=house.manager, key=key("back"), now=NOW)

    came(house, scanned(house.clinic.fridge, gs1(filler.gtin, lot, serial=serial)), **more)

    assert len(journalled(house.clinic, "delivery.receive")) == 2


def test_goods_without_a_lot_number_are_the_same_by_their_product(house: House) -> None:
    gauze = house.product("Gauze", lot_carry=Carry.NONE, expiry_carry=Carry.NONE)
    line = ArrivingLine(location_uid=house.clinic.fridge.uid, product_uid=gauze.uid, pack_count=5)
    take_in(house, line, delivery_note="DN-1")

    with pytest.raises(DeliveryInBooks) as refused:
        came(house, line)

    assert refused.value.lines == ("1: -, Gauze",)


def test_one_that_was_unpacked_asks_too_and_is_booked_with_a_reason(house: House) -> None:
    filler = house.product("Filler")
    take_in(house, scanned(house.clinic.fridge, gs1(filler.gtin, "A1")), delivery_note="DN-1")
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))

    with pytest.raises(DeliveryInBooks):
        table.post()
    table.post(again_reason="The second of two boxes")

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 10_000}
