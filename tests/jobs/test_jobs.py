"""Is each slot run once, by one holder at a time, however many processes ring and however they end?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.db.transaction import errand
from stockroom.errors import Unavailable
from stockroom.jobs import claiming, runner, schedule
from stockroom.jobs.claiming import TAKE_OVERS_MAX, Outcome
from stockroom.jobs.runner import BODIES, attend, carry_out, run, run_slot
from stockroom.jobs.running import Run
from stockroom.ledger.table_imports import content_of, keep
from stockroom.models import TableImport
from stockroom.notices import AlertKind, RunState
from stockroom.operations.raise_alert import RaiseAlert, raise_alert
from stockroom.outside.anchor_file import read_anchors
from stockroom.reads.job_runs import RunTakenOver
from stockroom.rules.alerting import Cause
from stockroom.rules.timetable import PLANS, JobUnknown, plan_called, slot_at
from stockroom.tables.words import TableKind
from tests.builders import NOW, House, key
from tests.jobs.shop import alert_rows, at, run_rows, shop_of, written

LOW = plan_called("low-stock")
SLOT = slot_at(LOW, NOW)
NOTHING = Outcome(state=RunState.DONE, done=0, skipped=0, failed=0, notes=())


def test_heads_are_anchored_outside_the_database(store: Store) -> None:
    House(store)

    report = run(shop_of(store), "anchor")

    assert report.ok and report.done == 3
    assert {anchor.anchored_at for anchor in read_anchors(store.anchor_file)} == {
        "2026-03-02T08:00:00.000000Z"
    }


def test_the_nightly_verify_reports_what_is_wrong(sqlite_store: Store) -> None:
    House(sqlite_store)
    good = run(shop_of(sqlite_store), "verify")
    written(sqlite_store, "UPDATE journal_head SET seq = seq + 1 WHERE stream = 'changes'")

    bad = run(shop_of(sqlite_store), "verify")

    assert good.ok and good.done > 0
    assert not bad.ok
    assert any(note.startswith("L12") for note in bad.notes)


def test_an_unknown_job_is_named_with_those_that_there_are(sqlite_store: Store) -> None:
    with pytest.raises(JobUnknown) as unknown:
        run(shop_of(sqlite_store), "nothing")

    assert set(unknown.value.known) == set(BODIES) == {plan.name for plan in PLANS}


def test_a_slot_is_run_once(store: Store) -> None:
    House(store)
    shop = shop_of(store)

    first, second = run_slot(shop, LOW, SLOT), run_slot(shop, LOW, SLOT)
    third = run_slot(shop, LOW, SLOT + LOW.every)

    assert first is not None and second is None and third is not None
    assert [(row.slot, row.state, row.fence) for row in run_rows(store)] == [
        (SLOT, "done", 1),
        (SLOT + LOW.every, "done", 1),
    ]


def test_of_two_who_ring_one_holds_the_run_and_the_other_goes_home(store: Store) -> None:
    first = claiming.claim(store, LOW, SLOT, as_of=NOW, now=NOW)
    second = claiming.claim(store, LOW, SLOT, as_of=NOW, now=NOW)

    assert first is not None and second is None
    assert claiming.abandoned(store, now=NOW) == ()


def test_a_run_that_fell_silent_is_taken_over_after_its_lease_under_a_higher_fence(store: Store) -> None:
    House(store)
    shop = shop_of(store)
    claiming.claim(store, LOW, SLOT, as_of=NOW, now=NOW)

    assert claiming.abandoned(store, now=NOW + LOW.lease) == ()
    later = NOW + LOW.lease + timedelta(seconds=1)
    (found,) = claiming.abandoned(store, now=later)
    held = claiming.take_over(store, found, LOW, now=later)
    second = claiming.take_over(store, found, LOW, now=later)
    assert held is not None and second is None
    report = carry_out(at(shop, later), LOW, held)

    assert report.as_of == NOW
    (row,) = run_rows(store, job=LOW.name)
    assert (row.state, row.fence, row.slot) == ("done", 2, SLOT)


def test_who_was_taken_over_writes_nothing_more(store: Store) -> None:
    house = House(store)
    late = NOW + LOW.lease + timedelta(seconds=1)
    stale = claiming.claim(store, LOW, SLOT, as_of=NOW, now=NOW)
    (found,) = claiming.abandoned(store, now=late)
    fresh = claiming.take_over(store, found, LOW, now=late)
    assert stale is not None and fresh is not None
    cause = Cause(kind=AlertKind.LOW_STOCK, subject_kind="product", subject_uid="p", period="x")

    with pytest.raises(RunTakenOver):
        raise_alert(
            store,
            RaiseAlert(cause=cause, claim=stale.claim),
            actor=house.clinic.system,
            key=key(),
            now=late,
        )
    with pytest.raises(RunTakenOver):
        claiming.renew(store, stale.claim, until=late + LOW.lease)
    with pytest.raises(RunTakenOver):
        claiming.finish(store, stale.claim, NOTHING, now=late)
    assert alert_rows(store) == []
    assert [row.state for row in run_rows(store)] == ["running"]

    raise_alert(
        store, RaiseAlert(cause=cause, claim=fresh.claim), actor=house.clinic.system, key=key(), now=late
    )
    claiming.finish(store, fresh.claim, NOTHING, now=late)

    assert len(alert_rows(store)) == 1
    with pytest.raises(RunTakenOver):
        claiming.finish(store, fresh.claim, NOTHING, now=late)


def test_the_acts_of_a_run_that_is_repeated_are_done_once(store: Store) -> None:
    house = House(store)
    cause = Cause(kind=AlertKind.LOW_STOCK, subject_kind="product", subject_uid="p", period="x")
    worse = Cause(
        kind=AlertKind.LOW_STOCK, subject_kind="product", subject_uid="p", period="x", facts={"usable": 1}
    )

    answers = [
        raise_alert(store, RaiseAlert(cause=each), actor=house.clinic.system, key="low/slot/p", now=NOW)
        for each in (cause, worse)
    ]

    assert answers[0] == answers[1]
    assert len(alert_rows(store)) == 1


def test_a_run_that_takes_long_holds_on_to_it(store: Store) -> None:
    held = claiming.claim(store, LOW, SLOT, as_of=NOW, now=NOW)
    assert held is not None
    shop = shop_of(store)
    running = Run(store=store, plan=LOW, held=held, clock=shop.clock, postman=shop.postman)

    for seconds in range(0, 600, 10):
        shop.clock.at = NOW + timedelta(seconds=seconds)  # type: ignore[attr-defined]
        running.hold_on()
        assert claiming.abandoned(store, now=shop.clock()) == ()


def test_a_run_that_breaks_every_holder_is_given_up(store: Store) -> None:
    now = NOW
    claiming.claim(store, LOW, SLOT, as_of=NOW, now=now)
    holders = 1
    for _ in range(TAKE_OVERS_MAX + 3):
        now += LOW.lease + timedelta(seconds=1)
        for found in claiming.abandoned(store, now=now):
            holders += claiming.take_over(store, found, LOW, now=now) is not None

    assert holders == TAKE_OVERS_MAX
    (row,) = run_rows(store)
    assert (row.state, row.failed) == ("failed", 1)


def test_a_job_that_breaks_off_is_closed_as_failed_and_its_next_slot_runs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Run) -> None:
        raise RuntimeError("a secret name")

    shop = shop_of(store)
    monkeypatch.setitem(BODIES, "low-stock", fail)
    broken = run_slot(shop, LOW, SLOT)
    monkeypatch.undo()
    whole = run_slot(at(shop, NOW + LOW.every), LOW, SLOT + LOW.every)

    assert broken is not None and broken.notes == ("low-stock: RuntimeError",)
    assert whole is not None and whole.ok
    assert [row.state for row in run_rows(store)] == ["failed", "done"]


def test_a_database_that_does_not_answer_leaves_the_run_to_whoever_comes_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    House(store)

    def away(_: Run) -> None:
        raise Unavailable()

    shop = shop_of(store)
    monkeypatch.setitem(BODIES, "low-stock", away)
    assert runner.ring(lambda: run_slot(shop, LOW, SLOT)) is None
    monkeypatch.undo()

    attend(at(shop, NOW + LOW.lease + timedelta(seconds=1)))

    (row,) = [row for row in run_rows(store, job="low-stock") if row.slot == SLOT]
    assert (row.state, row.fence) == ("done", 2)


def test_a_server_that_slept_runs_each_job_once_for_its_newest_slot(store: Store) -> None:
    House(store)
    shop = shop_of(store)
    attend(shop)
    woke = NOW + timedelta(days=1, hours=3, minutes=7)

    reports = attend(at(shop, woke))
    again = attend(at(shop, woke))

    assert [report.job for report in reports] == [plan.name for plan in PLANS]
    assert again == ()
    assert {row.slot for row in run_rows(store) if row.started_at == woke} == {
        slot_at(plan, woke) for plan in PLANS
    }


def test_a_long_job_that_was_missed_waits_until_the_server_has_settled(store: Store) -> None:
    House(store)
    shop = shop_of(store)

    at_first = attend(shop, with_long=False)
    settled = attend(shop)

    assert "verify" not in [report.job for report in at_first] and len(at_first) == len(PLANS) - 1
    assert [report.job for report in settled] == ["verify"]


def test_runs_by_hand_stand_beside_the_schedule_and_change_nothing_twice(store: Store) -> None:
    house = House(store)
    house.clinic.lot_on_shelf(house.product("Filler"), "A1", expires_on=NOW.date())
    shop = shop_of(store)

    reports = [run(shop, "expiring", as_of=NOW) for _ in range(2)]
    scheduled = run_slot(shop, plan_called("expiring"), slot_at(plan_called("expiring"), NOW))

    assert [(each.done, each.skipped) for each in reports] == [(1, 0), (0, 1)]
    assert scheduled is not None and (scheduled.done, scheduled.skipped) == (0, 1)
    assert [row.is_by_hand for row in run_rows(store)] == [True, True, False]


def test_old_runs_are_forgotten(store: Store) -> None:
    House(store)
    run_slot(shop_of(store), LOW, SLOT)
    later = NOW + timedelta(days=40)

    run_slot(at(shop_of(store), later), LOW, slot_at(LOW, later))

    assert [row.slot for row in run_rows(store)] == [slot_at(LOW, later)]


def test_every_job_is_on_the_schedule_in_utc_at_its_slots(sqlite_store: Store) -> None:
    running = schedule.start(shop_of(sqlite_store, at=datetime.now(UTC)))
    try:
        times = {job.id: job.next_run_time for job in running.get_jobs()}
    finally:
        running.shutdown()

    assert set(times) == {*BODIES, schedule.WATCH}
    for plan in PLANS:
        ring = times[plan.name].astimezone(UTC)
        assert ring == slot_at(plan, ring)


def test_a_running_schedule_attends_at_once_to_what_was_missed(sqlite_store: Store) -> None:
    House(sqlite_store)

    running = schedule.start(shop_of(sqlite_store, at=datetime.now(UTC)))
    running.shutdown(wait=True)

    assert {row.job for row in run_rows(sqlite_store, state="done")} >= {"anchor", "low-stock"}


def test_files_that_nobody_brought_in_for_a_day_are_forgotten(store: Store) -> None:
    house = House(store)
    kept = {
        "clinic_id": house.clinic.id,
        "file_name": "list.csv",
        "asked_by_id": house.clinic.manager.person_id,
    }
    with errand(store) as connection:
        for content, age in ((b"old", timedelta(days=2)), (b"new", timedelta(hours=2))):
            keep(connection, store.keyring, kind=TableKind.PRODUCTS, content=content, at=NOW - age, **kept)

    first, again = run(shop_of(store), "forget-files"), run(shop_of(store), "forget-files")

    assert (first.done, again.done) == (1, 0)
    with store.reading() as connection:
        rows = connection.execute(select(TableImport.__table__).order_by(TableImport.id)).all()
    assert [content_of(store.keyring, row) for row in rows] == [None, b"new"]
