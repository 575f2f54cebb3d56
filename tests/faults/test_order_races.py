"""Is an order that two people receive at the same time closed once, and what is not owed booked on it by nobody?"""

from __future__ import annotations

import multiprocessing
from collections import Counter

import pytest

from stockroom.db.store import Store
from stockroom.models import OrderArrival
from stockroom.operations.match_order import Came, MatchOrder
from tests.builders import House
from tests.correcting import rows
from tests.faults.order_racers import OrderRace, run
from tests.orders import Ordering, delivered

RACERS = 4
_SPAWN = multiprocessing.get_context("spawn")


@pytest.mark.slow
def test_an_order_received_twice_at_the_same_time_is_closed_once(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering = Ordering(house)
    ordering.put(filler, 5)
    ordering.place()
    line = ordering.at().lines[0].uid
    receipts = [delivered(house, filler, "A1", 5, delivery_note=f"DN-{n}") for n in range(RACERS)]
    race = OrderRace(
        url=store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(store.anchor_file),
        actors=(house.nurse, house.manager),
        matches=tuple(
            MatchOrder(
                order_uid=ordering.uid,
                receipt_uid=each.receipt_uid,
                came=(Came(order_line_uid=line, receipt_line_uid=each.lines[0].receipt_line_uid, count=5),),
            )
            for each in receipts
        ),
    )
    barrier, results = _SPAWN.Barrier(RACERS), _SPAWN.Queue()
    racers = [
        _SPAWN.Process(target=run, args=(race, number, barrier, results), daemon=True)
        for number in range(RACERS)
    ]

    for racer in racers:
        racer.start()
    outcome = Counter(results.get(timeout=240) for _ in racers)
    for racer in racers:
        racer.join(30)

    assert outcome == {"matched": 1, "NotOwed": RACERS - 1}
    assert [row.arrived_count for row in rows(store, OrderArrival)] == [5]
    assert ordering.at().state == "received"
