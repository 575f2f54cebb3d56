"""Do goods leave for another clinic on a document, and only what may be sent?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.holds import NewHold, place
from stockroom.models import Deviation, Transfer, TransferLine
from stockroom.operations.dispatch_goods import (
    DispatchGoods,
    DispatchLine,
    GoodsDispatched,
    dispatch_goods,
)
from stockroom.rules.overriding import LotExpired, LotOnHold, LotRecalled, NotInUsablePlace, Override
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.posting import PartOfPresentation
from stockroom.vocabulary import HoldReason, LocationKind, Rule
from tests.builders import FAR, NOW, Clinic, House, LotAt, Place, key
from tests.receiving import gs1, journalled, lines_of, on_shelves, rows_of, scanned, size_of_books, take_in


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def rila(house: House) -> Clinic:
    return house.another_clinic("Rila")


def send(
    house: House, to: Clinic, *goods: tuple[LotAt, int, Place], actor: Any = None, **more: Any
) -> GoodsDispatched:
    lines = tuple(
        DispatchLine(lot_uid=lot.uid, from_uid=source.uid, quantity=quantity)
        for lot, quantity, source in goods
    )
    command = DispatchGoods(to_clinic_uid=to.uid, lines=lines, **more)
    return dispatch_goods(house.store, command, actor=actor or house.nurse, key=key(), now=NOW)


def test_goods_leave_the_shelf_on_a_transfer_document(house: House, rila: Clinic) -> None:
    clinic = house.clinic
    lot = clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)

    sent = send(house, rila, (lot, 10_000, clinic.fridge))

    assert on_shelves(clinic) == {("A1", "Fridge"): 5000}
    assert on_shelves(rila) == {}
    assert lines_of(clinic, sent.movement_uid) == [("A1", "fridge", "in_transit", 10_000)]
    transfer = rows_of(house.store, Transfer)[0]
    assert (transfer.uid, transfer.state) == (sent.transfer_uid, "dispatched")
    assert (transfer.from_clinic_id, transfer.to_clinic_id) == (clinic.id, rila.id)
    line = rows_of(house.store, TransferLine)[0]
    assert (line.lot_number, line.expires_on, line.dispatched_quantity) == ("A1", FAR, 10_000)
    assert len(journalled(clinic, "goods.dispatch")) == 1


def test_a_lot_from_two_shelves_is_one_line_of_the_document(house: House, rila: Clinic) -> None:
    clinic = house.clinic
    filler = house.product("Filler")
    lot = clinic.lot_on_shelf(filler, "A1")
    take_in(house, scanned(clinic.cupboard, gs1(filler.gtin, "A1")))

    send(house, rila, (lot, 5000, clinic.fridge), (lot, 5000, clinic.cupboard))

    assert [(line.n, line.dispatched_quantity) for line in rows_of(house.store, TransferLine)] == [
        (1, 10_000)
    ]


def test_what_may_not_be_used_is_not_sent(house: House, rila: Clinic) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    quarantine = clinic.account(LocationKind.QUARANTINE)
    expired = clinic.lot_on_shelf(filler, "A1", expires_on=date(2026, 3, 1))
    aside = clinic.lot_on_shelf(filler, "B1", at=quarantine)
    held = clinic.lot_on_shelf(filler, "C1")
    recalled = clinic.lot_on_shelf(filler, "D1")
    for lot, reason in ((held, HoldReason.SUSPICION), (recalled, HoldReason.RECALL)):
        hold = NewHold(reason=reason, note="Test", lot_id=lot.id)
        clinic.act("test.hold", lambda work, hold=hold: place(work, hold))
    cases: list[tuple[type[Exception], LotAt, Place]] = [
        (LotExpired, expired, clinic.fridge),
        (NotInUsablePlace, aside, quarantine),
        (LotOnHold, held, clinic.fridge),
        (LotRecalled, recalled, clinic.fridge),
    ]
    house.nurse  # noqa: B018 - employed before the books are looked at
    before, books = on_shelves(clinic), size_of_books(house.store)

    for kind, lot, source in cases:
        with pytest.raises(kind):
            send(house, rila, (lot, 5000, source))

    assert (on_shelves(clinic), size_of_books(house.store)) == (before, books)
    assert rows_of(house.store, Transfer) == []
    assert len(journalled(clinic, "refusal")) == len(cases)


def test_a_manager_sends_expired_goods_with_a_reason_and_a_deviation(house: House, rila: Clinic) -> None:
    clinic = house.clinic
    lot = clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=date(2026, 3, 1))
    override = Override(rules=frozenset({Rule.EXPIRED}), reason="Rila collects for destruction")

    sent = send(house, rila, (lot, 5000, clinic.fridge), actor=house.manager, override=override)

    assert sent.overridden == ("expired",)
    deviation = rows_of(house.store, Deviation)[0]
    assert (deviation.rule, deviation.lot_id, deviation.was_asked) == ("expired", lot.id, True)


def test_a_recall_is_never_overridden(house: House, rila: Clinic) -> None:
    clinic = house.clinic
    lot = clinic.lot_on_shelf(house.product("Filler"), "A1")
    clinic.act(
        "test.hold", lambda work: place(work, NewHold(reason=HoldReason.RECALL, note="X", lot_id=lot.id))
    )
    override = Override(rules=frozenset(Rule), reason="All the same")

    with pytest.raises(LotRecalled):
        send(house, rila, (lot, 5000, clinic.fridge), actor=house.manager, override=override)


def test_an_impossible_dispatch_leaves_everything_as_it_was(house: House, rila: Clinic) -> None:
    clinic, filler = house.clinic, house.product("Filler")
    lot, foreign = clinic.lot_on_shelf(filler, "A1"), rila.lot_on_shelf(filler, "Z1")
    house.nurse, clinic.cupboard, rila.fridge  # noqa: B018 - made before the books are looked at
    cases: list[tuple[type[Exception], Clinic, tuple[LotAt, int, Place]]] = [
        (NotEnoughOnHand, rila, (lot, 10_000, clinic.fridge)),
        (NotEnoughOnHand, rila, (lot, 5000, clinic.cupboard)),
        (PartOfPresentation, rila, (lot, 2500, clinic.fridge)),
        (InvalidValue, clinic, (lot, 5000, clinic.fridge)),
        (ThingNotFound, rila, (foreign, 5000, clinic.fridge)),
        (ThingNotFound, rila, (lot, 5000, rila.fridge)),
    ]
    before, books = on_shelves(clinic), size_of_books(house.store)

    for kind, to, goods in cases:
        with pytest.raises(kind):
            send(house, to, goods)

    assert (on_shelves(clinic), size_of_books(house.store)) == (before, books)
    assert rows_of(house.store, Transfer) == []


def test_a_practitioner_dispatches_nothing(house: House, rila: Clinic) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")

    with pytest.raises(ActionForbidden):
        send(house, rila, (lot, 5000, house.clinic.fridge), actor=house.practitioner)


def test_the_same_key_dispatches_once(house: House, rila: Clinic) -> None:
    clinic = house.clinic
    lot = clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    line = DispatchLine(lot_uid=lot.uid, from_uid=clinic.fridge.uid, quantity=5000)
    command = DispatchGoods(to_clinic_uid=rila.uid, lines=(line,))

    first = dispatch_goods(house.store, command, actor=house.nurse, key="once", now=NOW)
    second = dispatch_goods(house.store, command, actor=house.nurse, key="once", now=NOW)

    assert first == second
    assert on_shelves(clinic) == {("A1", "Fridge"): 5000}
