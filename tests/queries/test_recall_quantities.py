"""Does a recalled lot add up over two clinics, with what is on the way, in cocktails, and what went back?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, arrive_goods
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.return_to_supplier import ReturnLine, ReturnToSupplier, return_to_supplier
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries import traces
from stockroom.queries.recall_quantities import RecalledQuantities, recalled_quantities
from stockroom.rules.recalled_quantities import LotBooks, LotSums
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason
from tests.builders import NOW, Clinic, House, LotAt, key
from tests.queries.counting import counted
from tests.sessions import line, session, used

VIAL = 5000


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _quantities(house: House, *lots: LotAt) -> RecalledQuantities:
    with house.store.reading() as connection:
        every = {house.clinic.id, *(clinic_id for clinic_id in range(house.clinic.id + 9))}
        trace = traces.forward_from_lots(connection, every, lot_ids=[lot.id for lot in lots])
        with counted(connection) as statements:
            found = recalled_quantities(connection, trace)
    assert len(statements) <= 2
    return found


def _send(house: House, lot: LotAt, to: Clinic, quantity: int) -> str:
    lines = (DispatchLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=quantity),)
    command = DispatchGoods(to_clinic_uid=to.uid, lines=lines)
    return dispatch_goods(house.store, command, actor=house.nurse, key=key(), now=NOW).transfer_uid


def _return(house: House, lot: LotAt, reference: str) -> str:
    command = ReturnToSupplier(
        supplier_uid=house.supplier_uid,
        reference=reference,
        reason="recalled",
        lines=(ReturnLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=VIAL),),
    )
    return return_to_supplier(house.store, command, actor=house.manager, key=key(), now=NOW).movement_uid


def test_every_vial_is_in_one_place_over_two_clinics(house: House) -> None:
    rila = house.another_clinic("Rila")
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=9)
    used(house, session(house), line(lot, VIAL))
    arrived = _send(house, lot, rila, 3 * VIAL)
    arrival = ArriveGoods(
        transfer_uid=arrived,
        arrived_at=NOW,
        lines=(
            ArrivedLine(
                number=1,
                location_uid=rila.fridge.uid,
                arrived_quantity=VIAL,
                short_quantity=VIAL,
                broken_quantity=VIAL,
            ),
        ),
        shortage_reason="not in the box",
        breakage_reason="glass",
    )
    arrive_goods(house.store, arrival, actor=rila.nurse, key=key(), now=NOW)
    _send(house, lot, rila, 2 * VIAL)
    _return(house, lot, "RMA-7")
    taken_back = _return(house, lot, "RMA-8")
    reverse(
        house.store,
        Reverse(movement_uid=taken_back, reason="it stayed here"),
        actor=house.manager,
        key=key(),
        now=NOW,
    )
    broken = DisposalOf(thing=ThingName(lot_uid=lot.uid), quantity=VIAL)
    dispose(
        house.store,
        Dispose(reason=DisposalReason.BROKEN, lines=(broken,)),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    found = _quantities(house, lot)

    (everywhere,) = found.everywhere
    assert (everywhere.number, everywhere.clinics) == ("A1", 2)
    assert everywhere.sums == LotSums(
        received=9 * VIAL, corrected_in=0, held=2 * VIAL, in_transit=2 * VIAL, used=VIAL, compounded=0,
        returned=VIAL, destroyed=2 * VIAL, corrected_out=VIAL, unaccounted=0,
    )  # fmt: skip
    by_clinic = {each.lot.clinic_name: each.books for each in found.here}
    assert by_clinic["Rila"] == LotBooks(arrived=3 * VIAL, on_hand=VIAL, disposed=VIAL, corrected_out=VIAL)
    assert by_clinic["Vitosha"].on_the_way == 2 * VIAL
    assert found.is_complete
    assert [(each.reference, each.supplier, each.quantity) for each in found.went_back] == [
        ("RMA-7", "Demo Supply", VIAL)
    ]


def test_nothing_is_added_up_for_no_lot(house: House) -> None:
    found = _quantities(house)

    assert (found.here, found.everywhere, found.went_back, found.is_complete) == ((), (), (), True)
