"""What does one process of the job test do?  Rings every slot, takes over what others dropped, until all is done."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

from sqlalchemy import func, select

from stockroom.clock import now
from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from stockroom.jobs import claiming, runner
from stockroom.jobs.flagging import carry_out
from stockroom.jobs.runner import Workshop
from stockroom.jobs.running import Run
from stockroom.models import JobRun
from stockroom.notices import AlertKind
from stockroom.reads.job_runs import RunTakenOver
from stockroom.rules.alerting import Cause, Changes
from stockroom.rules.timetable import Plan
from tests.conftest import KEYS
from tests.jobs.shop import NotingPostman

PLAN = Plan(name="fault", about="", every=timedelta(minutes=1), lease=timedelta(seconds=1))
ROWS = 3
"""Alerts that each slot raises, each in a transaction of its own."""


@dataclass(frozen=True, kw_only=True)
class Rota:
    """Where a job test is run, and which slots there are."""

    url: str
    anchor_file: str
    first: datetime
    slots: int
    log: str
    """A folder: each process notes there what it met."""
    weakness: str = ""
    """Which guard is taken out in every process: keyless, fenceless, or none."""

    def __iter__(self) -> Iterator[datetime]:
        return (self.first + number * PLAN.every for number in range(self.slots))


def subject(slot: datetime, row: int) -> str:
    """What the alert of a slot's row is about."""
    return f"{slot:%Y%m%dT%H%M}-{row}"


def opened(rota: Rota) -> Store:
    engine = open_engine(rota.url)
    return open_store(engine, keyring=KEYS, anchor_file=Path(rota.anchor_file))


def work(run: Run) -> None:
    """Raise the alerts of the slot in the first clinic, taking a moment over each."""
    place = run.places()[0]
    for row in range(ROWS):
        time.sleep(random.uniform(0, 0.02))
        cause = Cause(
            kind=AlertKind.JOB_FAILED,
            subject_kind="job",
            subject_uid=subject(run.claim.slot, row),
            period=run.claim.slot.isoformat(),
        )
        carry_out(run, place, Changes(raises=(cause,), resolves=(), unchanged=0))
    time.sleep(random.uniform(0, 0.02))


def ring(rota: Rota, number: int, start: Barrier | None) -> None:
    """Ring every slot from the moment that everybody is ready, and attend to what was dropped, until all is done."""
    runner.BODIES[PLAN.name] = work
    runner.plan_called = lambda _: PLAN  # type: ignore[assignment]
    _weaken(rota)
    store = opened(rota)
    shop = Workshop(store=store, postman=NotingPostman(), clock=now)
    with store.engine.connect():
        pass
    if start is not None:
        start.wait(120)
    with (Path(rota.log) / f"{number}.log").open("a", buffering=1) as log:
        for slot in rota:
            _attempt(log, lambda slot=slot: runner.run_slot(shop, PLAN, slot))
            _take_over(shop, log)
        deadline = time.monotonic() + 120
        while unfinished(store, rota) and time.monotonic() < deadline:
            _take_over(shop, log)
            time.sleep(0.02)
    store.engine.dispose()


def _take_over(shop: Workshop, log: object) -> None:
    for found in claiming.abandoned(shop.store, now=shop.clock()):
        _attempt(log, runner._taking_over(shop, found))


def _attempt(log: object, way: object) -> None:
    try:
        report = way()  # type: ignore[operator]
    except RunTakenOver:
        log.write("taken over\n")  # type: ignore[attr-defined]
        return
    if report is not None:
        log.write(f"finished {report.done} {report.failed}\n")  # type: ignore[attr-defined]


def unfinished(store: Store, rota: Rota) -> int:
    """How many slots are not run to their end."""
    with store.reading() as connection:
        done = connection.execute(
            select(func.count()).where(JobRun.job == PLAN.name, JobRun.finished_at.is_not(None))
        ).scalar_one()
    return max(rota.slots - done, 0)


def _weaken(rota: Rota) -> None:
    """Take a guard out, so that the checker can show that it would be missed."""
    if rota.weakness == "keyless":
        Run.key = lambda self, place, *parts: f"{random.random()}"  # type: ignore[method-assign,assignment]
    if rota.weakness == "claimless":
        original = claiming.claim

        def careless(store: Store, plan: Plan, slot: datetime, **more: object) -> object:
            """Claims a slot of its own instead of the one that everybody claims."""
            own = slot + timedelta(microseconds=random.randrange(1, 999_999))
            return original(store, plan, own, **more)  # type: ignore[arg-type]

        runner.claiming.claim = careless  # type: ignore[assignment]
