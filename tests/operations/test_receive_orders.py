"""Does a delivery that is taken in at once close the supplier's orders as one that is unpacked does?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import OrderArrival, Receipt
from stockroom.operations.receive import Received
from stockroom.operations.reverse import Reverse, reverse
from stockroom.rules.order_matching import OrderUndecided
from stockroom.rules.receiving import CostOf
from stockroom.vocabulary import CostState, OrderChoice
from tests.builders import NOW, Goods, House, key
from tests.correcting import rows
from tests.operations.test_post_delivery_orders import ordered
from tests.receiving import gs1, journalled, scanned, take_in


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def came(
    house: House, product: Goods, packs: int, *, paper: dict[str, Any] | None = None, **said: Any
) -> Received:
    line = scanned(house.clinic.fridge, gs1(product.gtin, "A1"), pack_count=packs, **said)
    done = take_in(house, line, **(paper or {}))
    assert isinstance(done, Received)
    return done


def test_it_closes_a_line_in_part_and_the_next_one_the_rest(house: House) -> None:
    filler = house.product("Filler")
    ordering = ordered(house, (filler, 10))

    first, second = came(house, filler, 4), came(house, filler, 6)

    assert [(each.order_uid, each.state, each.owed_count) for each in first.orders] == [
        (ordering.uid, "part_received", 6)
    ]
    assert [(each.state, each.owed_count) for each in second.orders] == [("received", 0)]
    assert [row.arrived_count for row in rows(house.store, OrderArrival)] == [4, 6]
    assert ordering.at().lines[0].closed_at == NOW
    assert len(journalled(house.clinic, "delivery.receive")) == 2
    assert verify(house.store).findings == ()


def test_a_receipt_that_is_taken_back_is_owed_again(house: House) -> None:
    filler = house.product("Filler")
    ordering = ordered(house, (filler, 4))
    receipt = came(house, filler, 4)

    back = Reverse(movement_uid=receipt.movement_uid, reason="It was next door's")
    reverse(house.store, back, actor=house.manager, key=key("back"), now=NOW)

    assert ordering.at().state == "ordered"


def test_what_is_beyond_the_orders_is_booked_once_somebody_decides(house: House) -> None:
    filler, other = house.product("Filler"), house.product("Other")
    ordering = ordered(house, (filler, 4))

    for product, packs, told in ((filler, 6, "1: Filler, over, 2"), (other, 2, "1: Other, not ordered, 2")):
        with pytest.raises(OrderUndecided) as refused:
            came(house, product, packs)
        assert refused.value.lines == (told,)
        assert rows(house.store, Receipt) == []

    assert came(house, filler, 1, order_choice=OrderChoice.APART).orders == ()
    assert came(house, filler, 1, cost=CostOf(state=CostState.FREE_SAMPLE)).orders == ()
    assert ordering.at().state == "ordered"
    assert came(house, filler, 6, order_choice=OrderChoice.KEEP).orders[0].state == "received"
    assert ordering.at().lines[0].arrived_count == 6


def test_what_is_entered_late_is_here_and_nobody_is_asked(house: House) -> None:
    filler = house.product("Filler")
    ordered(house, (filler, 4))
    paper = {"arrived_at": NOW - timedelta(hours=1), "late_reason": "The power was off"}

    booked = came(house, filler, 6, paper=paper)

    assert [(each.state, each.owed_count) for each in booked.orders] == [("received", 0)]


def test_where_nothing_is_ordered_nothing_is_asked(house: House) -> None:
    assert came(house, house.product("Filler"), 6).orders == ()
