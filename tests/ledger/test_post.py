"""Does whatever is posted take its holds along, whichever act posts it?  (L8)"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger import holds
from stockroom.ledger.balances import MoreThanAnyStock
from stockroom.ledger.post import post
from stockroom.models import HoldPlace
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.rules.posting import Draft, Line
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import HoldReason, LocationKind, MovementKind
from tests.builders import FAR, NOW, House, LotAt, Place, key


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def hold(house: House, lot: LotAt, at: Place) -> None:
    """Hold what lies of a lot at a place."""
    new = holds.NewHold(reason=HoldReason.TEMPERATURE, note="Warm", places=((lot.id, at.id),))
    house.clinic.act("test.hold", lambda work: holds.place(work, new))


def move(house: House, lot: LotAt, source: Place, target: Place, quantity: int) -> None:
    """Move goods straight through the ledger."""
    line = Line(lot_id=lot.id, from_id=source.id, to_id=target.id, quantity=quantity)

    def body(work: Work) -> None:
        post(work, Draft(kind=MovementKind.TRANSFER, lines=(line,), occurred_at=work.now))

    house.clinic.act("test.move", body)


def held_places(house: House) -> set[int]:
    with house.store.reading() as connection:
        return set(connection.execute(select(HoldPlace.location_id)).scalars())


def test_a_hold_goes_with_goods_that_go_to_another_place_whoever_posts_them(house: House) -> None:
    fridge, cupboard = house.clinic.fridge, house.clinic.cupboard
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    hold(house, lot, fridge)

    move(house, lot, fridge, cupboard, 5_000)

    assert held_places(house) == {fridge.id, cupboard.id}


def test_what_leaves_the_clinic_takes_no_hold_to_an_account(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    hold(house, lot, house.clinic.fridge)
    disposal = house.clinic.account(LocationKind.DISPOSAL)
    line = Line(lot_id=lot.id, from_id=house.clinic.fridge.id, to_id=disposal.id, quantity=5_000)
    draft = Draft(kind=MovementKind.DISPOSE, lines=(line,), occurred_at=NOW)
    house.clinic.act("test.dispose", lambda work: post(work, draft))

    assert held_places(house) == {house.clinic.fridge.id}


def test_a_lot_whose_name_is_put_right_is_held_where_it_was_held_and_nowhere_else(house: House) -> None:
    fridge, cupboard = house.clinic.fridge, house.clinic.cupboard
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    move(house, lot, fridge, cupboard, 5_000)
    hold(house, lot, cupboard)

    correct_lot(
        house.store,
        CorrectLot(lot_uid=lot.uid, number="A7", expires_on=FAR, reason="Misread"),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    assert held_places(house) == {cupboard.id}


def test_no_place_holds_more_than_every_reader_keeps_exact(house: House) -> None:
    fridge, needle = house.clinic.fridge, house.needle()
    lot = house.clinic.lot_on_shelf(needle, "N1", presentations=QUANTITY_MAX - 1)
    supplier = house.clinic.account(LocationKind.SUPPLIER)

    def receive(quantity: int) -> None:
        line = Line(lot_id=lot.id, from_id=supplier.id, to_id=fridge.id, quantity=quantity)
        draft = Draft(kind=MovementKind.RECEIVE, lines=(line,), occurred_at=NOW, document_kind="receipt")
        house.clinic.act("test.receive", lambda work: post(work, draft))

    with pytest.raises(MoreThanAnyStock):
        receive(2)
    assert house.clinic.on_hand(lot) == QUANTITY_MAX - 1
    receive(1)
    assert house.clinic.on_hand(lot) == QUANTITY_MAX
