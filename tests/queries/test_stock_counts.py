"""Do the pages of counts cost the same for one thing as for many, and does a scan mean what it says?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import Container, Location
from stockroom.queries.count_targets import (
    LotNotInBooks,
    Target,
    lots_to_count,
    places_to_count,
    presentations_in_a_pack,
    target_of,
)
from stockroom.queries.open_work import standing_open
from stockroom.queries.stock_counts import lying_elsewhere, stock_count, stock_counts, thing_at
from stockroom.queries.stocktakes import counted_between
from stockroom.reads.asked_things import ScanInDoubt, ScanNamesNothing
from stockroom.rules.counting import CountedVialDiscarded
from tests.builders import NOW, House
from tests.correcting import open_vial, rows
from tests.counts import LATER, Counting, because, lies, priced
from tests.operations.test_confirm_count import decide
from tests.queries.counting import counted
from tests.receiving import gs1

TODAY = date(2026, 3, 2)


def test_a_count_is_shown_in_as_many_statements_for_one_thing_as_for_many(store: Store) -> None:
    house = House(store)
    product, fridge = house.product("Filler"), house.clinic.fridge
    lots = [house.clinic.lot_on_shelf(product, f"A{n}", presentations=2) for n in range(6)]
    counting = Counting(house)

    def cost() -> list[int]:
        said = []
        with store.reading() as connection:
            for ask in (
                lambda: stock_count(connection, house.clinic.id, uid=counting.uid),
                lambda: stock_counts(connection, house.clinic.id, is_open=True),
                lambda: standing_open(connection, house.clinic.id, at=NOW),
            ):
                with counted(connection) as statements:
                    ask()
                said.append(len(statements))
        return said

    counting.found(lies(lots[0], fridge, 5000))
    one = cost()
    counting.found(*(lies(lot, fridge, 5000) for lot in lots[1:5]))

    assert cost() == one
    assert one[0] <= 12 and one[1:] == [1, 4]
    with store.reading() as connection, pytest.raises(ThingNotFound):
        stock_count(connection, house.another_clinic().id, uid=counting.uid)


def test_a_difference_is_worth_what_its_lot_cost_and_a_report_finds_it_in_its_time(store: Store) -> None:
    house = House(store)
    decide(house, count_tolerance_worth=1000)
    fridge = house.clinic.fridge
    lot = priced(house, house.product("Filler"), "A1", packs=4, cents=2550)
    unknown = house.clinic.lot_on_shelf(house.product("Other"), "B1", presentations=4)
    counting = Counting(house)
    counting.found(lies(lot, fridge, 10_000), lies(unknown, fridge, 15_000))
    shown = counting.shown()
    counting.confirm(because(lot, fridge), because(unknown, fridge))

    with store.reading() as connection:
        found = counted_between(connection, house.clinic.id, since=NOW, until=LATER.replace(hour=23), most=10)
        before = counted_between(
            connection, house.clinic.id, since=NOW.replace(year=2020), until=NOW, most=10
        )
        elsewhere = counted_between(
            connection, house.another_clinic().id, since=NOW, until=LATER.replace(hour=23), most=10
        )

    assert [each.worth and each.worth.minor for each in shown.counted] == [None, 5100]
    assert [(line.lot_number, line.difference, line.worth and line.worth.minor) for line in found] == [
        ("A1", -10_000, 5100),
        ("B1", -5000, None),
    ]
    assert (before, elsewhere) == ((), ())


def test_a_scan_means_a_place_a_vial_a_lot_or_a_product(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    (container,) = rows(store, Container)
    (fridge,) = rows(store, Location, Location.uid == house.clinic.fridge.uid)

    def meant(text: str) -> Target:
        with store.reading() as connection:
            return target_of(connection, house.clinic.id, text, today=TODAY)

    of_lot = Target(product_uid=product.uid, lot_uid=lot.uid)
    of_vial = Target(product_uid=product.uid, lot_uid=lot.uid, location_uid=vial.uid, is_container=True)
    assert meant(gs1(product.gtin, "A1")) == of_lot
    assert meant("A1") == of_lot
    assert meant(product.gtin) == Target(product_uid=product.uid)
    assert meant("Fill") == Target(product_uid=product.uid)
    assert meant(write_label(OwnLabel(LabelKind.LOCATION, fridge.short_code))).location_uid == fridge.uid
    assert meant("Fridge") == Target(location_uid=fridge.uid)
    assert meant(write_label(OwnLabel(LabelKind.CONTAINER, container.short_code))) == of_vial
    assert meant(container.short_code.lower()) == of_vial


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("nothing like it", ScanNamesNothing),
        ("SRS:7K42", ScanNamesNothing),
        ("SRC:7K42", ScanNamesNothing),
        ("LOT", LotNotInBooks),
        ("DOUBT", ScanInDoubt),
    ],
)
def test_a_scan_that_means_nothing_to_count_says_so(
    sqlite_store: Store, text: str, refusal: type[Exception]
) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    scans: dict[str, str] = {
        "LOT": gs1(product.gtin, "Z9"),
        "DOUBT": f"01{product.gtin}10A117271231",
    }

    with sqlite_store.reading() as connection, pytest.raises(refusal):
        target_of(connection, house.clinic.id, scans.get(text, text), today=TODAY)


def test_a_discarded_vials_code_tells_when_unless_another_vial_has_it_now(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    open_vial(house.clinic, product, lot)
    (container,) = rows(sqlite_store, Container)
    table: Any = Container.__table__

    def body(work: Any) -> None:
        work.connection.execute(table.update().values(state="discarded", closed_at=NOW))

    house.clinic.act("test.discard", body)

    with sqlite_store.reading() as connection, pytest.raises(CountedVialDiscarded) as refused:
        target_of(connection, house.clinic.id, f"SRC:{container.short_code}", today=TODAY)

    assert refused.value.discarded_at == NOW


def test_where_a_lot_can_be_counted_and_how_it_is_packed(store: Store) -> None:
    house = House(store)
    product = house.product("Filler", box_of=25)
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    gone = house.clinic.lot_on_shelf(product, "A0", presentations=1)
    vial = open_vial(house.clinic, product, gone)
    cupboard, rila = house.clinic.cupboard, house.another_clinic()

    with store.reading() as connection:
        places = places_to_count(connection, house.clinic.id, lot_uid=lot.uid)
        of_gone = places_to_count(connection, house.clinic.id, lot_uid=gone.uid)
        lots = lots_to_count(connection, house.clinic.id, product_uid=product.uid)
        lying = lying_elsewhere(connection, house.clinic.id, lot_uid=lot.uid)
        in_a_pack = presentations_in_a_pack(connection, product_uid=product.uid)
        named = thing_at(connection, house.clinic.id, lot_uid=lot.uid, location_uid=cupboard.uid)
        with pytest.raises(ThingNotFound):
            thing_at(connection, rila.id, lot_uid=lot.uid, location_uid=cupboard.uid)

    assert {place.location_uid for place in of_gone} - {place.location_uid for place in places} == {vial.uid}
    assert cupboard.uid in {place.location_uid for place in places}
    assert [(row.lot_number, row.on_hand) for row in lots] == [("A0", 5000), ("A1", 10_000)]
    assert [each.book_quantity for each in lying] == [10_000]
    assert (in_a_pack, named.lot_number) == (25, "A1")
