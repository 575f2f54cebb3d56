"""Does opening stock come into the books on the day on which they begin, and only before anything else?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.ledger.lot_rows import LotExpiryDiffers
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.receipts import Booked
from stockroom.models import Clinic, Lot, Receipt
from stockroom.operations.bring_forward import BringForward, bring_forward
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.reads.actors import system_actor
from stockroom.reads.arrivals import ArrivingLine
from stockroom.reads.locations import NotAShelf
from stockroom.reads.opening_stock import BooksUnderWay
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.receiving import ExpiryMissing, LotNumberMissing
from stockroom.vocabulary import LocationKind
from tests.builders import FAR, NOW, House, key
from tests.receiving import (
    gs1,
    journalled,
    lines_of,
    movements,
    on_shelves,
    rows_of,
    scanned,
    size_of_books,
    take_in,
)

BEGINS_AT = datetime(2025, 12, 31, 22, 0, tzinfo=UTC)
"""Midnight in Sofia, as the first of January begins."""


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def bring(house: House, *lines: ArrivingLine, now: datetime = NOW) -> Booked:
    command = BringForward(lines=lines, note="Inventory list 1")
    return bring_forward(house.store, command, actor=house.manager, key=key(), now=now)


def test_many_lots_come_in_by_one_act_on_the_day_the_books_begin(house: House) -> None:
    filler, clinic = house.product("Filler"), house.clinic
    typed = ArrivingLine(
        location_uid=clinic.cupboard.uid,
        product_uid=filler.uid,
        lot_number="B2",
        expires_on=FAR,
        pack_count=3,
    )

    booked = bring(house, scanned(clinic.fridge, gs1(filler.gtin, "A1", count=2)), typed)

    assert on_shelves(clinic) == {("A1", "Fridge"): 10_000, ("B2", "Cupboard"): 15_000}
    assert lines_of(clinic, booked.movement_uid) == [
        ("A1", "adjustment", "fridge", 10_000),
        ("B2", "adjustment", "cupboard", 15_000),
    ]
    movement, receipt = movements(clinic, "bring_forward")[0], rows_of(house.store, Receipt)[0]
    assert (movement.occurred_at, movement.is_late, movement.supplier_id) == (BEGINS_AT, True, None)
    assert (receipt.supplier_id, receipt.books_begin_on) == (None, date(2026, 1, 1))
    assert len(journalled(clinic, "stock.bring_forward")) == 1


def test_it_may_take_several_acts(house: House) -> None:
    filler = house.product("Filler")

    bring(house, scanned(house.clinic.fridge, gs1(filler.gtin, "A1")))
    bring(house, scanned(house.clinic.cupboard, gs1(filler.gtin, "A1")))

    assert len(rows_of(house.store, Lot)) == 1
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000, ("A1", "Cupboard"): 5000}


def test_expired_goods_that_are_there_are_brought_forward_without_a_decision(house: House) -> None:
    filler = house.product("Filler")

    bring(house, scanned(house.clinic.fridge, gs1(filler.gtin, "A1", date(2025, 6, 30))))

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000}


def test_once_goods_have_moved_opening_stock_is_closed(house: House) -> None:
    filler, fridge = house.product("Filler"), house.clinic.fridge
    take_in(house, scanned(fridge, gs1(filler.gtin, "A1")))
    house.manager  # noqa: B018 - employed before the books are looked at
    before = size_of_books(house.store)

    with pytest.raises(BooksUnderWay) as refused:
        bring(house, scanned(fridge, gs1(filler.gtin, "B1")))

    assert refused.value.kind == "receive"
    assert size_of_books(house.store) == before


def test_another_clinic_that_works_already_is_no_hindrance(house: House) -> None:
    filler, other = house.product("Filler"), house.another_clinic()
    take_in(house, scanned(other.fridge, gs1(filler.gtin, "A1")), actor=other.nurse)

    bring(house, scanned(house.clinic.fridge, gs1(filler.gtin, "A1")))

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000}


def test_what_cannot_be_opening_stock_is_refused(house: House) -> None:
    filler, clinic, other = house.product("Filler"), house.clinic, house.another_clinic()
    take_in(house, scanned(other.fridge, gs1(filler.gtin, "X1")), actor=other.nurse)
    refusals = [
        (
            ExpiryMissing,
            ArrivingLine(location_uid=clinic.fridge.uid, product_uid=filler.uid, lot_number="A1"),
        ),
        (
            LotNumberMissing,
            ArrivingLine(location_uid=clinic.fridge.uid, product_uid=filler.uid, expires_on=FAR),
        ),
        (NotAShelf, scanned(clinic.account(LocationKind.DISPOSAL), gs1(filler.gtin, "A1"))),
        (LotExpiryDiffers, scanned(clinic.fridge, gs1(filler.gtin, "X1", FAR - timedelta(days=1)))),
    ]
    before = size_of_books(house.store)

    for kind, line in refusals:
        with pytest.raises(kind):
            bring(house, scanned(clinic.fridge, gs1(filler.gtin, "C1")), line)

    assert size_of_books(house.store) == before


def test_nothing_is_brought_forward_before_the_books_begin(house: House) -> None:
    filler, later = house.product("Filler"), NOW.date() + timedelta(days=30)
    founded = found_clinic(
        house.store,
        FoundClinic(
            name="Pirin", time_zone="Europe/Sofia", country="BG", currency="EUR", books_begin_on=later
        ),
        actor=house.system,
        key=key(),
        now=NOW,
    )
    with house.store.reading() as connection:
        clinic_id = connection.execute(select(Clinic.id).where(Clinic.uid == founded.clinic_uid)).scalar_one()
        system = system_actor(connection, device="test", clinic_id=clinic_id, clinic_uid=founded.clinic_uid)
    line = ArrivingLine(
        location_uid=founded.quarantine_uid, product_uid=filler.uid, lot_number="A1", expires_on=FAR
    )

    with pytest.raises(OccursInFuture):
        bring_forward(house.store, BringForward(lines=(line,)), actor=system, key=key(), now=NOW)


def test_a_nurse_does_not_bring_forward(house: House) -> None:
    command = BringForward(lines=(scanned(house.clinic.fridge, gs1(house.product("Filler").gtin, "A1")),))

    with pytest.raises(ActionForbidden):
        bring_forward(house.store, command, actor=house.nurse, key=key(), now=NOW)


def test_the_same_key_brings_forward_once(house: House) -> None:
    command = BringForward(lines=(scanned(house.clinic.fridge, gs1(house.product("Filler").gtin, "A1")),))

    first = bring_forward(house.store, command, actor=house.manager, key="once", now=NOW)
    second = bring_forward(house.store, command, actor=house.manager, key="once", now=NOW)

    assert first == second
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000}
