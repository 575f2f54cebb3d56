"""Does what was chosen come onto one draft for each supplier, once, however often and by whomever it is chosen?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger import order_lines
from stockroom.models import PurchaseOrder, PurchaseOrderLine
from stockroom.operations import gather_orders as gathering
from stockroom.operations.add_party import PartyKind
from stockroom.operations.gather_orders import GatherOrders, OrdersGathered, Wanted, gather_orders
from stockroom.reads.purchase_orders import order_at
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, Goods, House, key
from tests.correcting import nothing_moves, rows
from tests.orders import Ordering, sells


def wants(house: House, product: Goods, packs: int = 2, **more: Any) -> Wanted:
    said = {"supplier_uid": house.supplier_uid, "pack_count": 10, **more}
    return Wanted(product_uid=product.uid, packs=packs, **said)


def gather(
    house: House, *wanted: Wanted, actor: Actor | None = None, request: str | None = None
) -> OrdersGathered:
    command = GatherOrders(wanted=wanted)
    return gather_orders(house.store, command, actor=actor or house.manager, key=request or key(), now=NOW)


def lines_of(house: House, uid: str) -> list[tuple[str, int, int, int | None]]:
    with house.store.reading() as connection:
        order = order_at(connection, house.clinic.id, uid)
    assert order.state == "draft"
    return [
        (line.product_name, line.packs_ordered, line.pack_count, line.price_minor) for line in order.lines
    ]


def test_each_supplier_gets_one_order_with_its_lines(store: Store) -> None:
    house = House(store)
    filler, needle, cream = (house.product(name) for name in ("Filler", "Needle", "Cream"))
    sells(house, filler)
    other = house.party(PartyKind.SUPPLIER, "Other Supply")

    done = gather(house, wants(house, filler), wants(house, needle), wants(house, cream, supplier_uid=other))

    by_supplier = {each.supplier_uid: each for each in done.orders}
    assert [(each.is_new, each.line_count) for each in by_supplier.values()].count((True, 2)) == 1
    assert lines_of(house, by_supplier[house.supplier_uid].order_uid) == [
        ("Filler", 2, 10, 12_500),
        ("Needle", 2, 10, None),
    ]
    assert lines_of(house, by_supplier[other].order_uid) == [("Cream", 2, 10, None)]


def test_an_open_draft_is_gone_on_with_and_no_line_of_it_doubled(store: Store) -> None:
    house = House(store)
    filler, needle = house.product("Filler"), house.product("Needle")
    older, sent, newer = Ordering(house), Ordering(house), Ordering(house)
    older.put(filler, 1)
    sent.put(filler, 4)
    sent.place()

    first = gather(house, wants(house, filler, 3), wants(house, needle))
    again = gather(house, wants(house, filler, 3), wants(house, needle), actor=house.clinic.manager)

    assert {each.order_uid: each.line_count for each in first.orders} == {older.uid: 1, newer.uid: 1}
    assert not any(each.is_new for each in (*first.orders, *again.orders))
    assert lines_of(house, older.uid) == [("Filler", 3, 10, None)]
    assert lines_of(house, newer.uid) == [("Needle", 2, 10, None)]
    assert len(rows(store, PurchaseOrder)) == 3 and sent.at().lines[0].packs_ordered == 4


def test_a_press_that_came_twice_is_done_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")

    first, second = (gather(house, wants(house, filler), request="pressed") for _ in range(2))

    assert first == second
    assert len(rows(sqlite_store, PurchaseOrder)) == len(rows(sqlite_store, PurchaseOrderLine)) == 1


def test_a_full_draft_is_followed_by_another(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gathering, order_lines):
        monkeypatch.setattr(module, "LINES_MAX", 2)
    house = House(sqlite_store)

    done = gather(house, *(wants(house, house.product(f"Filler {n}")) for n in range(3)))

    assert sorted(each.line_count for each in done.orders) == [1, 2]


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("nothing", InvalidValue),
        ("no pack", InvalidValue),
        ("a pack of zero", InvalidValue),
        ("the same product twice", InvalidValue),
        ("no such supplier", ThingNotFound),
        ("a nurse", ActionForbidden),
    ],
)
def test_what_cannot_be_ordered_leaves_no_order(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    wanted = {
        "nothing": (),
        "no pack": (wants(house, filler, 0),),
        "a pack of zero": (wants(house, filler, pack_count=0),),
        "the same product twice": (wants(house, filler), wants(house, filler)),
        "no such supplier": (wants(house, filler, supplier_uid=filler.uid),),
        "a nurse": (wants(house, filler),),
    }[case]
    actor = house.nurse if case == "a nurse" else house.manager

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        gather(house, *wanted, actor=actor)
    assert rows(sqlite_store, PurchaseOrder) == []
