"""Is it written down that an order was sent, called off or put off, and nothing that does not fit?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import PurchaseOrder, SupplierAnswer
from stockroom.operations.place_order import PlaceOrder, place_order
from stockroom.reads.purchase_orders import OrderChanged
from stockroom.rules.ordering import OrderNotThere
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves, rows
from tests.orders import DUE, Ordering, delivered


def test_an_order_is_sent_with_its_reference_and_day_and_changed_no_more(store: Store) -> None:
    house = House(store)
    ordering = Ordering(house)
    with nothing_moves(store), pytest.raises(InvalidValue):
        ordering.place()
    ordering.put(house.product("Filler"), 2)

    with nothing_moves(store), pytest.raises(OrderChanged):
        ordering.place(version=1)
    ordering.place()
    with nothing_moves(store), pytest.raises(OrderNotThere):
        ordering.place()

    order = ordering.at()
    assert (order.state, order.row.reference, order.row.expected_on) == ("ordered", "PO-1", DUE)
    assert (order.row.ordered_at, order.row.ordered_by_id) == (NOW, house.manager.person_id)


def test_a_day_in_the_past_is_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    ordering = Ordering(house)
    ordering.put(house.product("Filler"), 2)

    with nothing_moves(sqlite_store), pytest.raises(InvalidValue):
        ordering.place(expected_on=date(2026, 3, 1))
    ordering.place(expected_on=date(2026, 3, 2))
    with nothing_moves(sqlite_store), pytest.raises(InvalidValue):
        ordering.expect(none_until=date(2026, 3, 1))


def test_a_supplier_has_none_until_a_day_or_the_rest_never_comes_or_does_after_all(store: Store) -> None:
    house = House(store)
    ordering = Ordering(house)
    ordering.put(house.product("Filler"), 2)
    with nothing_moves(store), pytest.raises(OrderNotThere):
        ordering.expect(none_until=date(2026, 4, 1))
    ordering.place()

    ordering.expect(none_until=date(2026, 4, 1))
    put_off = ordering.at()
    ordering.expect(rest_is_coming=False)
    given_up = ordering.at()
    ordering.expect()

    said = [(row.none_until, row.rest_is_coming) for row in rows(store, SupplierAnswer)]
    assert said == [(date(2026, 4, 1), True), (None, False), (None, True)]
    assert (put_off.lines[0].none_until, put_off.state) == (date(2026, 4, 1), "ordered")
    assert (given_up.state, given_up.lines[0].closed_at) == ("received", NOW)
    assert (ordering.at().state, ordering.at().lines[0].closed_at) == ("ordered", None)


def test_what_did_not_come_is_called_off_with_a_reason(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering, draft = Ordering(house), Ordering(house)
    ordering.put(filler, 3)
    ordering.place()
    ordering.match(delivered(house, filler, "A1", 1), 1)

    with nothing_moves(store), pytest.raises(InvalidValue):
        ordering.cancel(reason=" ")
    ordering.cancel()
    draft.cancel()
    with nothing_moves(store), pytest.raises(OrderNotThere):
        ordering.cancel()

    assert (ordering.at().state, draft.at().state) == ("cancelled", "cancelled")
    assert [row.cancel_reason for row in rows(store, PurchaseOrder)] == ["Not needed", "Not needed"]


def test_only_a_manager_sends_and_the_same_key_sends_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    ordering, nurse = Ordering(house), house.nurse
    ordering.put(house.product("Filler"), 2)
    command = PlaceOrder(order_uid=ordering.uid, version=2)
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        place_order(sqlite_store, command, actor=nurse, key=key(), now=NOW)

    first, second = (
        place_order(sqlite_store, command, actor=house.manager, key="same", now=NOW) for _ in range(2)
    )

    assert first == second
