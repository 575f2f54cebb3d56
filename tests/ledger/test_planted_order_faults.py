"""Does verify name the row when an order and what came of it no longer agree?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, update

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import OrderArrival, PurchaseOrder, PurchaseOrderLine
from tests.builders import NOW, House
from tests.ledger.planting import unguarded
from tests.orders import Ordering
from tests.receiving import gs1, rows_of
from tests.unpacking import OnTable

Plant = Callable[[Connection, int], None]


def _more_than_came(connection: Connection, _: int) -> None:
    connection.execute(update(OrderArrival).values(arrived_count=9))


def _another_product(connection: Connection, other_id: int) -> None:
    connection.execute(update(PurchaseOrderLine).values(product_id=other_id))


def _never_sent(connection: Connection, _: int) -> None:
    connection.execute(update(PurchaseOrder).values(ordered_at=None, ordered_by_id=None))


def _closed_by_nobody(connection: Connection, _: int) -> None:
    connection.execute(update(PurchaseOrderLine).values(closed_at=NOW))


@pytest.mark.parametrize(
    ("table", "plant"),
    [
        ("receipt_line", _more_than_came),
        ("order_arrival", _another_product),
        ("order_arrival", _never_sent),
        ("purchase_order_line", _closed_by_nobody),
    ],
)
def test_verify_names_the_row_that_does_not_agree(store: Store, table: str, plant: Plant) -> None:
    house = House(store)
    filler, other = house.product("Filler", content_quantity=2000), house.product("Other")
    ordering = Ordering(house)
    ordering.put(filler, 4)
    ordering.place()
    delivery = OnTable(house)
    delivery.scan(gs1(filler.gtin, "A1"), pack_count=3)
    delivery.post()
    assert verify(store).findings == ()
    with unguarded(store) as connection:
        plant(connection, other.id)

    found = {finding.invariant: finding for finding in verify(store).findings}

    assert "orders" in found and found["orders"].table == table, found
    assert len(rows_of(store, OrderArrival)) == 1
