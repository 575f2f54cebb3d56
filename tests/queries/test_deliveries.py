"""Does a delivery in work show what stands on it and what is lacking, in statements that do not grow?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.product_rows import CodeOf, RuleOf
from stockroom.operations.add_product import AddProduct, add_product
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.set_levels import SetSupplierItem, set_supplier_item
from stockroom.queries.bench_receipts import unmatched_bench_receipts
from stockroom.queries.deliveries import deliveries, delivery
from stockroom.queries.likely_products import Why, likely_products
from stockroom.rules.receiving import Concern
from stockroom.rules.unpacking import Lack
from stockroom.vocabulary import BaseUnit, BenchDecision, CodeScheme, DeliveryState
from tests.benching import allow_bench_receipts, at_bench
from tests.builders import FAR, NOW, House, demo_gtin, key
from tests.queries.counting import counted
from tests.receiving import gs1
from tests.unpacking import OnTable


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def shown(table: OnTable) -> Any:
    with table.store.reading() as connection:
        return delivery(connection, table.house.clinic.id, uid=table.uid, now=NOW)


def lacks(table: OnTable) -> list[tuple[Lack, ...]]:
    return [line.lacks for line in shown(table).lines]


def test_a_line_says_what_it_is_and_how_much(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000, box_of=10), OnTable(house)
    table.scan(gs1(demo_gtin(int(filler.gtin[4:13]) + 1), "A1"), pack_count=3)

    page = shown(table)

    (line,) = page.lines
    assert (line.product_name, line.pack_level, line.presentation_count) == ("Filler", "box", 10)
    assert (line.quantity, line.location_name, line.lacks) == (60_000, "Fridge", ())
    assert line.entered_by == "Nurse Vitosha"
    assert (page.delivery.supplier, page.delivery.line_count) == ("Demo Supply", 1)


def test_each_line_says_what_it_lacks(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    house.clinic.lot_on_shelf(filler, "B9", expires_on=FAR - timedelta(days=1))
    table.scan(filler.gtin, location_uid=None)
    table.scan(gs1(demo_gtin(999_999), "A1"))
    table.scan(f"01{filler.gtin}10B117{FAR:%y%m%d}")
    table.scan(gs1(filler.gtin, "A2", expires_on=NOW.date() - timedelta(days=1)))
    table.scan(gs1(filler.gtin, "A3", expires_on=NOW.date() + timedelta(days=9)))
    table.scan(gs1(filler.gtin, "B9"))

    page = shown(table)

    assert [line.lacks for line in page.lines] == [
        (Lack.LOT_NUMBER, Lack.EXPIRY, Lack.PLACE),
        (Lack.PRODUCT,),
        (Lack.READING,),
        (Lack.DECISION,),
        (Lack.DECISION,),
        (Lack.OTHER_EXPIRY,),
    ]
    assert [line.concerns for line in page.lines][3:5] == [(Concern.EXPIRED,), (Concern.SHORT_DATED,)]
    assert len(page.lines[2].readings) == 2
    assert (page.lines[1].code, page.lines[1].product_name) == (demo_gtin(999_999), None)


def test_what_the_bench_had_received_is_offered(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000), OnTable(house)
    allow_bench_receipts(house.clinic)
    at_bench(house, gs1(filler.gtin, "A1"))
    with house.store.reading() as connection:
        before = unmatched_bench_receipts(connection, house.clinic.id)
    table.scan(gs1(filler.gtin, "A1"))

    (line,) = shown(table).lines
    assert (line.lacks, line.bench_quantity) == ((Lack.BENCH,), 2000)
    table.say(1, bench=BenchDecision.TAKE_OFF)
    assert lacks(table) == [()]
    table.post()

    with house.store.reading() as connection:
        after = unmatched_bench_receipts(connection, house.clinic.id)
    assert [(row.lot_number, row.quantity, row.received_by) for row in before.items] == [
        ("A1", 2000, "Nurse Vitosha")
    ]
    assert after.items == ()


def test_a_number_that_was_misread_before_is_read_again(house: House) -> None:
    filler, table = house.product("Filler", content_quantity=2000), OnTable(house)
    wrong = house.clinic.lot_on_shelf(filler, "A1")
    command = CorrectLot(
        lot_uid=wrong.uid, number="A7", expires_on=FAR, reason="1 read for 7", conflict_stated=True
    )
    correct_lot(house.store, command, actor=house.practitioner, key=key(), now=NOW)
    table.scan(gs1(filler.gtin, "A1"))

    (line,) = shown(table).lines
    assert (line.lacks, line.now_called) == ((Lack.MISREAD,), "A7")
    table.say(1, decision="read again: A1")
    assert lacks(table) == [()]
    table.post()


def test_the_list_tells_what_is_in_work_and_what_is_over(house: House) -> None:
    filler, first, second = house.product("Filler"), OnTable(house), OnTable(house, delivery_note="DN-2")
    first.scan(gs1(filler.gtin, "A1"))
    booked = first.post()

    with house.store.reading() as connection:
        everything = deliveries(connection, house.clinic.id)
        in_work = deliveries(connection, house.clinic.id, state=DeliveryState.OPEN)
        with pytest.raises(ThingNotFound):
            delivery(connection, house.clinic.id + 1, uid=first.uid, now=NOW)

    assert [(row.uid, row.state, row.line_count) for row in everything.items] == [
        (second.uid, "open", 0),
        (first.uid, "posted", 1),
    ]
    assert everything.items[1].receipt_uid == booked.receipt_uid
    assert [row.uid for row in in_work.items] == [second.uid]


def test_a_long_delivery_takes_as_many_statements_as_a_short_one(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    counts = []
    for number in range(12):
        table.scan(gs1(filler.gtin, f"A{number}"))
        if number in (1, 11):
            with house.store.reading() as connection, counted(connection) as statements:
                delivery(connection, house.clinic.id, uid=table.uid, now=NOW)
            counts.append(len(statements))

    assert counts[0] == counts[1] <= 7


def test_likely_products_are_those_of_the_company_the_supplier_and_without_a_code(house: House) -> None:
    near, far = demo_gtin(4_000_001), demo_gtin(4_000_002)
    of_company = _named(house, "Same company", near)
    _named(house, "Another company", "04006381333931")
    codeless = _named(house, "Never scanned", None)
    sold = _named(house, "Sold by them", "04006381333948")
    item = SetSupplierItem(
        supplier_uid=house.supplier_uid, product_uid=sold, item_code="X", pack_count=1, is_preferred=False
    )
    set_supplier_item(house.store, item, actor=house.manager, key=key(), now=NOW)

    with house.store.reading() as connection:
        found = likely_products(connection, gtin=far, supplier_uid=house.supplier_uid)
        by_hand = likely_products(connection, gtin=None)

    assert [(each.product_uid, each.why) for each in found] == [
        (of_company, (Why.SAME_COMPANY,)),
        (sold, (Why.OF_SUPPLIER,)),
        (codeless, (Why.WITHOUT_CODE,)),
    ]
    assert found[0].digits_alike >= 11
    assert [each.product_uid for each in by_hand] == [codeless]


def _named(house: House, name: str, gtin: str | None) -> str:
    codes: tuple[CodeOf, ...] = ()
    if gtin is not None:
        codes = (CodeOf(scheme=CodeScheme.GTIN, item_code=gtin, pack_level="each", presentation_count=1),)
    command = AddProduct(
        manufacturer_uid=house.manufacturer_uid,
        name=name,
        strength="",
        presentation="vial",
        base_unit=BaseUnit.MICROLITRE,
        content_quantity=1000,
        rule=RuleOf(),
        codes=codes,
    )
    return add_product(house.store, command, actor=house.system, key=key(), now=NOW).product_uid
