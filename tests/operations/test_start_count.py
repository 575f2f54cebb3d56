"""Does a count begin with what is to be counted, and end without a trace in the books when it is given up?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from stockroom.db.base import table_of
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.models import Location, StockCount
from stockroom.operations.start_count import GiveUpCount, StartCount, give_up_count, start_count
from stockroom.reads.locations import LocationClosed, NotAShelf
from stockroom.reads.stock_counts import CountChanged, CountOver
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves, open_vial, rows
from tests.counts import Counting, lies


def start(house: House, actor: Any = None, **scope: Any) -> Any:
    command = StartCount(**scope)
    return start_count(house.store, command, actor=actor or house.nurse, key=key("start"), now=NOW)


def test_a_count_is_of_a_product_a_lot_a_place_or_everything_and_blind_unless_said_otherwise(
    store: Store,
) -> None:
    house = House(store)
    product, other = house.product("Filler"), house.product("Other")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    second = house.clinic.lot_on_shelf(product, "A2", at=house.clinic.cupboard)
    third = house.clinic.lot_on_shelf(other, "B1")
    vial = open_vial(house.clinic, product, lot)

    def listed(**scope: Any) -> set[tuple[str, int]]:
        counting = Counting(house, **scope)
        return {(each.named.lot_uid, each.named.location_id) for each in counting.shown().uncounted}

    fridge, in_vial = (lot.uid, lot.location_id), (lot.uid, vial.location_id)
    assert listed(location_uid=house.clinic.fridge.uid) == {fridge, in_vial, (third.uid, third.location_id)}
    assert listed(product_uid=product.uid) == {fridge, in_vial, (second.uid, second.location_id)}
    assert listed(lot_uid=lot.uid) == {fridge, in_vial}
    assert len(listed(is_blind=False)) == 4
    assert [row.is_blind for row in rows(store, StockCount)] == [True, True, True, False]


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("two things at once", InvalidValue),
        ("an account", NotAShelf),
        ("a place that was closed", LocationClosed),
        ("another clinic's lot", ThingNotFound),
        ("another clinic's place", ThingNotFound),
        ("no id", ThingNotFound),
    ],
)
def test_a_count_of_what_cannot_be_counted_does_not_begin(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    rila = house.another_clinic()
    far = rila.lot_on_shelf(product, "A1")
    closed = house.clinic.room
    _close(house, closed.id)
    scope: dict[str, Any] = {
        "two things at once": {"lot_uid": lot.uid, "product_uid": product.uid},
        "an account": {"location_uid": house.clinic.account(LocationKind.DISPOSAL).uid},
        "a place that was closed": {"location_uid": closed.uid},
        "another clinic's lot": {"lot_uid": far.uid},
        "another clinic's place": {"location_uid": rila.fridge.uid},
        "no id": {"lot_uid": "A1"},
    }[case]
    nurse = house.nurse

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        start(house, nurse, **scope)


def _close(house: House, location_id: int) -> None:
    table = table_of(Location)

    def body(work: Any) -> None:
        work.connection.execute(update(table).where(table.c.id == location_id).values(closed_at=NOW))

    house.clinic.act("test.close", body)


def test_a_count_that_is_given_up_books_nothing_and_takes_nothing_any_more(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    counting = Counting(house)
    counting.found(lies(lot, house.clinic.fridge, 0))

    with pytest.raises(CountChanged):
        give_up(house, counting, version=1)
    give_up(house, counting, version=2)

    assert house.clinic.on_hand(lot) == 5000
    assert (counting.shown().count.state, counting.shown().count.find_count) == ("given_up", 1)
    with pytest.raises(CountOver):
        counting.found(lies(lot, house.clinic.fridge, 0))
    with pytest.raises(CountOver):
        counting.confirm()


def give_up(house: House, counting: Counting, *, version: int) -> None:
    command = GiveUpCount(count_uid=counting.uid, version=version)
    give_up_count(house.store, command, actor=house.manager, key=key("give-up"), now=NOW)


def test_who_may_not_count_begins_none_and_the_same_key_begins_one(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    practitioner, auditor = house.practitioner, house.clinic.auditor
    for actor in (practitioner, auditor):
        with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
            start(house, actor)

    first = start_count(sqlite_store, StartCount(), actor=house.nurse, key="same", now=NOW)
    second = start_count(sqlite_store, StartCount(), actor=house.nurse, key="same", now=NOW)

    assert first == second
    assert len(rows(sqlite_store, StockCount)) == 1
