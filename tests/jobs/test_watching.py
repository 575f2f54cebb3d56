"""Is it told when a job is late or failed, when the books differ, and does it end by itself?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.jobs.runner import BODIES, attend, run, run_slot
from stockroom.jobs.running import Run
from stockroom.jobs.watching import job_uid
from stockroom.models import Clinic as ClinicRow
from stockroom.operations.note_backup import NoteBackup, note_backup
from stockroom.queries.jobs import jobs
from stockroom.rules.timetable import PLANS, plan_called, slot_at
from tests.builders import NOW, House, key
from tests.jobs.shop import alert_rows, at, run_rows, shop_of, written
from tests.queries.counting import counted

ANCHOR = plan_called("anchor")


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _standing(house: House, kind: str) -> set[str]:
    return {row.subject_uid for row in alert_rows(house.store, kind=kind) if row.resolved_at is None}


def test_a_new_installation_has_no_late_jobs(house: House) -> None:
    shop = shop_of(house.store)

    report = run(shop, "late-jobs")

    assert report.done == 0
    with house.store.reading() as connection:
        assert not any(job.is_late for job in jobs(connection, now=NOW))


def test_a_job_that_is_late_by_twice_its_interval_is_an_alert_until_it_has_run(house: House) -> None:
    shop = shop_of(house.store)
    run_slot(shop, ANCHOR, slot_at(ANCHOR, NOW))

    run(at(shop, NOW + timedelta(minutes=14, seconds=59)), "late-jobs")
    on_time = _standing(house, "job_late")
    run(at(shop, NOW + timedelta(minutes=15)), "late-jobs")
    told = _standing(house, "job_late")
    run_slot(at(shop, NOW + timedelta(minutes=16)), ANCHOR, NOW + timedelta(minutes=15))
    run(at(shop, NOW + timedelta(minutes=16)), "late-jobs")

    assert job_uid("anchor") not in on_time
    assert job_uid("anchor") in told
    assert job_uid("anchor") not in _standing(house, "job_late")


def test_a_server_that_slept_over_midnight_says_so_and_has_caught_up_a_moment_later(house: House) -> None:
    shop = shop_of(house.store)
    attend(shop)
    woke = NOW + timedelta(hours=20)

    attend(at(shop, woke))
    told = _standing(house, "job_late")
    attend(at(shop, woke + timedelta(minutes=5)))

    assert {job_uid("anchor"), job_uid("low-stock"), job_uid("expired")} <= told
    assert job_uid("verify") not in told
    assert _standing(house, "job_late") == set()


def test_a_job_with_a_bad_row_is_told_of_until_a_run_is_whole(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = house.another_clinic()
    shop = shop_of(house.store)
    monkeypatch.setitem(BODIES, "anchor", lambda running: running.note("one: bad"))
    run_slot(shop, ANCHOR, slot_at(ANCHOR, NOW))
    monkeypatch.undo()

    run(shop, "late-jobs")
    told = {(row.clinic_id, row.subject_uid) for row in alert_rows(house.store, kind="job_failed")}
    run(shop, "anchor")
    run(at(shop, NOW + timedelta(minutes=1)), "late-jobs")

    assert told == {(house.clinic.id, job_uid("anchor")), (other.id, job_uid("anchor"))}
    assert _standing(house, "job_failed") == set()


def test_books_that_differ_are_told_to_those_who_keep_the_house(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    written(sqlite_store, "UPDATE balance SET quantity = quantity + 0")  # nothing yet
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    written(sqlite_store, f"UPDATE balance SET quantity = quantity + 5000 WHERE lot_id = {lot.id}")
    shop = shop_of(sqlite_store)

    report = run(shop, "verify")
    run(at(shop, NOW + timedelta(seconds=1)), "late-jobs")

    assert report.failed >= 1
    assert _standing(house, "books_differ") == {job_uid("verify")}
    written(sqlite_store, f"UPDATE balance SET quantity = quantity - 5000 WHERE lot_id = {lot.id}")
    run(at(shop, NOW + timedelta(seconds=2)), "verify")
    run(at(shop, NOW + timedelta(seconds=3)), "late-jobs")
    assert _standing(house, "books_differ") == set()


def test_every_job_is_shown_with_its_next_and_its_last_run(house: House) -> None:
    shop = shop_of(house.store)
    attend(shop)
    run(at(shop, NOW + timedelta(seconds=30)), "verify")

    with house.store.reading() as connection:
        shown = {job.name: job for job in jobs(connection, now=NOW + timedelta(minutes=1))}

    assert list(shown) == [plan.name for plan in PLANS]
    assert shown["anchor"].next_run_at == NOW + timedelta(minutes=5)
    assert shown["anchor"].last_run_at == NOW
    verified = shown["verify"].last_run
    assert verified is not None and verified.is_by_hand and verified.done > 0
    assert shown["verify"].unfinished is None
    assert not any(job.is_late for job in shown.values())


def test_the_list_of_jobs_costs_the_same_three_statements_however_many_there_are(house: House) -> None:
    shop = shop_of(house.store)
    run(shop, "late-jobs")
    run(shop, "anchor")

    with house.store.reading() as connection, counted(connection) as statements:
        shown = jobs(connection, now=NOW)

    assert len(statements) == 3
    assert {job.name for job in shown if job.last_run is not None} == {"late-jobs", "anchor"}


def test_a_clinic_that_fails_as_a_whole_stops_no_other(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    other = house.another_clinic()
    lot = other.lot_on_shelf(house.product("Filler"), "A1", at=other.fridge, expires_on=NOW.date())
    bad = house.clinic
    with sqlite_store.reading() as connection:
        assert connection.execute(select(ClinicRow.id)).first() is not None
    written(sqlite_store, f"UPDATE clinic SET time_zone = 'Nowhere/At_All' WHERE id = {bad.id}")

    report = run(shop_of(sqlite_store), "expiring")

    assert (report.done, report.failed) == (1, 1)
    assert report.notes == (f"clinic {bad.uid}: ZoneInfoNotFoundError",)
    assert [row.subject_uid for row in alert_rows(sqlite_store)] == [lot.uid]
    assert [row.state for row in run_rows(sqlite_store)] == ["done"]


def test_a_jobs_report_names_no_values(house: House) -> None:
    def fail(running: Run) -> None:
        running.attempt("row 1", lambda: (_ for _ in ()).throw(ValueError("Ana Secret")))

    shop = shop_of(house.store)
    original = BODIES["anchor"]
    BODIES["anchor"] = fail
    try:
        report = run(shop, "anchor")
    finally:
        BODIES["anchor"] = original

    assert report.notes == ("row 1: ValueError",)


def test_a_backup_that_is_missed_is_an_alert_until_one_is_proven(house: House) -> None:
    """Counted from the schedule's first run while there is none; the clinic says for how long that is no matter."""
    shop = shop_of(house.store)
    run(shop, "anchor")  # by hand: that is no run of the schedule
    attend(shop)

    attend(at(shop, NOW + timedelta(hours=48)))
    in_time = _standing(house, "backup_missed")
    attend(at(shop, NOW + timedelta(hours=48, minutes=5)))
    missed = _standing(house, "backup_missed")
    _backup(house, made_at=NOW + timedelta(hours=49))
    attend(at(shop, NOW + timedelta(hours=49, minutes=5)))
    made = _standing(house, "backup_missed")
    attend(at(shop, NOW + timedelta(hours=98)))

    assert (in_time, missed, made) == (set(), {job_uid("backup")}, set())
    assert _standing(house, "backup_missed") == {job_uid("backup")}


def _backup(house: House, *, made_at: datetime) -> None:
    command = NoteBackup(
        backup_uid=new_uid(made_at),
        made_at=made_at,
        verified_at=made_at,
        file_name="monday.backup",
        size_bytes=4_096,
    )
    note_backup(house.store, command, actor=house.system, key=key("backup"), now=made_at)
