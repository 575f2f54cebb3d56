"""Monday's order: it is sent, comes with everything that can be wrong, the rest comes later, and the books agree."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.jobs.runner import run
from stockroom.ledger.verify import verify
from stockroom.operations.change_delivery_line import RemoveDeliveryLine, remove_delivery_line
from stockroom.operations.post_delivery import DeliveryBooked
from stockroom.operations.return_to_supplier import ReturnLine, ReturnToSupplier, return_to_supplier
from stockroom.operations.set_packs_aside import RefusePacks, SetPacksAside, refuse_packs, set_packs_aside
from stockroom.operations.settle_return import SettleReturn, settle_return
from stockroom.queries.deliveries import delivery
from stockroom.queries.low_stock import low_count, low_products
from stockroom.queries.receipt_orders import orders_of_receipt
from stockroom.queries.reorder_suggestions import reorder_suggestions
from stockroom.queries.supplier_returns import return_count
from stockroom.rules.order_matching import OrderUndecided
from stockroom.rules.receiving import CostOf, DecisionMissing
from stockroom.vocabulary import CostState, Fault, LocationKind, OrderChoice, ReturnExpects
from tests.builders import FAR, NOW, House, key
from tests.jobs.shop import minimum, shop_of
from tests.orders import Ordering
from tests.receiving import gs1, on_shelves
from tests.unpacking import OnTable

MONDAY = NOW
THURSDAY, NEXT_WEEK = NOW + timedelta(days=3), NOW + timedelta(days=9)
DUE = THURSDAY.date()


class Week:
    """The clinic, what it orders, and who looks at what."""

    def __init__(self, store: Store) -> None:
        self.store, self.house = store, House(store)
        self.names = ("Filler", "Serum", "Mask", "Needle")
        self.goods = {name: self.house.product(name, content_quantity=1000) for name in self.names}
        for product in self.goods.values():
            minimum(self.house.clinic, product, 6, target=10)
        self.quarantine = self.house.clinic.account(LocationKind.QUARANTINE)

    def order(self) -> Ordering:
        """What is suggested is ordered by a person, as it is suggested."""
        with self.store.reading() as connection:
            found = reorder_suggestions(connection, self.house.clinic.id, now=MONDAY)
        ordering = Ordering(self.house, now=MONDAY)
        for row in found:
            product = next(each for each in self.goods.values() if each.uid == row.product_uid)
            ordering.put(product, row.suggestion.suggested_count, pack_count=1)
        ordering.place(expected_on=DUE)
        return ordering

    def low(self) -> dict[str, str]:
        """What the page Low says of each product on Thursday."""
        run(shop_of(self.store, at=THURSDAY), "low-stock")
        with self.store.reading() as connection:
            rows = low_products(connection, self.house.clinic.id, now=THURSDAY)
        return {row.name: row.supply.value for row in rows}

    def scan(self, table: OnTable, name: str, lot: str, packs: int, expires_on: date = FAR) -> None:
        table.scan(gs1(self.goods[name].gtin, lot, expires_on), pack_count=packs)


def aside(table: OnTable, n: int, packs: int, into: str) -> None:
    line = next(each for each in table.lines if each.n == n)
    command = SetPacksAside(
        delivery_uid=table.uid,
        line_uid=line.uid,
        version=line.version,
        packs=packs,
        fault=Fault.DAMAGED,
        into_uid=into,
        words="crushed",
        stays_owed=True,
    )
    set_packs_aside(table.store, command, actor=table.house.nurse, key=key(), now=table.now)


def refuse(table: OnTable, n: int, packs: int, fault: Fault) -> None:
    line = next(each for each in table.lines if each.n == n)
    command = RefusePacks(
        delivery_uid=table.uid, line_uid=line.uid, version=line.version, packs=packs, fault=fault
    )
    refuse_packs(table.store, command, actor=table.house.nurse, key=key(), now=table.now)


def posted(table: OnTable) -> DeliveryBooked:
    booked = table.post()
    assert isinstance(booked, DeliveryBooked)
    return booked


@pytest.mark.slow
def test_an_order_comes_with_everything_that_can_be_wrong_and_is_received_in_the_end(store: Store) -> None:
    week = Week(store)
    house, goods = week.house, week.goods
    stranger = house.product("Not ordered", content_quantity=1000)
    before = week.low()
    ordering = week.order()
    ordered = week.low()

    # Thursday: over, under, short-dated, damaged, wrong, and a free sample
    table = OnTable(house, now=THURSDAY)
    week.scan(table, "Filler", "F1", 12)
    week.scan(table, "Serum", "S1", 4)
    week.scan(table, "Mask", "M1", 10, THURSDAY.date() + timedelta(days=20))
    week.scan(table, "Needle", "N1", 10)
    table.scan(gs1(stranger.gtin, "X1"), pack_count=3)
    table.scan(gs1(goods["Serum"].gtin, "S9"), pack_count=1, cost=CostOf(state=CostState.FREE_SAMPLE))
    with store.reading() as connection:
        shown = delivery(connection, house.clinic.id, uid=table.uid, now=THURSDAY)
    with pytest.raises(DecisionMissing):
        table.post()
    table.say(3, pack_count=10, decision="used up this week")
    with pytest.raises(OrderUndecided) as undecided:
        table.post()
    table.say(1, pack_count=12, order=OrderChoice.KEEP)
    aside(table, 4, 2, week.quarantine.uid)
    refuse(table, 5, 3, Fault.WRONG)
    booked = posted(table)
    part = week.low()

    # The damaged ones go back, and what was promised for them comes with the backorder
    (damaged,) = [line for line in booked.lines if line.lot_number == "N1" and line.quantity == 2000]
    back = return_to_supplier(
        store,
        ReturnToSupplier(
            supplier_uid=house.supplier_uid,
            reference="RMA 1",
            reason="crushed",
            lines=(ReturnLine(lot_uid=damaged.lot_uid, from_uid=week.quarantine.uid, quantity=2000),),
            expects=ReturnExpects.REPLACEMENT,
            receipt_uid=booked.receipt_uid,
        ),
        actor=house.nurse,
        key=key(),
        now=THURSDAY,
    )
    rest = OnTable(house, now=NEXT_WEEK, delivery_note="DN-2")
    week.scan(rest, "Serum", "S2", 6)
    week.scan(rest, "Needle", "N2", 2)
    week.scan(rest, "Needle", "N3", 1)
    wrong = rest.lines[-1]
    remove_delivery_line(
        store,
        RemoveDeliveryLine(delivery_uid=rest.uid, line_uid=wrong.uid, version=wrong.version),
        actor=house.nurse,
        key=key(),
        now=NEXT_WEEK,
    )
    last = posted(rest)
    settle_return(
        store,
        SettleReturn(return_uid=back.return_uid, paper="DN-2"),
        actor=house.manager,
        key=key(),
        now=NEXT_WEEK,
    )

    assert set(before.values()) == {"not_ordered"}
    assert ordered == dict.fromkeys(week.names, "ordered")
    assert {row.line.product_name: (row.here_count, row.left_count) for row in shown.owed} == {
        "Filler": (10, 0), "Serum": (4, 6), "Mask": (10, 0), "Needle": (10, 0),
    }  # fmt: skip
    assert undecided.value.lines == ("1: Filler, over, 2", "5: Not ordered, not ordered, 3")
    assert [(each.state, each.owed_count) for each in booked.orders] == [("part_received", 8)]
    assert part == {"Serum": "ordered"}
    with store.reading() as connection:
        came = orders_of_receipt(connection, house.clinic.id, receipt_uid=booked.receipt_uid)
        low = low_count(connection, house.clinic.id, now=NEXT_WEEK)
        awaited = return_count(connection, house.clinic.id, awaited_only=True)
    assert [(row.product_name, row.packs, row.fault) for row in came.refused] == [("Not ordered", 3, "wrong")]
    assert came.faults == {7: "damaged"}
    assert [(each.state, each.owed_count) for each in last.orders] == [("received", 0)]
    assert {line.product_name: line.arrived_count for line in ordering.at().lines} == {
        "Filler": 12, "Serum": 10, "Mask": 10, "Needle": 10,
    }  # fmt: skip
    assert on_shelves(house.clinic) == {
        ("F1", "Fridge"): 12_000, ("S1", "Fridge"): 4000, ("S9", "Fridge"): 1000, ("M1", "Fridge"): 10_000,
        ("N1", "Fridge"): 8000, ("S2", "Fridge"): 6000, ("N2", "Fridge"): 2000,
    }  # fmt: skip
    assert (low.count, awaited) == (0, 0)
    assert verify(store).findings == ()
