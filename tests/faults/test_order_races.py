"""Is what two people do to an order at the same time done once: gathered, sent and received?"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.models import OrderArrival, PurchaseOrder, PurchaseOrderLine
from stockroom.operations.gather_orders import GatherOrders, Wanted
from stockroom.operations.match_order import Came, MatchOrder
from stockroom.operations.place_order import PlaceOrder
from stockroom.vocabulary import Role
from tests.builders import House
from tests.correcting import rows
from tests.faults.order_racers import OrderRace, run
from tests.faults.processes import SEPARATE
from tests.orders import Ordering, delivered, sells

RACERS = 4


def raced(store: Store, actors: tuple[Any, ...], commands: tuple[Any, ...]) -> Counter[str]:
    """Let as many processes as there are commands act at once; how each ended."""
    race = OrderRace(
        url=store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(store.anchor_file),
        actors=actors,
        commands=commands,
    )
    barrier, results = SEPARATE.Barrier(len(commands)), SEPARATE.Queue()
    racers = [
        SEPARATE.Process(target=run, args=(race, number, barrier, results), daemon=True)
        for number in range(len(commands))
    ]
    for racer in racers:
        racer.start()
    outcome = Counter(results.get(timeout=240) for _ in racers)
    for racer in racers:
        racer.join(30)
    return outcome


@pytest.mark.slow
def test_an_order_received_twice_at_the_same_time_is_closed_once(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering = Ordering(house)
    ordering.put(filler, 5)
    ordering.place()
    line = ordering.at().lines[0].uid
    receipts = [delivered(house, filler, "A1", 5, delivery_note=f"DN-{n}") for n in range(RACERS)]

    outcome = raced(
        store,
        (house.nurse, house.manager),
        tuple(
            MatchOrder(
                order_uid=ordering.uid,
                receipt_uid=each.receipt_uid,
                came=(Came(order_line_uid=line, receipt_line_uid=each.lines[0].receipt_line_uid, count=5),),
            )
            for each in receipts
        ),
    )

    assert outcome == {"done": 1, "NotOwed": RACERS - 1}
    assert [row.arrived_count for row in rows(store, OrderArrival)] == [5]
    assert ordering.at().state == "received"


@pytest.mark.slow
def test_an_order_sent_twice_at_the_same_time_is_sent_once(store: Store) -> None:
    house = House(store)
    ordering = Ordering(house)
    ordering.put(house.product("Filler"), 5)
    version = ordering.at().row.version
    other = house.clinic.employ(Role.MANAGER)

    outcome = raced(
        store,
        (house.manager, other),
        tuple(
            PlaceOrder(order_uid=ordering.uid, version=version, reference=f"PO-{n}") for n in range(RACERS)
        ),
    )

    assert outcome == {"done": 1, "OrderChanged": RACERS - 1}
    assert (ordering.at().state, ordering.at().row.version) == ("ordered", version + 1)


@pytest.mark.slow
def test_what_two_people_choose_at_the_same_time_comes_onto_one_draft_once(store: Store) -> None:
    house = House(store)
    filler, needle = house.product("Filler"), house.product("Needle")
    sells(house, filler)
    other = house.clinic.employ(Role.MANAGER)
    chosen = GatherOrders(
        wanted=tuple(
            Wanted(product_uid=each.uid, supplier_uid=house.supplier_uid, packs=2)
            for each in (filler, needle)
        )
    )

    outcome = raced(store, (house.manager, other), (chosen,) * RACERS)

    assert outcome == {"done": RACERS}
    assert len(rows(store, PurchaseOrder)) == 1
    assert [row.packs_ordered for row in rows(store, PurchaseOrderLine)] == [2, 2]
