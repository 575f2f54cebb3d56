"""Is an order that two people receive at the same time closed once, and what is not owed booked on it by nobody?"""

from __future__ import annotations

import multiprocessing
from collections import Counter

import pytest

from stockroom.db.store import Store
from stockroom.models import OrderArrival
from stockroom.operations.match_order import Came, MatchOrder
from stockroom.operations.post_delivery import PostDelivery
from tests.builders import Goods, House
from tests.correcting import rows
from tests.faults.order_racers import OrderRace, run
from tests.orders import Ordering, delivered
from tests.receiving import gs1, on_shelves
from tests.unpacking import OnTable

RACERS = 3
_SPAWN = multiprocessing.get_context("spawn")


@pytest.mark.slow
def test_an_order_received_twice_at_the_same_time_is_closed_once(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering = sent(house, filler, 5)
    line = ordering.at().lines[0].uid
    receipts = [delivered(house, filler, "A1", 5, delivery_note=f"DN-{n}") for n in range(RACERS)]
    matches = tuple(
        MatchOrder(
            order_uid=ordering.uid,
            receipt_uid=each.receipt_uid,
            came=(Came(order_line_uid=line, receipt_line_uid=each.lines[0].receipt_line_uid, count=5),),
        )
        for each in receipts
    )

    outcome = raced(house, matches)

    assert outcome == {"booked": 1, "NotOwed": RACERS - 1}
    assert [row.arrived_count for row in rows(store, OrderArrival)] == [5]
    assert ordering.at().state == "received"


@pytest.mark.slow
def test_deliveries_of_the_same_order_booked_at_the_same_time_close_it_once(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", content_quantity=1000)
    sent(house, filler, 5)
    tables = [OnTable(house, delivery_note=f"DN-{n}") for n in range(RACERS)]
    for table in tables:
        table.scan(gs1(filler.gtin, "A1"), pack_count=5)

    outcome = raced(
        house, tuple(PostDelivery(delivery_uid=each.uid, version=each.version) for each in tables)
    )

    assert outcome == {"booked": 1, "DeliveryChanged": RACERS - 1}
    assert [row.arrived_count for row in rows(store, OrderArrival)] == [5]
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000}
    again = next(each for each in tables if each.row.state == "open")
    again.post()
    assert [row.arrived_count for row in rows(store, OrderArrival)] == [5]
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 10_000}


def sent(house: House, product: Goods, packs: int) -> Ordering:
    ordering = Ordering(house)
    ordering.put(product, packs)
    ordering.place()
    return ordering


def raced(house: House, books: tuple[MatchOrder | PostDelivery, ...]) -> Counter[str]:
    """Have each command booked by a process of its own, all at the same moment; count what came of them."""
    store = house.store
    race = OrderRace(
        url=store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(store.anchor_file),
        actors=(house.nurse, house.manager),
        books=books,
    )
    barrier, results = _SPAWN.Barrier(len(books)), _SPAWN.Queue()
    racers = [
        _SPAWN.Process(target=run, args=(race, number, barrier, results), daemon=True)
        for number in range(len(books))
    ]
    for racer in racers:
        racer.start()
    outcome = Counter(results.get(timeout=240) for _ in racers)
    for racer in racers:
        racer.join(30)
    return outcome
