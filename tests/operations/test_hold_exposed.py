"""Does one act hold what lay there since the last good reading, wherever it is now, and nothing else?"""

from __future__ import annotations

from datetime import datetime

import pytest

from stockroom.db.store import Store
from stockroom.models import ClinicHold, HoldPlace
from stockroom.operations.hold_exposed import ExposedHeld, HoldExposed, NothingToHold, hold_exposed
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.reads.exposures import ExcursionDecided
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, LotAt, Place, key
from tests.correcting import books_are_true, nothing_moves, open_vial, prepare, rows, use, visit
from tests.thermometers import HOUR, read, warm_fridge

MORNING = NOW - 10 * HOUR
"""When the fridge was last seen good."""


def hold(house: House, excursion_uid: str, *, at: datetime = NOW, named: str | None = None) -> ExposedHeld:
    return hold_exposed(
        house.store, HoldExposed(excursion_uid=excursion_uid), actor=house.nurse, key=named or key(), now=at
    )


def held(store: Store) -> set[tuple[int, int]]:
    return {(row.lot_id, row.location_id) for row in rows(store, HoldPlace)}


def move(house: House, lot: LotAt, to: Place, quantity: int, *, at: datetime) -> None:
    line = MoveLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=quantity)
    move_goods(
        house.store, MoveGoods(to_uid=to.uid, lines=(line,)), actor=house.nurse, key=key("move"), now=at
    )


def test_what_lies_there_and_what_left_since_the_last_good_reading_is_held(store: Store) -> None:
    house = House(store)
    clinic, product = house.clinic, house.product("Filler")
    stays = clinic.lot_on_shelf(product, "STAYS")
    leaves = clinic.lot_on_shelf(product, "LEAVES", presentations=2)
    left_before = clinic.lot_on_shelf(product, "BEFORE")
    elsewhere = clinic.lot_on_shelf(product, "ELSEWHERE", at=clinic.cupboard)
    move(house, left_before, clinic.cupboard, 5000, at=MORNING - HOUR)
    excursion = warm_fridge(clinic, good_at=MORNING)
    move(house, leaves, clinic.room, 5000, at=NOW)

    done = hold(house, excursion, named="hold it")
    again = hold(house, excursion, named="hold it")

    assert again == done
    assert held(store) == {
        (stays.id, clinic.fridge.id), (leaves.id, clinic.fridge.id), (leaves.id, clinic.room.id)
    }  # fmt: skip
    assert {(row.reason, row.origin_uid) for row in rows(store, ClinicHold)} == {("temperature", excursion)}
    assert elsewhere.id not in {lot for lot, _ in held(store)}
    with nothing_moves(store), pytest.raises(NothingToHold):
        hold(house, excursion)
    books_are_true(store)


def test_opened_vials_and_cocktails_made_of_it_meanwhile_are_held_and_uses_counted(store: Store) -> None:
    house = House(store)
    clinic, product = house.clinic, house.product("Filler")
    lot = clinic.lot_on_shelf(product, "A1", presentations=2)
    excursion_from = MORNING
    read(clinic, 45, at=excursion_from)
    vial = open_vial(clinic, product, lot, now=MORNING + HOUR)
    mixed, _ = prepare(clinic, (lot, vial.place, 1000), output=1000, at=clinic.room, now=MORNING + 2 * HOUR)
    use(clinic, visit(house), (lot, vial.place, 500), now=MORNING + 3 * HOUR)
    excursion = read(clinic, 124).excursion_uids[0]

    done = hold(house, excursion)

    assert held(store) == {
        (lot.id, clinic.fridge.id), (lot.id, vial.location_id), (mixed.id, clinic.room.id)
    }  # fmt: skip
    assert (done.spot_count, done.gone_count) == (3, 1)


def test_what_came_after_it_was_good_again_is_not_held(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic, product = house.clinic, house.product("Filler")
    there = clinic.lot_on_shelf(product, "THERE")
    excursion = warm_fridge(clinic, good_at=MORNING, out_at=MORNING + HOUR)
    read(clinic, 46, at=MORNING + 3 * HOUR)
    clinic.lot_on_shelf(product, "LATER", now=MORNING + 5 * HOUR)

    hold(house, excursion)

    assert held(sqlite_store) == {(there.id, clinic.fridge.id)}


def test_a_place_never_seen_good_holds_what_lies_there_now(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic, product = house.clinic, house.product("Filler")
    there = clinic.lot_on_shelf(product, "THERE")
    excursion = read(clinic, 124).excursion_uids[0]

    hold(house, excursion)

    assert held(sqlite_store) == {(there.id, clinic.fridge.id)}


def test_nothing_lay_there_so_that_nothing_is_held(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    excursion, _ = warm_fridge(house.clinic), house.nurse

    with nothing_moves(sqlite_store), pytest.raises(NothingToHold):
        hold(house, excursion)


def test_somebody_who_may_not_hold_does_not(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    excursion = warm_fridge(house.clinic)
    command = HoldExposed(excursion_uid=excursion)

    with pytest.raises(ActionForbidden):
        hold_exposed(sqlite_store, command, actor=house.clinic.auditor, key=key(), now=NOW)


def test_a_hold_after_the_decision_is_refused(sqlite_store: Store) -> None:
    from stockroom.operations.decide_excursion import DecideExcursion, decide_excursion
    from stockroom.rules.temperatures import Verdict

    house = House(sqlite_store)
    excursion = warm_fridge(house.clinic)
    decide_excursion(
        sqlite_store,
        DecideExcursion(excursion_uid=excursion, verdict=Verdict.RELEASE, reason="nothing lay there"),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    with pytest.raises(ExcursionDecided):
        hold(house, excursion)


def test_a_vial_that_was_carried_away_meanwhile_is_held_where_it_stands(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic, product = house.clinic, house.product("Filler")
    lot = clinic.lot_on_shelf(product, "A1", at=clinic.cupboard)
    stood = open_vial(clinic, product, lot, at=clinic.cupboard, now=MORNING - HOUR)
    excursion = warm_fridge(clinic, good_at=MORNING)

    with pytest.raises(NothingToHold):
        hold(house, excursion)

    assert stood.location_id not in {place for _, place in held(sqlite_store)}
    assert clinic.account(LocationKind.QUARANTINE).id not in {place for _, place in held(sqlite_store)}
