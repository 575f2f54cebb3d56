"""Is a draft written product by product, in the supplier's own packs, by whom may order?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.order_lines import LineSaid, PriceSaid
from stockroom.models import PurchaseOrder, PurchaseOrderLine
from stockroom.operations.write_order import (
    SetOrderLine,
    SetOrderLines,
    StartOrder,
    set_order_line,
    set_order_lines,
    start_order,
)
from stockroom.reads.purchase_orders import OrderChanged
from stockroom.rules.ordering import OrderNotThere
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves, rows
from tests.orders import Ordering, sells


def test_a_line_takes_code_pack_and_price_from_how_the_supplier_sells_it(store: Store) -> None:
    house = House(store)
    filler, other = house.product("Filler"), house.product("Other")
    sells(house, filler)
    ordering = Ordering(house)

    ordering.put(filler, 2)
    ordering.put(other, 3, pack_count=5, item_code="X-1")
    ordering.put(filler, 4)

    order = ordering.at()
    assert order.state == "draft"
    assert [
        (line.n, line.product_name, line.item_code, line.pack_count, line.packs_ordered, line.price_minor)
        for line in order.lines
    ] == [(1, "Filler", "S-77", 10, 4, 12_500), (2, "Other", "X-1", 5, 3, None)]


def test_a_price_of_another_pack_is_not_taken_and_none_takes_a_line_off(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    sells(house, filler)
    ordering = Ordering(house)

    ordering.put(filler, 2, pack_count=1)
    price = ordering.at().lines[0].price_minor
    ordering.put(filler, 0)
    ordering.put(filler, 1)

    assert price is None
    assert [(line.n, line.price_minor) for line in ordering.at().lines] == [(2, 12_500)]
    assert len(rows(store, PurchaseOrderLine)) == 2


def test_a_line_whose_pack_changes_loses_the_price_of_the_other_pack(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    sells(house, filler)
    ordering = Ordering(house)
    ordering.put(filler, 2)

    ordering.put(filler, 2, pack_count=1)
    other = ordering.at().lines[0]
    ordering.put(filler, 2, pack_count=10)
    own = ordering.at().lines[0]

    assert (other.pack_count, other.price_minor, other.currency) == (1, None, None)
    assert (own.pack_count, own.price_minor, own.currency) == (10, 12_500, "EUR")


def test_several_lines_are_written_at_once_as_they_were_seen(store: Store) -> None:
    house = House(store)
    filler, needle, cream = (house.product(name) for name in ("Filler", "Needle", "Cream"))
    sells(house, filler)
    ordering = Ordering(house)
    for product in (filler, needle):
        ordering.put(product, 2)
    said = (
        LineSaid(product_uid=filler.uid, packs=3, price=PriceSaid()),
        LineSaid(product_uid=needle.uid, packs=0),
        LineSaid(product_uid=cream.uid, packs=1, item_code="C-1", price=PriceSaid(minor=500, currency="EUR")),
    )
    stale = SetOrderLines(order_uid=ordering.uid, version=1, lines=said)
    seen = SetOrderLines(order_uid=ordering.uid, version=3, lines=said)

    with nothing_moves(store), pytest.raises(OrderChanged):
        set_order_lines(store, stale, actor=house.manager, key=key(), now=NOW)
    set_order_lines(store, seen, actor=house.manager, key=key(), now=NOW)

    assert [
        (line.product_name, line.packs_ordered, line.item_code, line.price_minor, line.currency)
        for line in ordering.at().lines
    ] == [("Filler", 3, "S-77", None, None), ("Cream", 1, "C-1", 500, "EUR")]


@pytest.mark.parametrize(
    "price",
    [
        PriceSaid(minor=100),
        PriceSaid(currency="EUR"),
        PriceSaid(minor=-1, currency="EUR"),
        PriceSaid(minor=1, currency="eur"),
    ],
)
def test_half_a_price_or_one_below_zero_is_refused(sqlite_store: Store, price: PriceSaid) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    ordering = Ordering(house)

    with nothing_moves(sqlite_store), pytest.raises(InvalidValue):
        ordering.put(filler, 1, price=price)


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("less than nothing", InvalidValue),
        ("a pack of zero", InvalidValue),
        ("no such product", ThingNotFound),
        ("an order that was sent", OrderNotThere),
        ("another clinic's order", ThingNotFound),
    ],
)
def test_a_line_that_cannot_be_ordered_leaves_the_draft_as_it_is(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    ordering, stranger = Ordering(house), house.another_clinic().manager
    ordering.put(filler, 1)
    if case == "an order that was sent":
        ordering.place()
    said: dict[str, Any] = {"order_uid": ordering.uid, "product_uid": filler.uid, "packs": 2}
    said |= {
        "less than nothing": {"packs": -1},
        "a pack of zero": {"pack_count": 0},
        "no such product": {"product_uid": house.clinic.uid},
    }.get(case, {})
    actor = stranger if case.startswith("another") else house.manager

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        set_order_line(sqlite_store, SetOrderLine(**said), actor=actor, key=key(), now=NOW)


def test_only_a_manager_orders_and_the_same_key_begins_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    command, nurse, practitioner = (
        StartOrder(supplier_uid=house.supplier_uid),
        house.nurse,
        house.practitioner,
    )
    for actor in (nurse, practitioner):
        with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
            start_order(sqlite_store, command, actor=actor, key=key(), now=NOW)

    first, second = (
        start_order(sqlite_store, command, actor=house.manager, key="same", now=NOW) for _ in range(2)
    )

    assert first == second
    assert len(rows(sqlite_store, PurchaseOrder)) == 1
