"""What may be done with goods of a product that nobody has confirmed?  Everything but taking them into use."""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.release_hold import ReleaseHold, release_hold
from stockroom.rules.overriding import ProductIncomplete
from stockroom.vocabulary import HoldReason, Rule
from tests.builders import NOW, House, LotAt, key
from tests.operations.test_count import book, found
from tests.operations.test_move_goods import move
from tests.operations.test_return_to_supplier import send_back
from tests.receiving import gs1, on_shelves, scanned, take_in
from tests.sessions import line, opened, over, session, used


def test_it_is_received_moved_held_counted_and_returned_and_taken_into_use_by_override_alone(
    store: Store,
) -> None:
    house = House(store)
    clinic, unknown = house.clinic, house.product("Unknown", confirmed=False)

    received = take_in(house, scanned(clinic.fridge, gs1(unknown.gtin, "A1"), pack_count=4))
    lot_uid = received.lines[0].lot_uid
    with store.reading() as connection:
        lot_id = connection.exec_driver_sql("SELECT id FROM lot WHERE number = 'A1'").scalar_one()
    lot = LotAt(id=lot_id, uid=lot_uid, number="A1", location_id=clinic.fridge.id)
    move(house, lot, 15_000, clinic.cupboard)
    held = place_hold(
        store,
        PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot_uid),
        actor=house.nurse, key=key(), now=NOW,
    )  # fmt: skip
    release = ReleaseHold(hold_uid=held.hold_uid, note="It was the light")
    release_hold(store, release, actor=house.manager, key=key(), now=NOW)
    book(house, found(lot, clinic.cupboard, 10_000))
    send_back(house, lot, 5_000, source=clinic.cupboard)

    assert on_shelves(clinic) == {("A1", "Fridge"): 5_000, ("A1", "Cupboard"): 5_000}
    with pytest.raises(ProductIncomplete):
        opened(house, lot)
    vial = opened(house, lot, actor=house.practitioner, override=over(Rule.PRODUCT_INCOMPLETE))
    visit = session(house)
    with pytest.raises(ProductIncomplete):
        used(house, visit, line(vial, 100))
    given = used(
        house, visit, line(vial, 100), actor=house.practitioner, override=over(Rule.PRODUCT_INCOMPLETE)
    )
    assert given.overridden == ("product_incomplete",)
    assert verify(store).findings == ()
