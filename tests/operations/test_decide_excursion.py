"""Is it decided once, signed, about everything that lay there: release, dispose, or some of each?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Alert, ClinicHold, Container, Movement, Signature, TemperatureExcursion
from stockroom.operations.decide_excursion import (
    DecideExcursion,
    ExcursionSettled,
    HeldGoodsChanged,
    HeldThing,
    NotHeldYet,
    decide_excursion,
)
from stockroom.operations.hold_exposed import HoldExposed, hold_exposed
from stockroom.reads.exposures import ExcursionDecided
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.temperatures import Verdict
from stockroom.vocabulary import SignOnWay
from tests.builders import NOW, House, LotAt, key
from tests.correcting import Vial, books_are_true, nothing_moves, open_vial, rows
from tests.thermometers import HOUR, warm_fridge

REASON = "the manufacturer's stability data allow 24 hours at 15 degrees"


def warm_and_held(house: House) -> tuple[str, LotAt, LotAt, Vial]:
    """Two lots and an opened vial of the first lay in the fridge, and are held."""
    clinic, product = house.clinic, house.product("Filler")
    first = clinic.lot_on_shelf(product, "A1", presentations=2)
    second = clinic.lot_on_shelf(product, "B2")
    vial = open_vial(clinic, product, first)
    excursion = warm_fridge(clinic)
    hold_exposed(house.store, HoldExposed(excursion_uid=excursion), actor=house.nurse, key=key(), now=NOW)
    return excursion, first, second, vial


def decide(house: House, excursion: str, verdict: Verdict, **more: Any) -> ExcursionSettled:
    return decide_excursion(
        house.store,
        DecideExcursion(excursion_uid=excursion, verdict=verdict, reason=REASON, **more),
        actor=house.manager,
        key=key(),
        now=NOW + HOUR,
    )


def test_released_goods_stay_and_are_no_longer_held(store: Store) -> None:
    house = House(store)
    excursion, first, second, _ = warm_and_held(house)

    done = decide(house, excursion, Verdict.RELEASE, way=SignOnWay.BADGE)

    assert (done.released_count, done.disposed_count, done.movement_uid) == (3, 0, None)
    assert [(h.release_note, h.released_by_id) for h in rows(store, ClinicHold)] == [
        (REASON, house.manager.person_id)
    ]
    assert (house.clinic.on_hand(first), house.clinic.on_hand(second)) == (5000, 5000)
    (alert,) = rows(store, Alert)
    assert (alert.kind, alert.state, alert.resolved_at) == ("temperature_out", "resolved", NOW + HOUR)
    (signature,) = rows(store, Signature)
    assert (signature.person_id, signature.meaning, signature.way, signature.act, signature.signed_at) == (
        house.manager.person_id,
        "decided",
        "badge",
        "temperature.decide",
        NOW + HOUR,
    )
    (row,) = rows(store, TemperatureExcursion)
    assert (row.verdict, row.reason, row.decided_by_id) == ("release", REASON, house.manager.person_id)
    books_are_true(store)


def test_disposed_goods_go_in_one_movement_with_their_vials(store: Store) -> None:
    house = House(store)
    excursion, first, second, _ = warm_and_held(house)
    before = len(rows(store, Movement))

    done = decide(house, excursion, Verdict.DISPOSE)

    assert (done.released_count, done.disposed_count) == (0, 3)
    assert (house.clinic.on_hand(first), house.clinic.on_hand(second)) == (0, 0)
    new = rows(store, Movement)[before:]
    assert [(m.kind, m.document_kind, m.document_uid, m.reason) for m in new] == [
        ("dispose", "temperature_excursion", excursion, "temperature")
    ]
    assert [c.state for c in rows(store, Container)] == ["discarded"]
    books_are_true(store)


def test_a_part_is_thrown_away_and_the_rest_released(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    excursion, first, second, _ = warm_and_held(house)
    thrown = HeldThing(lot_uid=second.uid, location_uid=house.clinic.fridge.uid)

    done = decide(house, excursion, Verdict.PART, disposed=(thrown,))

    assert (done.verdict, done.released_count, done.disposed_count) == (Verdict.PART, 2, 1)
    assert (house.clinic.on_hand(first), house.clinic.on_hand(second)) == (5000, 0)


def test_a_decision_is_written_once_and_the_database_keeps_it(store: Store) -> None:
    house = House(store)
    excursion, *_ = warm_and_held(house)
    decide(house, excursion, Verdict.RELEASE)

    with nothing_moves(store), pytest.raises(ExcursionDecided):
        decide(house, excursion, Verdict.DISPOSE)
    with store.engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text("UPDATE temperature_excursion SET reason = 'otherwise'"))


def test_nothing_that_lay_there_is_left_out_of_the_decision(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    excursion, _ = warm_fridge(house.clinic), house.manager

    with nothing_moves(sqlite_store), pytest.raises(NotHeldYet):
        decide(house, excursion, Verdict.RELEASE)


def test_goods_that_are_not_held_there_are_not_thrown_away(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    excursion, _, second, _ = warm_and_held(house)
    astray = HeldThing(lot_uid=second.uid, location_uid=house.clinic.cupboard.uid)
    _ = house.manager

    with nothing_moves(sqlite_store), pytest.raises(HeldGoodsChanged):
        decide(house, excursion, Verdict.PART, disposed=(astray,))


def test_a_decision_says_on_what_it_rests_and_is_a_manager_s_or_a_practitioner_s(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    excursion, *_ = warm_and_held(house)

    for verdict, reason, error, actor in (
        (Verdict.RELEASE, " ", InvalidValue, house.manager),
        (Verdict.MISTAKEN, REASON, InvalidValue, house.manager),
        (Verdict.PART, REASON, InvalidValue, house.manager),
        (Verdict.RELEASE, REASON, ActionForbidden, house.nurse),
        (Verdict.RELEASE, REASON, ThingNotFound, house.another_clinic().manager),
    ):
        command = DecideExcursion(excursion_uid=excursion, verdict=verdict, reason=reason)
        with pytest.raises(error):
            decide_excursion(sqlite_store, command, actor=actor, key=key(), now=NOW)
