"""Do goods get to another place of the clinic, with their holds and promises?"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import ThingNotFound
from stockroom.ledger import allocations
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.holds import NewHold, place
from stockroom.ledger.verify import verify
from stockroom.models import (
    Alert,
    Allocation,
    Balance,
    Container,
    HoldPlace,
    Lot,
    Patient,
    Placing,
    TreatmentSession,
)
from stockroom.operations.move_goods import (
    ContainerNotOpen,
    GoodsMoved,
    MoveGoods,
    MoveLine,
    PlaceContainer,
    move_goods,
    place_container,
)
from stockroom.reads.locations import NotAShelf
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.posting import LineImpossible, PartOfPresentation
from stockroom.vocabulary import ContainerState, ContainerType, HoldReason, LocationKind, SessionState
from tests.builders import FAR, NOW, Goods, House, LotAt, Place, key
from tests.cocktails import add, balances, begin, finish, patient_with_session
from tests.operations.test_add_ingredient import glow
from tests.operations.test_finish_preparation import Bench
from tests.patients import register
from tests.receiving import journalled, lines_of, on_shelves, opened, rows_of, size_of_books
from tests.sessions import opened as open_vial


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def filler(house: House) -> Goods:
    return house.product("Filler")


def move(
    house: House, lot: LotAt, quantity: int, to: Place, *, source: Place | None = None, actor: Any = None
) -> GoodsMoved:
    line = MoveLine(lot_uid=lot.uid, from_uid=(source or house.clinic.fridge).uid, quantity=quantity)
    command = MoveGoods(to_uid=to.uid, lines=(line,), reason="Tidying up")
    return move_goods(house.store, command, actor=actor or house.nurse, key=key(), now=NOW)


def hold(house: House, lot: LotAt, at: Place) -> None:
    """Hold what lies of a lot at a place."""
    new = NewHold(reason=HoldReason.TEMPERATURE, note="Warm", places=((lot.id, at.id),))
    house.clinic.act("test.hold", lambda work: place(work, new))


def promise(house: House, lot: LotAt, quantity: int) -> None:
    """Promise a quantity of a lot in the fridge to a planned session."""

    patient_uid = register(house, "Invented Patient").patient_uid

    def body(work: Work) -> None:
        patient_id = work.connection.execute(
            select(Patient.id).where(Patient.uid == patient_uid)
        ).scalar_one()
        session_id = work.connection.execute(
            insert(TreatmentSession)
            .values(
                uid=new_uid(NOW),
                clinic_id=work.clinic_id,
                patient_id=patient_id,
                state=SessionState.PLANNED,
                short_code=new_uid(NOW)[-6:],
                planned_at=NOW,
                created_at=NOW,
                updated_at=NOW,
            )
            .returning(TreatmentSession.id)
        ).scalar_one()
        allocations.allocate(
            work,
            allocations.Promise(
                lot_id=lot.id,
                lot_number=lot.number,
                location_id=house.clinic.fridge.id,
                quantity=quantity,
                session_id=session_id,
            ),
        )

    house.clinic.act("test.promise", body)


def allocated(house: House, lot: LotAt) -> dict[int, int]:
    """Base units promised of a lot, by place."""
    rows = rows_of(house.store, Balance, Balance.lot_id == lot.id)
    return {row.location_id: row.allocated for row in rows if row.allocated}


def test_goods_move_from_shelf_to_shelf(house: House, filler: Goods) -> None:
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=3)

    moved = move(house, lot, 10_000, house.clinic.cupboard)

    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000, ("A1", "Cupboard"): 10_000}
    assert lines_of(house.clinic, moved.movement_uid) == [("A1", "fridge", "cupboard", 10_000)]
    assert moved.lost_allocation_uids == ()
    assert len(journalled(house.clinic, "goods.move")) == 1


def test_held_and_expired_goods_move_and_the_hold_goes_with_them(house: House, filler: Goods) -> None:
    clinic = house.clinic
    lot = clinic.lot_on_shelf(filler, "A1", presentations=2, expires_on=date(2026, 2, 28))
    hold(house, lot, clinic.fridge)

    move(house, lot, 5000, clinic.cupboard)
    move(house, lot, 5000, clinic.room, source=clinic.cupboard)

    covered = {row.location_id for row in rows_of(house.store, HoldPlace, HoldPlace.lot_id == lot.id)}
    assert covered == {clinic.fridge.id, clinic.cupboard.id, clinic.room.id}
    assert on_shelves(clinic) == {("A1", "Fridge"): 5000, ("A1", "Room 1"): 5000}


def test_goods_that_are_not_held_bring_no_hold(house: House, filler: Goods) -> None:
    held, free = (house.clinic.lot_on_shelf(filler, number, expires_on=FAR) for number in ("A1", "B1"))
    hold(house, held, house.clinic.fridge)

    move(house, free, 5000, house.clinic.cupboard)

    assert rows_of(house.store, HoldPlace, HoldPlace.lot_id == free.id) == []


def test_promises_that_no_longer_fit_go_with_the_goods(house: House, filler: Goods) -> None:
    clinic, lot = house.clinic, house.clinic.lot_on_shelf(filler, "A1", presentations=3)
    promise(house, lot, 8000)

    move(house, lot, 10_000, clinic.cupboard)

    assert allocated(house, lot) == {clinic.fridge.id: 5000, clinic.cupboard.id: 3000}
    rows = rows_of(house.store, Allocation)
    assert sorted((row.state, row.quantity) for row in rows) == [
        ("active", 3000), ("active", 5000), ("released", 8000)
    ]  # fmt: skip
    assert len({row.session_id for row in rows}) == 1


def test_promises_that_still_fit_stay(house: House, filler: Goods) -> None:
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=3)
    promise(house, lot, 5000)

    move(house, lot, 10_000, house.clinic.cupboard)

    assert allocated(house, lot) == {house.clinic.fridge.id: 5000}


def test_what_goes_to_quarantine_is_promised_to_nobody_any_more(house: House, filler: Goods) -> None:
    lot = house.clinic.lot_on_shelf(filler, "A1")
    promise(house, lot, 2000)

    moved = move(house, lot, 5000, house.clinic.account(LocationKind.QUARANTINE))

    assert allocated(house, lot) == {}
    rows = rows_of(house.store, Allocation)
    assert [(row.state, row.uid) for row in rows] == [("lost", moved.lost_allocation_uids[0])]
    assert [row.subject_uid for row in rows_of(house.store, Alert)] == list(moved.lost_allocation_uids)


def test_an_impossible_move_leaves_everything_as_it_was(house: House, filler: Goods) -> None:
    clinic, lot = house.clinic, house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    other = house.another_clinic()
    foreign = other.lot_on_shelf(filler, "Z1")
    promise(house, lot, 8000)
    cases: list[tuple[type[Exception], LotAt, int, Place]] = [
        (NotEnoughOnHand, lot, 15_000, clinic.cupboard),
        (PartOfPresentation, lot, 2500, clinic.cupboard),
        (LineImpossible, lot, 0, clinic.cupboard),
        (LineImpossible, lot, -5000, clinic.cupboard),
        (LineImpossible, lot, 5000, clinic.fridge),
        (NotAShelf, lot, 5000, clinic.account(LocationKind.DISPOSAL)),
        (ThingNotFound, lot, 5000, other.cupboard),
        (ThingNotFound, foreign, 5000, clinic.cupboard),
    ]
    house.nurse  # noqa: B018 - employed before the books are looked at
    before, promised, books = on_shelves(clinic), allocated(house, lot), size_of_books(house.store)

    for kind, which, quantity, to in cases:
        with pytest.raises(kind):
            move(house, which, quantity, to)

    assert (on_shelves(clinic), allocated(house, lot)) == (before, promised)
    assert size_of_books(house.store) == books


def test_an_auditor_moves_nothing(house: House, filler: Goods) -> None:
    lot = house.clinic.lot_on_shelf(filler, "A1")

    with pytest.raises(ActionForbidden):
        move(house, lot, 5000, house.clinic.cupboard, actor=house.clinic.auditor)


def test_the_same_key_moves_once(house: House, filler: Goods) -> None:
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    line = MoveLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=5000)
    command = MoveGoods(to_uid=house.clinic.cupboard.uid, lines=(line,))

    first = move_goods(house.store, command, actor=house.nurse, key="once", now=NOW)
    second = move_goods(house.store, command, actor=house.nurse, key="once", now=NOW)

    assert first == second
    assert on_shelves(house.clinic) == {("A1", "Fridge"): 5000, ("A1", "Cupboard"): 5000}


def test_an_opened_container_is_put_elsewhere(house: House, filler: Goods) -> None:
    clinic = house.clinic
    uid = opened(clinic, clinic.lot_on_shelf(filler, "A1")).uid

    place_container(
        house.store, PlaceContainer(container_uid=uid, to_uid=clinic.room.uid),
        actor=house.nurse, key=key(), now=NOW,
    )  # fmt: skip

    assert rows_of(house.store, Container)[0].stands_in_id == clinic.room.id
    placing = rows_of(house.store, Placing)[0]
    assert (placing.location_id, placing.placed_at, placing.placed_by_id) == (
        clinic.room.id, NOW, house.nurse.person_id
    )  # fmt: skip
    assert len(journalled(clinic, "container.place")) == 1


def test_what_is_no_open_container_here_is_not_placed(house: House, filler: Goods) -> None:
    clinic, other = house.clinic, house.another_clinic()
    finished = opened(clinic, clinic.lot_on_shelf(filler, "A1"), ContainerState.FINISHED).uid
    cases: list[tuple[type[Exception], str, str, Any]] = [
        (ContainerNotOpen, finished, clinic.room.uid, house.nurse),
        (ThingNotFound, clinic.fridge.uid, clinic.room.uid, house.nurse),
        (ThingNotFound, finished, other.room.uid, other.nurse),
    ]

    for kind, uid, to_uid, actor in cases:
        with pytest.raises(kind):
            command = PlaceContainer(container_uid=uid, to_uid=to_uid)
            place_container(house.store, command, actor=actor, key=key(), now=NOW)

    assert rows_of(house.store, Placing) == []


def test_what_an_open_cocktail_keeps_is_kept_for_it_where_it_goes(store: Store) -> None:
    bench = Bench(store)
    cupboard = bench.house.clinic.cupboard

    moved = move(bench.house, bench.ampoule_lot, 2_000, cupboard)

    assert moved.lost_allocation_uids == ()
    finish(bench.house, bench.draft)
    assert balances(store)[bench.ampoule_lot.id, cupboard.id] == (0, 0)
    assert verify(store).findings == ()


def test_what_an_open_cocktail_keeps_is_lost_where_only_a_part_of_it_goes(store: Store) -> None:
    house = House(store)
    ampoule = house.product("Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(ampoule, "B1", presentations=2)
    draft = begin(house, glow(house, (ampoule.uid, 3000)), patient_with_session(house, "Ana A"))
    add(house, draft.preparation_uid, lot_uid=lot.uid)
    assert allocated(house, lot) == {house.clinic.fridge.id: 4_000}

    moved = move(house, lot, 2_000, house.clinic.cupboard)

    assert len(moved.lost_allocation_uids) == 1
    assert allocated(house, lot) == {}
    assert [alert.kind for alert in rows_of(house.store, Alert)] == ["allocation_lost"]


def test_a_vial_keeps_for_less_long_where_it_is_warmer_and_never_longer_again(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", in_use_minutes_room=60, in_use_minutes_refrigerated=600)
    vial = open_vial(house, house.clinic.lot_on_shelf(filler, "A1"))
    clinic = house.clinic
    draft = begin(house, glow(house, (filler.uid, 2000)), patient_with_session(house, "Ana A"))
    add(house, draft.preparation_uid, location_uid=vial.container_uid)
    made = finish(house, draft.preparation_uid)
    assert made.beyond_use_at > NOW + timedelta(minutes=60)

    def put(to: Place) -> datetime | None:
        command = PlaceContainer(container_uid=vial.container_uid, to_uid=to.uid)
        return place_container(store, command, actor=house.nurse, key=key(), now=NOW).beyond_use_at

    assert vial.beyond_use_at == NOW + timedelta(minutes=600)
    assert put(clinic.room) == NOW + timedelta(minutes=60)
    assert put(clinic.fridge) == NOW + timedelta(minutes=60)
    assert rows_of(store, Lot, Lot.uid == made.lot_uid)[0].beyond_use_at == NOW + timedelta(minutes=60)
    assert verify(store).findings == ()
