"""Does a receipt close the lines of an order wholly or in part, once, and does the rest stay owed?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.models import OrderArrival
from stockroom.operations.add_party import PartyKind
from stockroom.operations.match_order import Came, MatchOrder, match_order
from stockroom.operations.reverse import Reverse, reverse
from stockroom.rules.ordering import NotOwed, OrderCalledOff, OrderNotThere, OtherProduct
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves, rows
from tests.orders import Ordering, delivered


def test_a_part_comes_the_rest_stays_owed_and_then_comes_too(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering = Ordering(house)
    ordering.put(filler, 2, pack_count=5)
    ordering.place()

    part = ordering.match(delivered(house, filler, "A1", 4), 4)
    rest = ordering.match(delivered(house, filler, "A2", 6, delivery_note="DN-2"), 6)

    assert (part.state, part.owed_count) == ("part_received", 6)
    assert (rest.state, rest.owed_count) == ("received", 0)
    assert ordering.at().lines[0].closed_at == NOW
    assert [row.arrived_count for row in rows(store, OrderArrival)] == [4, 6]


def test_goods_that_come_for_a_cancelled_order_are_received_without_it(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering = Ordering(house)
    ordering.put(filler, 4)
    ordering.place()
    ordering.cancel()

    receipt = delivered(house, filler, "A1", 4)
    with nothing_moves(store), pytest.raises(OrderCalledOff) as refused:
        ordering.match(receipt, 4)

    assert "Receive it without the order" in str(refused.value)
    assert (ordering.at().state, ordering.at().lines[0].arrived_count) == ("cancelled", 0)


def test_the_same_delivery_is_not_booked_on_the_order_twice(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering = Ordering(house)
    ordering.put(filler, 4)
    ordering.place()
    first, second = (
        delivered(house, filler, "A1", 4),
        delivered(house, filler, "A1", 4, delivery_note="DN-1a"),
    )
    ordering.match(first, 4)

    with nothing_moves(store), pytest.raises(NotOwed) as refused:
        ordering.match(second, 4, actor=house.manager)
    with nothing_moves(store), pytest.raises(InvalidValue):
        ordering.match(first, 1, more_came=True)
    more = ordering.match(second, 2, more_came=True)

    assert (refused.value.product, refused.value.owed, refused.value.arrived) == ("Filler", 0, 4)
    assert (more.state, more.owed_count) == ("received", 0)
    assert ordering.at().lines[0].arrived_count == 6


def test_what_is_taken_back_is_owed_again(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering, given_up = Ordering(house), Ordering(house)
    for each in (ordering, given_up):
        each.put(filler, 4)
        each.place()
    receipt, part = delivered(house, filler, "A1", 4), delivered(house, filler, "A2", 1, delivery_note="DN-2")
    ordering.match(receipt, 4)
    given_up.match(part, 1)
    given_up.expect(rest_is_coming=False)

    for each in (receipt, part):
        command = Reverse(movement_uid=each.movement_uid, reason="booked by mistake")
        reverse(store, command, actor=house.manager, key=key(), now=NOW + timedelta(minutes=5))

    assert (ordering.at().state, ordering.at().lines[0].arrived_count) == ("ordered", 0)
    assert (given_up.at().state, given_up.at().lines[0].arrived_count) == ("received", 0)
    again = ordering.match(delivered(house, filler, "A3", 4, delivery_note="DN-3"), 4)
    assert again.state == "received"


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("nothing", InvalidValue),
        ("none of it", InvalidValue),
        ("more than came", InvalidValue),
        ("the same twice", InvalidValue),
        ("another product", OtherProduct),
        ("another supplier", InvalidValue),
        ("a draft", OrderNotThere),
        ("a line of another receipt", ThingNotFound),
        ("a line of another order", ThingNotFound),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_the_order_as_it_is(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    filler, other = house.product("Filler"), house.product("Other")
    ordering, another = Ordering(house), Ordering(house)
    for each in (ordering, another):
        each.put(filler, 4)
    if case != "a draft":
        ordering.place()
    supplier = (
        house.party(PartyKind.SUPPLIER, "Other Supply") if case == "another supplier" else house.supplier_uid
    )
    receipt = delivered(house, filler, "A1", 3, supplier_uid=supplier)
    strange = delivered(house, other, "B1", 3, delivery_note="DN-2")
    line, came = ordering.at().lines[0].uid, receipt.lines[0].receipt_line_uid
    usual = Came(order_line_uid=line, receipt_line_uid=came, count=3)
    cames = {
        "nothing": (),
        "none of it": (Came(order_line_uid=line, receipt_line_uid=came, count=0),),
        "more than came": (Came(order_line_uid=line, receipt_line_uid=came, count=4),),
        "the same twice": (Came(order_line_uid=line, receipt_line_uid=came, count=1),) * 2,
        "another product": (
            Came(order_line_uid=line, receipt_line_uid=strange.lines[0].receipt_line_uid, count=1),
        ),
        "a line of another receipt": (
            Came(order_line_uid=line, receipt_line_uid=strange.lines[0].receipt_line_uid, count=1),
        ),
        "a line of another order": (
            Came(order_line_uid=another.at().lines[0].uid, receipt_line_uid=came, count=1),
        ),
    }.get(case, (usual,))
    booked = strange if case == "another product" else receipt
    command = MatchOrder(order_uid=ordering.uid, receipt_uid=booked.receipt_uid, came=cames)
    nurse = house.nurse

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        match_order(sqlite_store, command, actor=nurse, key=key(), now=NOW)


def test_who_receives_matches_and_the_same_key_matches_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler, practitioner = house.product("Filler"), house.practitioner
    ordering = Ordering(house)
    ordering.put(filler, 4)
    ordering.place()
    receipt = delivered(house, filler, "A1", 3)
    came = Came(
        order_line_uid=ordering.at().lines[0].uid,
        receipt_line_uid=receipt.lines[0].receipt_line_uid,
        count=3,
    )
    command = MatchOrder(order_uid=ordering.uid, receipt_uid=receipt.receipt_uid, came=(came,))
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        match_order(sqlite_store, command, actor=practitioner, key=key(), now=NOW)

    first, second = (
        match_order(sqlite_store, command, actor=house.nurse, key="same", now=NOW) for _ in range(2)
    )

    assert first == second
    assert len(rows(sqlite_store, OrderArrival)) == 1
