"""Is what was kept for yesterday's sessions given back, once, and what is under way left alone?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.jobs.runner import run
from stockroom.models import Allocation, Balance
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.rules.allocating import is_overdue
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason, SessionState
from tests.builders import NOW, House, LotAt, key
from tests.jobs.shop import alert_rows, at, shop_of, written
from tests.sessions import advance, rows, session


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _kept(house: House, lot: LotAt, quantity: int = 5000) -> str:
    session_uid = session(house)
    allocate(
        house.store,
        Allocate(session_uid=session_uid, thing=ThingName(lot_uid=lot.uid), quantity=quantity),
        actor=house.nurse,
        key=key("keep"),
        now=NOW,
    )
    return session_uid


def test_what_was_kept_for_yesterday_is_given_back_once(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    _kept(house, lot)
    _kept(house, lot)
    shop = shop_of(house.store)

    same_day = run(at(shop, NOW.replace(hour=21, minute=59)), "release-allocations")
    next_day = run(at(shop, NOW.replace(hour=22)), "release-allocations")  # midnight in Sofia
    again = run(at(shop, NOW.replace(hour=22)), "release-allocations")

    assert [(each.done, each.failed) for each in (same_day, next_day, again)] == [(0, 0), (2, 0), (0, 0)]
    assert [row.state for row in rows(house.store, Allocation)] == ["released", "released"]
    assert [row.allocated for row in rows(house.store, Balance, lot_id=lot.id)] == [0]


def test_a_visit_that_runs_past_midnight_keeps_what_it_was_promised(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    session_uid = _kept(house, lot)
    advance(house, session_uid, SessionState.ARRIVED, SessionState.IN_TREATMENT)
    shop = shop_of(house.store)

    past_midnight = run(at(shop, NOW.replace(hour=23)), "release-allocations")
    a_day_later = run(at(shop, NOW + timedelta(days=1)), "release-allocations")

    assert (past_midnight.done, a_day_later.done) == (0, 1)


def test_an_alert_of_a_lost_promise_ends_with_its_sessions_day(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    _kept(house, lot)
    dispose(
        house.store,
        Dispose(
            lines=(DisposalOf(thing=ThingName(lot_uid=lot.uid), quantity=5000),),
            reason=DisposalReason.BROKEN,
        ),
        actor=house.nurse,
        key=key("dispose"),
        now=NOW,
    )
    shop = shop_of(house.store)

    run(shop, "release-allocations")
    before = [row.state for row in alert_rows(house.store, kind="allocation_lost")]
    run(at(shop, NOW + timedelta(days=1)), "release-allocations")

    assert before == ["open"]
    assert [row.state for row in alert_rows(house.store, kind="allocation_lost")] == ["resolved"]


def test_one_promise_that_cannot_be_given_back_stops_no_other(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lots = [house.clinic.lot_on_shelf(product, f"A{number}") for number in range(3)]
    for lot in lots:
        _kept(house, lot)
    written(sqlite_store, f"UPDATE balance SET allocated = 0 WHERE lot_id = {lots[1].id}")

    report = run(at(shop_of(sqlite_store), NOW + timedelta(days=1)), "release-allocations")

    bad = next(row for row in rows(sqlite_store, Allocation) if row.lot_id == lots[1].id)
    assert (report.done, report.failed) == (2, 1)
    assert report.notes[0].startswith(f"allocation {bad.uid}: ")


@pytest.mark.parametrize(
    ("hours", "state", "overdue"),
    [
        (0, SessionState.PLANNED, False),
        (13, SessionState.PLANNED, False),
        (14, SessionState.PLANNED, True),
        (14, SessionState.IN_TREATMENT, False),
        (24, SessionState.IN_TREATMENT, True),
        (14, SessionState.FINISHED, True),
    ],
)
def test_a_promise_is_overdue_when_its_day_in_the_clinic_is_over(
    hours: int, state: SessionState, overdue: bool
) -> None:
    assert is_overdue(NOW, state, now=NOW + timedelta(hours=hours), zone="Europe/Sofia") is overdue
