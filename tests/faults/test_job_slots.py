"""Is each slot run to its end exactly once, and no alert doubled or lost, however processes are killed and stopped?"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Alert, JobRun, JournalEntry
from tests.builders import House
from tests.faults.processes import SEPARATE
from tests.faults.slot_runners import PLAN, ROWS, Rota, ring, subject, unfinished

PROCESSES = 4
SLOTS = 200
TROUBLES = 9
"""Holders that are killed or stopped in the middle of a run, in every 200 slots."""
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here"),
]


class Crew:
    """The processes of a test: who is killed is replaced, who is stopped goes on after its lease."""

    def __init__(self, rota: Rota, store: Store) -> None:
        self.rota, self.store = rota, store
        self.started = 0
        self.members: dict[int, Any] = {}
        self.troubles: Counter[str] = Counter()
        self.asleep: dict[int, threading.Timer] = {}
        self.barrier = SEPARATE.Barrier(PROCESSES)  # lives for as long as they may come to it
        for _ in range(PROCESSES):
            self._start(self.barrier)

    def _start(self, barrier: Any = None) -> None:
        process = SEPARATE.Process(target=ring, args=(self.rota, self.started, barrier), daemon=True)
        process.start()
        assert process.pid is not None
        self.started += 1
        self.members[process.pid] = process

    def trouble(self) -> None:
        """Kill a process that holds a run, or let it sleep for longer than its lease."""
        pid = self._holder()
        if pid is None:
            return
        if sum(self.troubles.values()) % 3 == 2:
            os.kill(pid, signal.SIGSTOP)
            wake = threading.Timer(2 * PLAN.lease.total_seconds(), os.kill, (pid, signal.SIGCONT))
            wake.start()
            self.asleep[pid] = wake
            self.troubles["stopped"] += 1
            return
        os.kill(pid, signal.SIGKILL)
        self.members.pop(pid).join(30)
        self.troubles["killed"] += 1
        self._start()

    def _holder(self) -> int | None:
        """One of ours that is in the middle of a run."""
        with self.store.reading() as connection:
            holders = connection.execute(
                select(JobRun.holder).where(JobRun.finished_at.is_(None), JobRun.job == PLAN.name)
            ).scalars()
            pids = [int(holder.rpartition(":")[2]) for holder in holders]
        return next((pid for pid in pids if pid in self.members and pid not in self.asleep), None)

    def finish(self) -> None:
        for wake in self.asleep.values():
            wake.join()
        for process in self.members.values():
            process.join(180)
            assert process.exitcode == 0, "a process did not come to its end"


def _rota(store: Store, tmp_path: Path, slots: int, weakness: str = "") -> Rota:
    House(store)
    folder = tmp_path / "met"
    folder.mkdir()
    return Rota(
        url=store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(store.anchor_file),
        first=datetime(2026, 3, 29, tzinfo=UTC),
        slots=slots,
        log=str(folder),
        weakness=weakness,
    )


def _run(rota: Rota, store: Store, troubles: int) -> Crew:
    """Run every slot, with trouble after each so many of them."""
    crew = Crew(rota, store)
    deadline = time.monotonic() + 200
    step = rota.slots // (troubles + 1)
    while left := unfinished(store, rota):
        assert time.monotonic() < deadline, f"{left} slots were not run"
        if sum(crew.troubles.values()) < (rota.slots - left) // step:
            crew.trouble()
        time.sleep(0.005)
    crew.finish()
    return crew


def _noted(rota: Rota, word: str) -> int:
    """How often the processes met something, all together."""
    lines = (line for log in Path(rota.log).iterdir() for line in log.read_text().splitlines())
    return sum(line.startswith(word) for line in lines)


def _failures(rota: Rota, store: Store) -> list[str]:
    """Everything in which the runs did not come out as they must: the checker of this test."""
    with store.reading() as connection:
        runs = connection.execute(select(JobRun.slot, JobRun.state, JobRun.done, JobRun.failed)).all()
        alerts = Counter(connection.execute(select(Alert.subject_uid)).scalars())
        told = Counter(
            json.loads(payload)["subject"]
            for payload in connection.execute(
                select(JournalEntry.payload).where(JournalEntry.kind == "alert.raise")
            ).scalars()
        )
    failures = []
    if sorted(row.slot for row in runs) != list(rota):
        failures.append(f"{len(runs)} runs of {rota.slots} slots")
    failures += [
        f"the run of {row.slot} is {row.state} with {row.done} rows"
        for row in runs
        if (row.state, row.done, row.failed) != ("done", ROWS, 0)
    ]
    expected = Counter(subject(slot, row) for slot in rota for row in range(ROWS))
    failures += [
        f"alert {name}: {alerts[name]} instead of {expected[name]}"
        for name in alerts | expected
        if alerts[name] != expected[name]
    ]
    failures += [
        f"alert {name} was raised {count} times in the books" for name, count in told.items() if count != 1
    ]
    failures += [f"{finding.invariant}: {finding.what}" for finding in verify(store).findings]
    return failures


def test_every_slot_is_run_once_while_holders_are_killed_and_stopped(
    store: Store, tmp_path: Path, scale: int
) -> None:
    slots = SLOTS * scale
    rota = _rota(store, tmp_path, slots)

    crew = _run(rota, store, TROUBLES * scale)

    assert _failures(rota, store) == []
    finished = _noted(rota, "finished")
    assert slots - crew.troubles["killed"] <= finished <= slots, f"{finished} runs were finished"
    with store.reading() as connection:
        fences = list(connection.execute(select(JobRun.fence)).scalars())
    print(
        f"\n{store.engine.dialect.name}: {PROCESSES} processes, {slots} slots, {crew.troubles['killed']} killed,"
        f" {crew.troubles['stopped']} stopped, {sum(fence - 1 for fence in fences)} taken over; none doubled or lost"
    )
    assert crew.troubles["killed"] >= TROUBLES * scale // 2
    assert crew.troubles["stopped"] >= 1
    assert sum(fence - 1 for fence in fences) >= crew.troubles["killed"] // 2, "nothing was taken over"


@pytest.mark.parametrize(
    ("weakness", "slots", "troubles"),
    [("keyless", 40, 4), ("claimless", 12, 0)],
    ids=["keyless", "claimless"],
)
def test_the_checker_sees_a_guard_that_is_missing(
    sqlite_store: Store, tmp_path: Path, weakness: str, slots: int, troubles: int
) -> None:
    rota = _rota(sqlite_store, tmp_path, slots, weakness)

    _run(rota, sqlite_store, troubles)

    assert _failures(rota, sqlite_store)
