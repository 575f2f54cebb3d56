"""How do tests order?  They write, send and match orders through the operations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from stockroom.actor import Actor
from stockroom.ledger.receipts import Booked
from stockroom.operations.match_order import Came, MatchOrder, OrderMatched, match_order
from stockroom.operations.place_order import (
    CancelOrder,
    ExpectLine,
    PlaceOrder,
    cancel_order,
    expect_line,
    place_order,
)
from stockroom.operations.set_levels import SetSupplierItem, set_supplier_item
from stockroom.operations.write_order import SetOrderLine, StartOrder, set_order_line, start_order
from stockroom.reads.purchase_orders import OrderAt, order_at
from stockroom.vocabulary import OrderChoice
from tests.builders import NOW, Goods, House, key
from tests.receiving import gs1, scanned, take_in

DUE = date(2026, 3, 12)


class Ordering:
    """An order of a house's clinic."""

    def __init__(self, house: House, *, actor: Actor | None = None, now: datetime = NOW) -> None:
        self.house, self.store, self.actor, self.now = house, house.store, actor or house.manager, now
        begun = start_order(
            self.store, StartOrder(supplier_uid=house.supplier_uid), actor=self.actor, key=key(), now=now
        )
        self.uid = begun.order_uid

    def at(self) -> OrderAt:
        with self.store.reading() as connection:
            return order_at(connection, self.house.clinic.id, self.uid)

    def put(self, product: Goods, packs: int, **more: Any) -> None:
        command = SetOrderLine(order_uid=self.uid, product_uid=product.uid, packs=packs, **more)
        set_order_line(self.store, command, actor=self.actor, key=key(), now=self.now)

    def place(self, **more: Any) -> None:
        said = {"version": self.at().row.version, "reference": "PO-1", "expected_on": DUE, **more}
        place_order(
            self.store, PlaceOrder(order_uid=self.uid, **said), actor=self.actor, key=key(), now=self.now
        )

    def cancel(self, **more: Any) -> None:
        said = {"version": self.at().row.version, "reason": "Not needed", **more}
        cancel_order(
            self.store, CancelOrder(order_uid=self.uid, **said), actor=self.actor, key=key(), now=self.now
        )

    def expect(self, n: int = 1, **more: Any) -> None:
        order = self.at()
        said = {
            "version": order.row.version,
            "line_uid": order.lines[n - 1].uid,
            "words": "so they say",
            **more,
        }
        expect_line(
            self.store, ExpectLine(order_uid=self.uid, **said), actor=self.actor, key=key(), now=self.now
        )

    def match(self, receipt: Booked, *counts: int, actor: Actor | None = None, **more: Any) -> OrderMatched:
        """Match the lines of the order, one after the other, with those of the receipt."""
        order = self.at()
        came = tuple(
            Came(order_line_uid=line.uid, receipt_line_uid=each.receipt_line_uid, count=count)
            for line, each, count in zip(order.lines, receipt.lines, counts, strict=False)
        )
        said = {"order_uid": self.uid, "receipt_uid": receipt.receipt_uid, "came": came, **more}
        return match_order(
            self.store, MatchOrder(**said), actor=actor or self.house.nurse, key=key(), now=self.now
        )


def sells(house: House, product: Goods, **facts: Any) -> None:
    """Say how the house's supplier sells a product."""
    said = {
        "item_code": "S-77",
        "pack_count": 10,
        "lead_time_days": 7,
        "last_price_minor": 12_500,
        "currency": "EUR",
        **facts,
    }
    command = SetSupplierItem(supplier_uid=house.supplier_uid, product_uid=product.uid, **said)
    set_supplier_item(house.store, command, actor=house.manager, key=key(), now=NOW)


def delivered(house: House, product: Goods, number: str, packs: int, **more: Any) -> Booked:
    """Receive whole presentations of a lot, of which nobody says yet for which order they are."""
    pack = scanned(
        house.clinic.fridge, gs1(product.gtin, number), pack_count=packs, order_choice=OrderChoice.APART
    )
    return take_in(house, pack, **more)
