"""Do the first steps say what the books say?"""

from __future__ import annotations

from stockroom.db.store import Store
from stockroom.operations.bring_forward import BringForward, bring_forward
from stockroom.operations.receive import Receive, receive
from stockroom.queries.first_steps import FirstSteps, first_steps, is_under_way
from stockroom.reads.arrivals import ArrivingLine
from stockroom.vocabulary import ArrivalState
from tests.builders import FAR, NOW, House, key


def test_a_clinic_comes_from_nothing_over_opening_stock_to_its_first_scan(store: Store) -> None:
    house = House(store)
    clinic, filler = house.clinic, house.product("Filler")

    def seen() -> tuple[FirstSteps, bool]:
        with store.reading() as connection:
            return first_steps(connection, clinic.id), is_under_way(connection, clinic.id)

    assert seen() == (FirstSteps(opening_line_count=0, is_under_way=False, has_scanned=False), False)
    line = ArrivingLine(
        location_uid=clinic.fridge.uid, product_uid=filler.uid, lot_number="A1", expires_on=FAR
    )
    bring_forward(store, BringForward(lines=(line,)), actor=clinic.manager, key=key("opening"), now=NOW)
    assert seen() == (FirstSteps(opening_line_count=1, is_under_way=False, has_scanned=False), False)
    scan = f"]d201{filler.gtin}17271231" + "10B1"
    receive(
        store,
        Receive(
            supplier_uid=house.supplier_uid,
            delivery_note="DN-1",
            arrived_at=NOW,
            state_on_arrival=ArrivalState.GOOD,
            lines=(ArrivingLine(location_uid=clinic.fridge.uid, scan=scan),),
        ),
        actor=clinic.nurse,
        key=key("receive"),
        now=NOW,
    )
    assert seen() == (FirstSteps(opening_line_count=1, is_under_way=True, has_scanned=True), True)
