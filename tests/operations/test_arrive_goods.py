"""Do goods of another clinic arrive by scan, whole in quantity, with shortage and breakage said?"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.lot_rows import LotExpiryDiffers
from stockroom.ledger.post import PeriodClosed
from stockroom.ledger.verify import verify
from stockroom.models import ClinicHold, Lot, Transfer, TransferLine
from stockroom.operations.arrive_goods import (
    ArrivedLine,
    ArriveGoods,
    GoodsArrived,
    NotInTransfer,
    TransferArrived,
    arrive_goods,
)
from stockroom.operations.close_period import ClosePeriod, close_period
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.release_hold import ReleaseHold, release_hold
from stockroom.operations.return_to_supplier import ReturnLine, ReturnToSupplier, return_to_supplier
from stockroom.reads.arrivals import CodeUnknown
from stockroom.reads.things import Where, things
from stockroom.rules.arriving import ArrivalDiffers, ArrivalReasonMissing
from stockroom.rules.overriding import Override
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import HoldReason, LocationKind, Rule
from tests.builders import FAR, NOW, Clinic, Goods, House, demo_gtin, key
from tests.recalls import recalled
from tests.receiving import gs1, journalled, lines_of, on_shelves, rows_of, scanned, size_of_books, take_in

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def rila(house: House) -> Clinic:
    return house.another_clinic("Rila")


@pytest.fixture
def filler(house: House) -> Goods:
    return house.product("Filler")


@pytest.fixture
def transfer(house: House, rila: Clinic, filler: Goods) -> str:
    """Three presentations of A1 and one of B1 on their way to Rila."""
    rila.nurse, rila.fridge, rila.cupboard, house.nurse  # noqa: B018 - made at once, before the books are looked at
    lots = [(house.clinic.lot_on_shelf(filler, "A1", presentations=3), 15_000)]
    lots.append((house.clinic.lot_on_shelf(filler, "B1", presentations=2), 5000))
    lines = tuple(
        DispatchLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=quantity)
        for lot, quantity in lots
    )
    command = DispatchGoods(to_clinic_uid=rila.uid, lines=lines)
    return dispatch_goods(house.store, command, actor=house.nurse, key=key(), now=NOW).transfer_uid


def arrive(
    rila: Clinic, transfer: str, *lines: ArrivedLine, actor: Any = None, once: str = "", **more: Any
) -> GoodsArrived:
    facts: dict[str, Any] = {"transfer_uid": transfer, "arrived_at": LATER, "lines": lines, **more}
    return arrive_goods(
        rila.store, ArriveGoods(**facts), actor=actor or rila.nurse, key=once or key(), now=LATER
    )


def whole(rila: Clinic, filler: Goods) -> tuple[ArrivedLine, ...]:
    """Everything arrived, each lot scanned."""
    fridge = rila.fridge.uid
    return (
        ArrivedLine(scan=gs1(filler.gtin, "A1"), pack_count=3, location_uid=fridge),
        ArrivedLine(scan=gs1(filler.gtin, "B1"), location_uid=fridge),
    )


def test_goods_arrive_by_scan_under_lots_of_the_receiving_clinic(
    house: House, rila: Clinic, filler: Goods, transfer: str
) -> None:
    arrived = arrive(rila, transfer, *whole(rila, filler))

    assert on_shelves(rila) == {("A1", "Fridge"): 15_000, ("B1", "Fridge"): 5000}
    assert on_shelves(house.clinic) == {("B1", "Fridge"): 5000}
    assert lines_of(rila, arrived.movement_uid) == [
        ("A1", "in_transit", "fridge", 15_000), ("B1", "in_transit", "fridge", 5000)
    ]  # fmt: skip
    here = sorted(rows_of(rila.store, Lot, Lot.clinic_id == rila.id), key=lambda lot: lot.number)
    assert [(lot.number, lot.expires_on, lot.product_id) for lot in here] == [
        ("A1", FAR, filler.id), ("B1", FAR, filler.id)
    ]  # fmt: skip
    assert arrived.lot_uids == tuple(lot.uid for lot in here)
    row = rows_of(rila.store, Transfer)[0]
    assert (row.state, row.arrived_at, row.arrived_by_id) == ("arrived", LATER, rila.nurse.person_id)
    assert len(journalled(rila, "goods.arrive")) == 1


def test_shortage_and_breakage_are_said_with_their_reasons(
    rila: Clinic, filler: Goods, transfer: str
) -> None:
    fridge, cupboard = rila.fridge.uid, rila.cupboard.uid

    arrived = arrive(
        rila,
        transfer,
        ArrivedLine(scan=gs1(filler.gtin, "A1"), location_uid=fridge, broken_quantity=5000),
        ArrivedLine(number=1, location_uid=cupboard, arrived_quantity=5000),
        ArrivedLine(number=2, short_quantity=5000),
        shortage_reason="The box was open",
        breakage_reason="Glass in the box",
    )

    assert on_shelves(rila) == {("A1", "Fridge"): 5000, ("A1", "Cupboard"): 5000}
    assert set(lines_of(rila, arrived.movement_uid)) == {
        ("A1", "in_transit", "fridge", 5000),
        ("A1", "in_transit", "cupboard", 5000),
        ("A1", "in_transit", "disposal", 5000),
        ("B1", "in_transit", "adjustment", 5000),
    }
    rows = sorted(rows_of(rila.store, TransferLine), key=lambda row: row.n)
    assert [(row.arrived_quantity, row.short_quantity, row.broken_quantity) for row in rows] == [
        (10_000, 0, 5000), (0, 5000, 0)
    ]  # fmt: skip


def test_an_arrival_that_does_not_fit_the_document_leaves_everything_as_it_was(
    house: House, rila: Clinic, filler: Goods, transfer: str
) -> None:
    first, second = whole(rila, filler)
    fridge = rila.fridge.uid
    other = house.product("Other")
    cases: list[tuple[type[Exception], tuple[ArrivedLine, ...]]] = [
        (ArrivalDiffers, (first,)),
        (ArrivalDiffers, (first, second, second)),
        (ArrivalReasonMissing, (first, ArrivedLine(number=2, short_quantity=5000))),
        (ArrivalReasonMissing, (first, ArrivedLine(number=2, broken_quantity=5000))),
        (NotInTransfer, (first, ArrivedLine(scan=gs1(filler.gtin, "C1"), location_uid=fridge))),
        (NotInTransfer, (first, ArrivedLine(scan=gs1(other.gtin, "B1"), location_uid=fridge))),
        (NotInTransfer, (first, ArrivedLine(scan=filler.gtin, location_uid=fridge))),
        (CodeUnknown, (first, ArrivedLine(scan=gs1(demo_gtin(999_999), "B1"), location_uid=fridge))),
        (
            LotExpiryDiffers,
            (first, ArrivedLine(scan=gs1(filler.gtin, "B1", date(2027, 1, 31)), location_uid=fridge)),
        ),
        (InvalidValue, (first, ArrivedLine(number=3, location_uid=fridge, arrived_quantity=5000))),
        (InvalidValue, (first, ArrivedLine(scan=gs1(filler.gtin, "B1")))),
        (
            InvalidValue,
            (
                first,
                ArrivedLine(number=2, location_uid=fridge, arrived_quantity=10_000, short_quantity=-5000),
            ),
        ),
        (
            ThingNotFound,
            (first, ArrivedLine(scan=gs1(filler.gtin, "B1"), location_uid=house.clinic.fridge.uid)),
        ),
    ]
    books = size_of_books(house.store)

    for kind, lines in cases:
        with pytest.raises(kind):
            arrive(rila, transfer, *lines)

    assert size_of_books(house.store) == books
    assert on_shelves(rila) == {}
    assert rows_of(rila.store, Transfer)[0].state == "dispatched"


def test_another_expiry_in_the_receiving_clinic_is_a_conflict(
    house: House, rila: Clinic, filler: Goods, transfer: str
) -> None:
    rila.lot_on_shelf(filler, "A1", expires_on=date(2027, 1, 31))

    with pytest.raises(LotExpiryDiffers):
        arrive(rila, transfer, *whole(rila, filler))


def test_a_lot_that_is_here_already_is_the_same_lot(
    house: House, rila: Clinic, filler: Goods, transfer: str
) -> None:
    take_in(house, scanned(rila.fridge, gs1(filler.gtin, "A1")), actor=rila.nurse, now=LATER)

    arrive(rila, transfer, *whole(rila, filler))

    assert on_shelves(rila) == {("A1", "Fridge"): 20_000, ("B1", "Fridge"): 5000}


def test_a_transfer_arrives_once_and_only_where_it_was_sent(
    house: House, rila: Clinic, filler: Goods, transfer: str
) -> None:
    third = house.another_clinic("Pirin")

    for clinic in (house.clinic, third):
        with pytest.raises(ThingNotFound):
            arrive(clinic, transfer, *whole(clinic, filler))
    with pytest.raises(ActionForbidden):
        arrive(rila, transfer, *whole(rila, filler), actor=rila.practitioner)
    first = arrive(rila, transfer, *whole(rila, filler), once="once")
    second = arrive(rila, transfer, *whole(rila, filler), once="once")
    with pytest.raises(TransferArrived):
        arrive(rila, transfer, *whole(rila, filler))

    assert first == second
    assert on_shelves(rila) == {("A1", "Fridge"): 15_000, ("B1", "Fridge"): 5000}


def test_goods_arrive_after_they_were_sent(rila: Clinic, filler: Goods, transfer: str) -> None:
    with pytest.raises(InvalidValue):
        arrive(rila, transfer, *whole(rila, filler), arrived_at=NOW - timedelta(seconds=1))


def test_goods_may_arrive_into_quarantine(rila: Clinic, filler: Goods, transfer: str) -> None:
    quarantine = rila.account(LocationKind.QUARANTINE)
    first, _ = whole(rila, filler)

    arrive(rila, transfer, first, ArrivedLine(number=2, location_uid=quarantine.uid, arrived_quantity=5000))

    assert on_shelves(rila)["B1", "Quarantine"] == 5000


def test_the_books_of_both_clinics_verify_after_the_whole_way(
    house: House, rila: Clinic, filler: Goods, transfer: str
) -> None:
    take_in(house, scanned(house.clinic.cupboard, gs1(filler.gtin, "C1", serial="S1", count=1)))
    arrive(
        rila,
        transfer,
        whole(rila, filler)[0],
        ArrivedLine(number=2, short_quantity=5000),
        shortage_reason="The box was open",
    )
    lot_uid = next(lot.uid for lot in rows_of(rila.store, Lot, Lot.clinic_id == rila.id, Lot.number == "A1"))
    move_goods(
        rila.store,
        MoveGoods(
            to_uid=rila.cupboard.uid,
            lines=(MoveLine(lot_uid=lot_uid, from_uid=rila.fridge.uid, quantity=5000),),
        ),
        actor=rila.nurse,
        key=key(),
        now=LATER,
    )
    return_to_supplier(
        rila.store,
        ReturnToSupplier(
            supplier_uid=house.supplier_uid,
            reference="RMA 7",
            reason="Too many",
            lines=(ReturnLine(lot_uid=lot_uid, from_uid=rila.cupboard.uid, quantity=5000),),
        ),
        actor=rila.nurse,
        key=key(),
        now=LATER,
    )

    assert verify(house.store, anchors=False).findings == ()


def test_what_arrived_before_the_books_were_closed_still_goes_in_with_a_reason(
    rila: Clinic, filler: Goods, transfer: str
) -> None:
    close_period(rila.store, ClosePeriod(), actor=rila.manager, key=key(), now=LATER - timedelta(minutes=5))
    before = LATER - timedelta(minutes=10)

    with pytest.raises(PeriodClosed):
        arrive(rila, transfer, *whole(rila, filler), arrived_at=before)
    arrive(rila, transfer, *whole(rila, filler), arrived_at=before, late_reason="The box stood in the hall")

    assert on_shelves(rila) == {("A1", "Fridge"): 15_000, ("B1", "Fridge"): 5000}


class Held:
    """Two lots of Vitosha, sent to Rila by somebody who took their holds upon herself."""

    def __init__(self, house: House, rila: Clinic, filler: Goods, *, at_place: bool = False) -> None:
        self.house, self.rila, self.filler = house, rila, filler
        clinic = house.clinic
        self.lot = clinic.lot_on_shelf(filler, "A1", presentations=3)
        self.free = clinic.lot_on_shelf(filler, "B1", presentations=2, at=clinic.cupboard)
        where: dict[str, Any] = {"location_uid": clinic.fridge.uid} if at_place else {}
        self.hold_uid = self.hold(PlaceHold(**SUSPECT, lot_uid=self.lot.uid, **where))

    def hold(self, command: PlaceHold) -> str:
        actor = self.house.nurse
        return place_hold(self.house.store, command, actor=actor, key=key(), now=NOW).hold_uid

    def send(self, quantity: int = 15_000) -> str:
        clinic = self.house.clinic
        lines = (
            DispatchLine(lot_uid=self.lot.uid, from_uid=clinic.fridge.uid, quantity=quantity),
            DispatchLine(lot_uid=self.free.uid, from_uid=clinic.cupboard.uid, quantity=5000),
        )
        override = Override(rules=frozenset({Rule.HELD}), reason="Rila has the fridge for it")
        command = DispatchGoods(to_clinic_uid=self.rila.uid, lines=lines, override=override)
        sent = dispatch_goods(
            self.house.store, command, actor=clinic.manager, key=key(), now=NOW + timedelta(hours=1)
        )
        return sent.transfer_uid

    def arrive(self, transfer: str, packs: int = 3) -> GoodsArrived:
        fridge = self.rila.fridge.uid
        return arrive(
            self.rila,
            transfer,
            ArrivedLine(scan=gs1(self.filler.gtin, "A1"), pack_count=packs, location_uid=fridge),
            ArrivedLine(scan=gs1(self.filler.gtin, "B1"), location_uid=self.rila.cupboard.uid),
        )

    def held_at(self, clinic: Clinic) -> dict[str, set[str]]:
        """Why each lot of a clinic is held, over all its places."""
        with clinic.store.reading() as connection:
            found = things(connection, clinic.id, Where(product_ids={self.filler.id}))
        return {
            each.lot_number: {reason.value for reason in each.hold_reasons} for each in found if each.quantity
        }


SUSPECT: dict[str, Any] = {"reason": HoldReason.SUSPICION, "note": "Cloudy"}


@pytest.mark.parametrize("at_place", [False, True], ids=["a whole lot", "a lot at a place"])
def test_a_hold_goes_with_the_goods_and_is_lifted_there_by_itself(
    house: House, rila: Clinic, filler: Goods, at_place: bool
) -> None:
    held = Held(house, rila, filler, at_place=at_place)

    arrived = held.arrive(held.send())

    assert held.held_at(rila) == {"A1": {"suspicion"}, "B1": set()}
    (there,) = rows_of(rila.store, ClinicHold, ClinicHold.clinic_id == rila.id)
    assert (there.uid, there.origin_uid, there.note, there.lot_id) == (
        arrived.hold_uids[0],
        held.hold_uid,
        "Cloudy",
        None,
    )
    payload = json.loads(journalled(rila, "goods.arrive")[0].payload)
    assert payload["holds"] == [[there.uid, held.hold_uid]]
    lifted = ReleaseHold(hold_uid=there.uid, note="Looked at here")
    release_hold(rila.store, lifted, actor=rila.manager, key=key(), now=LATER)
    assert held.held_at(rila)["A1"] == set()
    here = rows_of(house.store, ClinicHold, ClinicHold.uid == held.hold_uid)[0]
    assert here.released_at is None
    assert verify(house.store).ok


def test_it_stays_on_the_goods_when_they_move_on_inside_the_clinic(
    house: House, rila: Clinic, filler: Goods
) -> None:
    held = Held(house, rila, filler)
    arrived = held.arrive(held.send())
    line = MoveLine(lot_uid=arrived.lot_uids[0], from_uid=rila.fridge.uid, quantity=15_000)
    command = MoveGoods(to_uid=rila.cupboard.uid, lines=(line,))

    move_goods(rila.store, command, actor=rila.nurse, key=key(), now=LATER)

    assert held.held_at(rila)["A1"] == {"suspicion"}


def test_a_hold_that_was_lifted_on_the_way_does_not_arrive(house: House, rila: Clinic, filler: Goods) -> None:
    held = Held(house, rila, filler)
    transfer = held.send()
    lifted = ReleaseHold(hold_uid=held.hold_uid, note="False alarm")
    release_hold(house.store, lifted, actor=house.manager, key=key(), now=LATER)

    assert held.arrive(transfer).hold_uids == ()
    assert held.held_at(rila)["A1"] == set()


def test_a_hold_on_what_stayed_behind_does_not_arrive(house: House, rila: Clinic, filler: Goods) -> None:
    held = Held(house, rila, filler, at_place=True)
    lifted = ReleaseHold(hold_uid=held.hold_uid, note="False alarm")
    release_hold(house.store, lifted, actor=house.manager, key=key(), now=NOW)
    transfer = held.send(10_000)
    later = PlaceHold(**SUSPECT, location_uid=house.clinic.fridge.uid)
    place_hold(house.store, later, actor=house.nurse, key=key(), now=LATER)

    assert held.arrive(transfer, packs=2).hold_uids == ()
    assert held.held_at(rila) == {"A1": set(), "B1": set()}


def test_a_hold_arrives_with_a_lot_that_was_put_right_on_the_way(
    house: House, rila: Clinic, filler: Goods
) -> None:
    held = Held(house, rila, filler, at_place=True)
    transfer = held.send()
    misread = CorrectLot(lot_uid=held.lot.uid, number="A7", expires_on=FAR, reason="Misread")
    correct_lot(house.store, misread, actor=house.practitioner, key=key(), now=LATER)

    arrive(
        rila,
        transfer,
        ArrivedLine(scan=gs1(filler.gtin, "A7"), pack_count=3, location_uid=rila.fridge.uid),
        ArrivedLine(scan=gs1(filler.gtin, "B1"), location_uid=rila.cupboard.uid),
    )

    assert held.held_at(rila) == {"A7": {"suspicion"}, "B1": set()}


def test_a_recall_reaches_what_arrives_without_a_hold_of_its_own(
    house: House, rila: Clinic, filler: Goods, transfer: str
) -> None:
    recalled(house.store, filler.uid, "A1", actor=house.practitioner, now=LATER)

    arrived = arrive(rila, transfer, *whole(rila, filler))

    assert arrived.hold_uids == ()
    with rila.store.reading() as connection:
        found = things(connection, rila.id, Where(product_ids={filler.id}))
    assert {each.lot_number: each.hold_reasons for each in found} == {
        "A1": (HoldReason.RECALL,),
        "B1": (),
    }
