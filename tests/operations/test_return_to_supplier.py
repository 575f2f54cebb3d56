"""Do goods go back to the supplier from wherever they lie?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.models import Alert, Balance, Container
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.return_to_supplier import (
    ContainerGoesWhole,
    GoodsReturned,
    ReturnLine,
    ReturnToSupplier,
    return_to_supplier,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.posting import MoveNotAllowed, PartOfPresentation
from stockroom.rules.using import ThingName
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, LotAt, Place, key
from tests.receiving import journalled, lines_of, movements, on_shelves, opened, rows_of, size_of_books
from tests.sessions import session


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def send_back(
    house: House, lot: LotAt, quantity: int, *, source: Place | None = None, actor: Any = None, **more: Any
) -> GoodsReturned:
    line = ReturnLine(lot_uid=lot.uid, from_uid=(source or house.clinic.fridge).uid, quantity=quantity)
    facts: dict[str, Any] = {
        "supplier_uid": house.supplier_uid, "reference": "RMA 7", "reason": "Wrong strength",
        "lines": (line,), **more,
    }  # fmt: skip
    return return_to_supplier(
        house.store, ReturnToSupplier(**facts), actor=actor or house.nurse, key=key(), now=NOW
    )


def test_goods_go_back_under_the_suppliers_reference(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)

    returned = send_back(house, lot, 10_000)

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000}
    assert lines_of(house.clinic, returned.movement_uid) == [("A1", "fridge", "supplier", 10_000)]
    movement = movements(house.clinic, "return_to_supplier")[0]
    assert movement.supplier_id is not None
    assert movement.reason == "RMA 7: Wrong strength"
    assert len(journalled(house.clinic, "goods.return")) == 1


@pytest.mark.parametrize("kind", [LocationKind.QUARANTINE, LocationKind.RETURNS])
def test_expired_goods_go_back_from_where_nothing_is_usable(house: House, kind: LocationKind) -> None:
    place = house.clinic.account(kind)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", at=place, expires_on=date(2026, 2, 1))

    send_back(house, lot, 5000, source=place)

    assert on_shelves(house.clinic) == {}


def test_an_impossible_return_leaves_everything_as_it_was(house: House) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    lot, other = clinic.lot_on_shelf(filler, "A1"), house.another_clinic()
    foreign = other.lot_on_shelf(filler, "Z1")
    cases: list[tuple[type[Exception], LotAt, int, dict[str, Any]]] = [
        (NotEnoughOnHand, lot, 10_000, {}),
        (PartOfPresentation, lot, 2500, {}),
        (MoveNotAllowed, lot, 5000, {"source": clinic.account(LocationKind.DISPOSAL)}),
        (ThingNotFound, foreign, 5000, {}),
        (ThingNotFound, lot, 5000, {"supplier_uid": house.manufacturer_uid}),
        (InvalidValue, lot, 5000, {"reference": " "}),
        (InvalidValue, lot, 5000, {"reason": ""}),
    ]
    house.nurse, house.supplier_uid  # noqa: B018 - made before the books are looked at
    before, books = on_shelves(clinic), size_of_books(house.store)

    for kind, which, quantity, more in cases:
        with pytest.raises(kind):
            send_back(house, which, quantity, **more)

    assert on_shelves(clinic) == before
    assert size_of_books(house.store) == books


def test_an_opened_container_goes_back_whole_and_is_closed(house: House) -> None:
    clinic = house.clinic
    lot = clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    container = opened(clinic, lot)

    with pytest.raises(ContainerGoesWhole):
        send_back(house, lot, 2000, source=container)
    assert rows_of(house.store, Container)[0].state == "open"
    send_back(house, lot, 5000, source=container)

    row = rows_of(house.store, Container)[0]
    assert (row.state, row.closed_at) == ("discarded", NOW)
    assert on_shelves(clinic) == {("A1", "Fridge"): 5000}


def test_a_practitioner_sends_nothing_back(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")

    with pytest.raises(ActionForbidden):
        send_back(house, lot, 5000, actor=house.practitioner)


def test_the_same_key_returns_once(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    line = ReturnLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=5000)
    command = ReturnToSupplier(
        supplier_uid=house.supplier_uid, reference="RMA 7", reason="Wrong strength", lines=(line,)
    )

    first = return_to_supplier(house.store, command, actor=house.nurse, key="once", now=NOW)
    second = return_to_supplier(house.store, command, actor=house.nurse, key="once", now=NOW)

    assert first == second
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000}


def test_what_is_promised_goes_back_all_the_same_and_is_lost(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    command = Allocate(session_uid=session(house), thing=ThingName(lot_uid=lot.uid), quantity=3)
    allocate(house.store, command, actor=house.nurse, key=key(), now=NOW)

    returned = send_back(house, lot, 4)

    assert len(returned.lost_allocation_uids) == 1
    balance = rows_of(house.store, Balance)[0]
    assert (balance.quantity, balance.allocated) == (1, 1)
    assert [alert.kind for alert in rows_of(house.store, Alert)] == ["allocation_lost"]
