"""May goods truly bear a number that was once read wrongly here?  Yes, when somebody read it again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.barcodes.scan import parse_scan
from stockroom.db.store import Store
from stockroom.errors import NeedsOverride
from stockroom.ledger.lot_rows import LotSuperseded
from stockroom.ledger.receipts import Booked
from stockroom.ledger.verify import verify
from stockroom.models import Lot
from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, arrive_goods
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.queries.lots import lots, once_recorded_as
from stockroom.queries.scans import KnownHere, known_here
from stockroom.queries.trace_rows import ForwardTrace
from stockroom.queries.traces import forward_from_lot, forward_from_number
from stockroom.reads.lots import lot_named
from tests.builders import FAR, NOW, Goods, House, LotAt, key
from tests.receiving import gs1, journalled, on_shelves, scanned, size_of_books, take_in
from tests.sessions import line, session, used

OTHER_DAY = date(2028, 6, 30)
CHECKED = "Read again with a lens: A1"


@dataclass(frozen=True, kw_only=True)
class Misread:
    """A lot that was booked as A1 and is A7."""

    house: House
    filler: Goods
    wrong: LotAt
    right_uid: str


@pytest.fixture
def misread(store: Store) -> Misread:
    house = House(store)
    filler = house.product("Needle", content_quantity=1, in_use_minutes=None)
    wrong = house.clinic.lot_on_shelf(filler, "A1", presentations=3)
    return Misread(house=house, filler=filler, wrong=wrong, right_uid=put_right(house, wrong.uid))


def put_right(house: House, lot_uid: str) -> str:
    command = CorrectLot(
        lot_uid=lot_uid, number="A7", expires_on=FAR, reason="1 read for 7", conflict_stated=True
    )
    return correct_lot(house.store, command, actor=house.practitioner, key=key(), now=NOW).lot_uid


def came(made: Misread, decision: str, expires_on: date = OTHER_DAY) -> Booked:
    text = gs1(made.filler.gtin, "A1", expires_on)
    return take_in(made.house, scanned(made.house.clinic.fridge, text, decision=decision))


def seen(made: Misread) -> KnownHere:
    scan = parse_scan(gs1(made.filler.gtin, "A1", None), today=NOW.date())
    with made.house.store.reading() as connection:
        return known_here(connection, made.house.clinic.id, scan)


def row(made: Misread, uid: str) -> Any:
    with made.house.store.reading() as connection:
        return connection.execute(select(Lot.__table__).where(Lot.uid == uid)).one()


@pytest.mark.parametrize("decision", ["", "It expires late, but we need it", "Read again: A17 and AA1"])
def test_a_misread_number_that_comes_again_is_asked_for(misread: Misread, decision: str) -> None:
    before = size_of_books(misread.house.store)

    with pytest.raises(LotSuperseded) as asked:
        came(misread, decision)

    assert isinstance(asked.value, NeedsOverride)
    assert (asked.value.lot_number, asked.value.now_called) == ("A1", "A7")
    assert size_of_books(misread.house.store) == before


def test_goods_that_truly_bear_the_number_are_a_lot_of_their_own(misread: Misread) -> None:
    house = misread.house

    booked = came(misread, CHECKED).lines[0]

    assert on_shelves(house.clinic) == {("A7", "Fridge"): 3, ("A1", "Fridge"): 1}
    assert booked.lot_uid not in (misread.wrong.uid, misread.right_uid)
    real, old = row(misread, booked.lot_uid), row(misread, misread.wrong.uid)
    assert (real.number, real.expires_on, real.superseded_by_id) == ("A1", OTHER_DAY, None)
    assert (old.number, old.superseded_by_id) == ("A1 → A7", row(misread, misread.right_uid).id)
    payload = json.loads(journalled(house.clinic, "delivery.receive")[0].payload)
    assert payload["numbers_confirmed"] == [[misread.wrong.uid, "A1"]]
    assert came(misread, "").lines[0].lot_uid == booked.lot_uid
    assert verify(house.store).ok


def test_both_numbers_stay_findable_and_each_says_what_it_is(misread: Misread) -> None:
    house, clinic_id = misread.house, misread.house.clinic.id
    assert seen(misread).lot.lot_uid == misread.right_uid  # type: ignore[union-attr]

    real_uid = came(misread, CHECKED).lines[0].lot_uid

    found = seen(misread).lot
    assert found is not None and found.lot_uid == real_uid
    assert [(each.lot_uid, each.lot_number) for each in found.once_recorded_so] == [(misread.right_uid, "A7")]
    with house.store.reading() as connection:
        named = lot_named(connection, clinic_id, product_id=misread.filler.id, number="A1")
        listed = {each.uid for each in lots(connection, clinic_id, number="A1").items}
        others = once_recorded_as(connection, clinic_id, lot_uid=real_uid)
        none = once_recorded_as(connection, clinic_id, lot_uid=misread.right_uid)
    assert named is not None and named.lot_uid == real_uid
    assert listed == {real_uid, misread.right_uid}
    assert [(each.lot_uid, each.lot_number) for each in others] == [(misread.right_uid, "A7")]
    assert none == ()


def test_a_trace_of_either_does_not_reach_the_others_patients(misread: Misread) -> None:
    house = misread.house
    hers, his = session(house), session(house)
    right = LotAt(id=0, uid=misread.right_uid, number="A7", location_id=0)
    used(house, hers, line(right))
    real_uid = came(misread, CHECKED, FAR).lines[0].lot_uid
    used(house, his, line(LotAt(id=0, uid=real_uid, number="A1", location_id=0)))

    clinics, product_uid = [house.clinic.id], misread.filler.uid
    with house.store.reading() as connection:
        by_lot = {
            uid: sessions(forward_from_lot(connection, clinics, lot_uid=uid))
            for uid in (misread.right_uid, misread.wrong.uid, real_uid)
        }
        by_number = [
            sessions(forward_from_number(connection, clinics, product_uid=product_uid, number=number))
            for number in ("A1", "A7")
        ]
    assert by_lot == {misread.right_uid: {hers}, misread.wrong.uid: {hers}, real_uid: {his}}
    assert by_number == [{his}, {hers}]


def sessions(trace: ForwardTrace) -> set[str]:
    return {use.session_uid for use in trace.uses}


def test_a_label_of_ours_that_was_printed_for_the_misread_lot_still_names_the_right_one(
    misread: Misread,
) -> None:
    came(misread, CHECKED, FAR)

    answer = used(misread.house, session(misread.house), line(misread.wrong))

    assert (answer.used[0].lot_uid, answer.used[0].lot_number) == (misread.right_uid, "A7")


def test_the_same_may_happen_twice(misread: Misread) -> None:
    house = misread.house
    first = came(misread, CHECKED, FAR).lines[0].lot_uid
    put_right(house, first)

    with pytest.raises(LotSuperseded):
        came(misread, "")
    third = came(misread, CHECKED).lines[0].lot_uid

    assert row(misread, first).number == "A1 → A7 (2)"
    assert third not in (first, misread.wrong.uid)
    assert on_shelves(house.clinic) == {("A7", "Fridge"): 4, ("A1", "Fridge"): 1}


def test_what_another_clinic_sends_under_that_number_arrives_under_it(misread: Misread) -> None:
    house, there = misread.house, misread.house.another_clinic()
    theirs = there.lot_on_shelf(misread.filler, "A1", presentations=2, expires_on=OTHER_DAY)
    goods = DispatchLine(lot_uid=theirs.uid, from_uid=there.fridge.uid, quantity=2)
    sent = dispatch_goods(
        house.store,
        DispatchGoods(to_clinic_uid=house.clinic.uid, lines=(goods,)),
        actor=there.manager,
        key=key(),
        now=NOW,
    )

    arrive_goods(
        house.store,
        ArriveGoods(
            transfer_uid=sent.transfer_uid,
            arrived_at=NOW,
            lines=(ArrivedLine(number=1, location_uid=house.clinic.fridge.uid, arrived_quantity=2),),
        ),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert on_shelves(house.clinic) == {("A7", "Fridge"): 3, ("A1", "Fridge"): 2}
