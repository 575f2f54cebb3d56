"""Does a delivery that is booked close the supplier's orders in the same act, and never more than came?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import OrderArrival, SupplierAnswer
from stockroom.operations.complete_cost import CompleteCost, LineCost, complete_cost
from stockroom.operations.post_delivery import DeliveryBooked
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.deliveries import DeliveryChanged
from stockroom.rules.order_matching import OrderUndecided
from stockroom.rules.receiving import CostOf
from stockroom.vocabulary import CostState, Fault, OrderChoice
from tests.builders import NOW, Goods, House, demo_gtin, key
from tests.correcting import nothing_moves, rows
from tests.operations.test_set_packs_aside import aside, refuse
from tests.orders import DUE, Ordering
from tests.receiving import gs1, journalled, on_shelves
from tests.unpacking import OnTable


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def ordered(house: House, *lines: tuple[Goods, int], **more: Any) -> Ordering:
    """An order that was sent."""
    ordering = Ordering(house)
    for product, packs in lines:
        ordering.put(product, packs)
    ordering.place(**more)
    return ordering


def post(table: OnTable, **more: Any) -> DeliveryBooked:
    done = table.post(**more)
    assert isinstance(done, DeliveryBooked)
    return done


def arrived(house: House) -> list[int]:
    return [row.arrived_count for row in rows(house.store, OrderArrival)]


def test_a_delivery_closes_a_line_in_part_and_the_next_one_closes_the_rest(house: House) -> None:
    filler = house.product("Filler")
    ordering = ordered(house, (filler, 10))
    part, rest = OnTable(house), OnTable(house, delivery_note="DN-2")
    part.scan(gs1(filler.gtin, "A1"), pack_count=4)

    first = post(part)
    rest.scan(gs1(filler.gtin, "A2"), pack_count=6)
    second = post(rest)

    assert [(each.order_uid, each.state, each.owed_count) for each in first.orders] == [
        (ordering.uid, "part_received", 6)
    ]
    assert [(each.state, each.owed_count) for each in second.orders] == [("received", 0)]
    assert ordering.at().lines[0].closed_at == NOW
    assert arrived(house) == [4, 6]
    assert len(journalled(house.clinic, "delivery.post")) == 2


def test_it_is_one_act_that_is_answered_the_same_when_it_is_sent_twice(house: House) -> None:
    filler = house.product("Filler")
    ordered(house, (filler, 10))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=4)
    version = table.version

    first, second = (post(table, version=version, with_key="same") for _ in range(2))

    assert first == second and first.orders
    assert arrived(house) == [4]


def test_of_two_orders_the_one_that_is_due_first_is_served_first(house: House) -> None:
    filler = house.product("Filler")
    later = ordered(house, (filler, 4), expected_on=DUE + timedelta(days=9))
    sooner = ordered(house, (filler, 4), expected_on=DUE)
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=5)

    post(table)

    assert (sooner.at().state, later.at().state) == ("received", "part_received")
    assert later.at().lines[0].arrived_count == 1


def test_more_than_was_ordered_is_booked_once_somebody_keeps_it(house: House) -> None:
    filler = house.product("Filler", content_quantity=1000)
    ordering = ordered(house, (filler, 4))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=6)

    with nothing_moves(house.store), pytest.raises(OrderUndecided) as refused:
        table.post()
    table.say(1, lot_number=None, pack_count=6, order=OrderChoice.KEEP)
    booked = post(table)

    assert refused.value.lines == ("1: Filler, over, 2",)
    assert [(each.state, each.owed_count) for each in booked.orders] == [("received", 0)]
    assert ordering.at().lines[0].arrived_count == 6
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 6000}


def test_what_was_not_ordered_is_kept_as_such_or_refused(house: House) -> None:
    filler, other = house.product("Filler", content_quantity=1000), house.product("Other")
    ordering = ordered(house, (filler, 4))
    table = OnTable(house)
    table.scan(gs1(other.gtin, "B1"), pack_count=2)

    with nothing_moves(house.store), pytest.raises(OrderUndecided) as refused:
        table.post()
    table.say(1, pack_count=2, order=OrderChoice.KEEP)
    booked = post(table)

    assert refused.value.lines == ("1: Other, not ordered, 2",)
    assert booked.orders == () and arrived(house) == []
    assert ordering.at().state == "ordered"


def test_packs_refused_at_the_door_are_never_here_and_stay_owed(house: House) -> None:
    filler = house.product("Filler", content_quantity=1000)
    ordering = ordered(house, (filler, 4))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=4)
    table.scan(gs1(demo_gtin(999_999), "?"))
    refuse(table, 1, 1)
    refuse(table, 2, 1, fault=Fault.WRONG)

    booked = post(table)

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 3000}
    assert [(each.state, each.owed_count) for each in booked.orders] == [("part_received", 1)]
    assert ordering.at().lines[0].arrived_count == 3


def test_packs_put_aside_count_on_the_order_unless_they_are_replaced(house: House) -> None:
    filler = house.product("Filler", content_quantity=1000)
    ordering = ordered(house, (filler, 10))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=10)
    aside(table, 1, 2, stays_owed=True)
    aside(table, 1, 1)

    booked = post(table)

    assert sorted(on_shelves(house.clinic).values()) == [3000, 7000]
    assert [(line.n, line.fault, line.pack_count, line.decision) for line in table.lines] == [
        (1, None, 7, ""),
        (2, "damaged", 2, "crushed"),
        (3, "damaged", 1, "crushed"),
    ]
    assert [(each.state, each.owed_count) for each in booked.orders] == [("part_received", 2)]
    assert ordering.at().lines[0].arrived_count == 8


def test_a_free_sample_is_for_no_order(house: House) -> None:
    filler = house.product("Filler")
    ordering = ordered(house, (filler, 4))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=1, cost=CostOf(state=CostState.FREE_SAMPLE))

    booked = post(table)

    assert booked.orders == () and ordering.at().state == "ordered"


def test_goods_of_a_cancelled_order_are_received_as_not_ordered(house: House) -> None:
    filler = house.product("Filler")
    ordering, table = ordered(house, (filler, 4)), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=4)
    seen = table.version
    ordering.cancel()

    with nothing_moves(house.store), pytest.raises(DeliveryChanged):
        table.post(version=seen)
    booked = post(table)

    assert booked.orders == () and arrived(house) == []
    assert ordering.at().state == "cancelled"


def test_whoever_books_the_same_order_later_looks_at_it_again(house: House) -> None:
    filler = house.product("Filler")
    ordering = ordered(house, (filler, 4))
    tables = [OnTable(house, delivery_note=f"DN-{n}") for n in range(2)]
    for table in tables:
        table.scan(gs1(filler.gtin, "A1"), pack_count=4)
    seen = tables[1].version

    post(tables[0])
    with nothing_moves(house.store), pytest.raises(DeliveryChanged):
        tables[1].post(version=seen)
    again = post(tables[1])

    assert again.orders == () and arrived(house) == [4]
    assert ordering.at().state == "received"


def test_a_receipt_that_is_taken_back_opens_what_it_closed(house: House) -> None:
    filler, other = house.product("Filler"), house.product("Other")
    ordering = ordered(house, (filler, 4), (other, 2))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=4)
    table.scan(gs1(other.gtin, "B1"), pack_count=2)
    booked = post(table)
    assert ordering.at().state == "received"

    command = Reverse(movement_uid=booked.movement_uid, reason="another clinic's", line_numbers=(1,))
    reverse(house.store, command, actor=house.manager, key=key(), now=NOW + timedelta(minutes=5))

    after = ordering.at()
    assert after.state == "part_received"
    assert [(line.arrived_count, line.closed_at) for line in after.lines] == [(0, None), (2, NOW)]
    replacement = OnTable(house, delivery_note="DN-2")
    replacement.scan(gs1(filler.gtin, "A1"), pack_count=4)
    post(replacement)
    assert ordering.at().state == "received"


def test_a_day_that_nobody_named_comes_last(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    without = ordered(house, (filler, 4), expected_on=None)
    with_day = ordered(house, (filler, 4), expected_on=date(2026, 12, 1))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=4)

    post(table)

    assert (without.at().state, with_day.at().state) == ("ordered", "received")


def test_goods_that_turn_out_to_be_a_free_sample_are_owed_again(house: House) -> None:
    filler = house.product("Filler")
    ordering = ordered(house, (filler, 4))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=4)
    booked = post(table)

    cost = LineCost(
        receipt_line_uid=booked.lines[0].receipt_line_uid, cost=CostOf(state=CostState.FREE_SAMPLE)
    )
    complete_cost(house.store, CompleteCost(lines=(cost,)), actor=house.manager, key=key(), now=NOW)

    after = ordering.at()
    assert (after.state, after.lines[0].arrived_count, after.lines[0].closed_at) == ("ordered", 0, None)


def test_the_rest_is_written_off_with_a_reason_and_only_with_one(house: House) -> None:
    filler = house.product("Filler")
    ordering = ordered(house, (filler, 4))
    table = OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=3)
    post(table)

    with nothing_moves(house.store), pytest.raises(InvalidValue) as refused:
        ordering.expect(rest_is_coming=False, words=" ")
    ordering.expect(rest_is_coming=False, words="discontinued")

    assert refused.value.field == "words"
    assert ordering.at().state == "received"
    assert [(row.words, row.rest_is_coming) for row in rows(house.store, SupplierAnswer)] == [
        ("discontinued", False)
    ]
