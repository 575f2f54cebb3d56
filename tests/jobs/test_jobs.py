"""Do the jobs do what they are for, and does one that fails leave the schedule running?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from stockroom.db.store import Store
from stockroom.jobs import runner, schedule
from stockroom.outside.anchor_file import read_anchors
from tests.builders import NOW, House


def test_heads_are_anchored_outside_the_database(store: Store) -> None:
    House(store)

    report = runner.run(store, "anchor", as_of=NOW)

    assert report.ok and report.done == 3
    assert {anchor.anchored_at for anchor in read_anchors(store.anchor_file)} == {
        "2026-03-02T08:00:00.000000Z"
    }


def test_the_nightly_verify_reports_what_is_wrong(sqlite_store: Store) -> None:
    House(sqlite_store)
    good = runner.run(sqlite_store, "verify", as_of=NOW)
    with sqlite_store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.exec_driver_sql("UPDATE journal_head SET seq = seq + 1 WHERE stream = 'changes'")

    bad = runner.run(sqlite_store, "verify", as_of=NOW)

    assert good.ok and good.done > 0
    assert not bad.ok
    assert any(note.startswith("L12") for note in bad.notes)


def test_an_unknown_job_is_named_with_those_that_there_are(sqlite_store: Store) -> None:
    with pytest.raises(runner.JobUnknown) as unknown:
        runner.run(sqlite_store, "nothing", as_of=NOW)

    assert unknown.value.known == ("anchor", "verify")


def test_every_job_is_on_the_schedule_in_utc(sqlite_store: Store) -> None:
    running = schedule.start(sqlite_store)
    try:
        times = {job.id: job.next_run_time for job in running.get_jobs()}
    finally:
        running.shutdown()

    assert set(times) == set(runner.JOBS)
    assert all(
        at.tzinfo is not None and at.utcoffset() == at.astimezone(UTC).utcoffset() for at in times.values()
    )


def test_a_job_that_fails_is_caught_by_its_ring(sqlite_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> runner.JobReport:
        raise RuntimeError("the disk is full")

    monkeypatch.setitem(runner.JOBS, "anchor", replace(runner.JOBS["anchor"], do=fail))

    schedule._ring(sqlite_store, "anchor")()
