"""Is what a supplier owes for returned goods kept until its paper is here, once?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import SupplierReturn
from stockroom.operations.return_to_supplier import ReturnLine, ReturnToSupplier, return_to_supplier
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.settle_return import (
    ReturnSettledBefore,
    SettleReturn,
    settle_return,
)
from stockroom.queries.supplier_returns import return_count, returns_listed, supplier_return
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import ReturnExpects
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves, rows
from tests.orders import delivered
from tests.receiving import movements, on_shelves


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def sent_back(house: House, **more: Any) -> str:
    """Two of three that a delivery brought go back; gives the uid of the return."""
    receipt = delivered(house, house.product("Filler", content_quantity=1000), "A1", 3)
    line = ReturnLine(lot_uid=receipt.lines[0].lot_uid, from_uid=house.clinic.fridge.uid, quantity=2000)
    said: dict[str, Any] = {
        "supplier_uid": house.supplier_uid,
        "reference": "RMA 7",
        "reason": "crushed",
        "lines": (line,),
        "expects": ReturnExpects.CREDIT,
        "receipt_uid": receipt.receipt_uid,
        **more,
    }
    done = return_to_supplier(
        house.store, ReturnToSupplier(**said), actor=house.nurse, key=key(), now=NOW + timedelta(minutes=1)
    )
    return done.return_uid


def settled(house: House, uid: str, paper: str = "CN-11", **more: Any) -> None:
    by = {"actor": house.manager, "key": key(), **more}
    settle_return(house.store, SettleReturn(return_uid=uid, paper=paper), now=NOW, **by)


def test_a_return_keeps_its_paper_and_is_settled_once(house: House) -> None:
    uid = sent_back(house)
    with house.store.reading() as connection:
        (before,) = returns_listed(connection, house.clinic.id, awaited_only=True, limit=9)
    settled(house, uid)
    with nothing_moves(house.store), pytest.raises(ReturnSettledBefore):
        settled(house, uid)

    with house.store.reading() as connection:
        found = supplier_return(connection, house.clinic.id, uid=uid)
        awaited = return_count(connection, house.clinic.id, awaited_only=True)
    assert (before.reference, before.expects, before.is_awaited, before.line_count) == (
        "RMA 7", "credit", True, 1,
    )  # fmt: skip
    assert (found.paper.settled_by_paper, found.paper.settled_by) == ("CN-11", "Manager Vitosha")
    assert (found.paper.delivery_note[:3], awaited) == ("DN-", 0)
    assert [(line.lot_number, line.quantity, line.place) for line in found.lines] == [("A1", 2000, "Fridge")]
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 1000}
    (movement,) = movements(house.clinic, "return_to_supplier")
    assert (movement.document_kind, movement.document_uid) == ("supplier_return", uid)


def test_what_is_taken_back_is_awaited_no_longer(house: House) -> None:
    uid = sent_back(house)
    (movement,) = movements(house.clinic, "return_to_supplier")
    reverse(
        house.store,
        Reverse(movement_uid=movement.uid, reason="it never left"),
        actor=house.manager,
        key=key(),
        now=NOW + timedelta(minutes=5),
    )

    with house.store.reading() as connection:
        found = supplier_return(connection, house.clinic.id, uid=uid)
        awaited = return_count(connection, house.clinic.id, awaited_only=True)

    assert (found.paper.is_taken_back, found.paper.is_awaited, awaited) == (True, False, 0)


def test_what_cannot_be_settled_is_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid, other = sent_back(house), house.another_clinic()
    stranger, practitioner, _ = other.manager, house.practitioner, house.manager

    with nothing_moves(house.store), pytest.raises(InvalidValue):
        settled(house, uid, " ")
    with nothing_moves(house.store), pytest.raises(ThingNotFound):
        settled(house, uid, actor=stranger)
    with nothing_moves(house.store), pytest.raises(ActionForbidden):
        settled(house, uid, actor=practitioner)
    settled(house, uid, key="same")
    settled(house, uid, key="same")
    assert [row.settled_by_paper for row in rows(house.store, SupplierReturn)] == ["CN-11"]


def test_nothing_is_settled_where_nothing_is_expected_and_the_receipt_is_the_suppliers(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    uid, _ = sent_back(house, expects=ReturnExpects.NOTHING, receipt_uid=None), house.manager

    with nothing_moves(house.store), pytest.raises(ReturnSettledBefore):
        settled(house, uid)
    with pytest.raises(ThingNotFound):
        sent_back_with(house, receipt_uid="01a20326-c58c-7442-8944-6c71979ae465")


def sent_back_with(house: House, **more: Any) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Serum"), "S1")
    line = ReturnLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=5000)
    command = ReturnToSupplier(
        supplier_uid=house.supplier_uid, reference="RMA 8", reason="late", lines=(line,), **more
    )
    return_to_supplier(house.store, command, actor=house.nurse, key=key(), now=NOW)
