"""Is what is shown as stock what lies there, at a cost that does not grow with its rows?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import StockLevel
from stockroom.queries.below_minimum import below_minimum
from stockroom.queries.expiring import ending_things, expiring_lots
from stockroom.queries.journal import entries
from stockroom.queries.movements import movement_shown, movements, statement_of_lot, statement_of_place
from stockroom.queries.packs import look_up
from stockroom.queries.stock import lots_in_stock, stock_by_product, stock_of_lot
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House
from tests.queries.counting import counted

SOON = NOW.date() + timedelta(days=10)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_stock_counts_what_is_usable_apart_from_what_is_there(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=2000)
    clinic.lot_on_shelf(filler, "A1", presentations=3, expires_on=SOON)
    clinic.lot_on_shelf(filler, "A2", presentations=2, expires_on=NOW.date() - timedelta(days=1))
    clinic.lot_on_shelf(filler, "A3", at=clinic.account(LocationKind.QUARANTINE))

    with house.store.reading() as connection:
        (row,) = stock_by_product(connection, clinic.id, now=NOW)

    assert (row.on_hand, row.usable, row.sealed_count, row.usable_sealed_count) == (12_000, 6_000, 6, 3)
    assert (row.lot_count, row.earliest_expiry) == (3, NOW.date() - timedelta(days=1))
    assert row.minimum_count is None


def test_look_up_and_lists_take_the_same_statements_for_one_lot_and_for_thirty(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    first = clinic.lot_on_shelf(filler, "A0")

    def cost() -> list[int]:
        counts = []
        with house.store.reading() as connection:
            for ask in (
                lambda: look_up(connection, clinic.id, code=filler.gtin, number="A0"),
                lambda: stock_by_product(connection, clinic.id, now=NOW),
                lambda: lots_in_stock(connection, clinic.id, now=NOW),
                lambda: stock_of_lot(connection, clinic.id, now=NOW, lot_uid=first.uid),
                lambda: expiring_lots(connection, clinic.id, now=NOW),
                lambda: ending_things(connection, clinic.id, now=NOW),
                lambda: below_minimum(connection, clinic.id, now=NOW),
                lambda: movements(connection, clinic.id),
                lambda: entries(connection, clinic.id),
            ):
                with counted(connection) as statements:
                    ask()
                counts.append(len(statements))
        return counts

    one = cost()
    for number in range(1, 30):
        clinic.lot_on_shelf(filler, f"A{number}")

    assert cost() == one == [1, 2, 2, 2, 2, 1, 2, 1, 2]


def test_look_up_finds_a_lot_by_code_and_number_and_says_where_it_lies(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=100)
    clinic.lot_on_shelf(filler, "Ab", presentations=2)

    with house.store.reading() as connection:
        found = look_up(connection, clinic.id, code=filler.gtin, number="Ab")
        with pytest.raises(ThingNotFound):
            look_up(connection, clinic.id, code=filler.gtin, number="ab")

    assert [(place.location_name, place.quantity) for place in found.places] == [("Fridge", 200)]


def test_lots_that_expire_soon_are_listed_and_later_ones_are_not(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    clinic.lot_on_shelf(filler, "SOON", expires_on=SOON)
    clinic.lot_on_shelf(filler, "LATER", expires_on=NOW.date() + timedelta(days=31))

    with house.store.reading() as connection:
        found = expiring_lots(connection, clinic.id, now=NOW, days=30)

    assert [row.lot_number for row in found] == ["SOON"]


@pytest.mark.parametrize(("minimum", "listed"), [(2, False), (3, True), (None, True)])
def test_below_minimum_lists_too_few_and_what_nobody_has_decided(
    house: House, minimum: int | None, listed: bool
) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=100)
    clinic.lot_on_shelf(filler, "A1", presentations=2)
    clinic.lot_on_shelf(filler, "A2", presentations=5, expires_on=date(2026, 1, 1))
    if minimum is not None:
        with house.store.engine.connect().execution_options(write=True) as connection:
            connection.execute(
                insert(StockLevel).values(
                    clinic_id=clinic.id, product_id=filler.id, minimum_count=minimum, target_count=9,
                    version=1, created_at=NOW, updated_at=NOW,
                )
            )  # fmt: skip
            connection.commit()

    with house.store.reading() as connection:
        found = below_minimum(connection, clinic.id, now=NOW)

    assert [(row.usable_sealed_count, row.minimum_count) for row in found] == [(2, minimum)] * listed


def test_pages_of_movements_show_each_once_the_newest_first(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    for number in range(5):
        clinic.lot_on_shelf(filler, f"A{number}")

    seen, cursor = [], None
    with house.store.reading() as connection:
        while True:
            page = movements(connection, clinic.id, after=cursor, limit=2)
            seen += [row.seq for row in page.items]
            cursor = page.next_cursor
            if cursor is None:
                break

    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 5


def test_a_movement_and_the_statements_of_its_lot_and_place_show_the_same_line(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler", content_quantity=100)
    lot = clinic.lot_on_shelf(filler, "A1", presentations=2)
    assert lot.movement is not None

    with house.store.reading() as connection:
        shown = movement_shown(connection, clinic.id, uid=lot.movement.uid)
        of_lot = statement_of_lot(connection, clinic.id, lot_uid=lot.uid)
        of_place = statement_of_place(
            connection, clinic.id, location_uid=clinic.fridge.uid, since=NOW - timedelta(days=99)
        )
        page = entries(connection, clinic.id, limit=1)

    assert shown.lines == of_lot == of_place
    assert (shown.lines[0].source_kind, shown.lines[0].target_name, shown.lines[0].quantity) == (
        "supplier", "Fridge", 200,
    )  # fmt: skip
    assert page[0].kind == "test.receive"
