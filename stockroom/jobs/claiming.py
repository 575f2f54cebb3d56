"""Who runs a job's slot?  Whoever writes its row; and whoever takes it over when its holder has fallen silent.

A run is a row of (job, slot) under a fence.  Who takes it over raises the fence, and everything that is
written in a run asks for its own (`reads/job_runs.require_held`), so that a holder who wakes up late
writes nothing more.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from stockroom.db.store import Store
from stockroom.db.transaction import errand
from stockroom.models import JobRun
from stockroom.notices import RunState
from stockroom.reads.job_runs import Claim, RunTakenOver
from stockroom.rules.timetable import Plan

KEPT_FOR = timedelta(days=35)
"""How long finished runs are kept."""
TAKE_OVERS_MAX = 5
"""A run that broke so many holders is given up; the next slot tries again."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A run that this process holds, and the instant by which it decides."""

    claim: Claim
    as_of: datetime


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run came to."""

    state: RunState
    done: int
    skipped: int
    failed: int
    notes: tuple[str, ...]


def holder() -> str:
    """Name this process: the machine and the process' number."""
    return f"{platform.node()}:{os.getpid()}"[:200]


def claim(
    store: Store, plan: Plan, slot: datetime, *, as_of: datetime, now: datetime, is_by_hand: bool = False
) -> Held | None:
    """Take a slot of a job; None when somebody has, or had, it."""
    if _is_taken(store, plan, slot):
        return None
    dialect: Any = sqlite if store.is_sqlite else postgresql
    row = {
        **_NOTHING_DONE,
        "job": plan.name,
        "slot": slot,
        "as_of": as_of,
        "is_by_hand": is_by_hand,
        "state": RunState.RUNNING.value,
        "fence": 1,
        "lease_until": now + plan.lease,
        "holder": holder(),
        "started_at": now,
    }
    with errand(store) as connection:
        run_id = connection.execute(
            dialect.insert(JobRun)
            .on_conflict_do_nothing(index_elements=["job", "slot"])
            .values(row)
            .returning(JobRun.id)
        ).scalar_one_or_none()
    if run_id is None:
        return None
    return Held(claim=Claim(run_id=run_id, job=plan.name, slot=slot, fence=1), as_of=as_of)


_NOTHING_DONE = {"done": 0, "skipped": 0, "failed": 0, "notes": "[]"}


def _is_taken(store: Store, plan: Plan, slot: datetime) -> bool:
    """Ask before writing: most who ring come second."""
    with store.reading() as connection:
        found = connection.execute(select(JobRun.id).where(JobRun.job == plan.name, JobRun.slot == slot))
        return found.first() is not None


@dataclass(frozen=True, kw_only=True)
class Abandoned:
    """A run that nobody holds (any more), under the fence that it was seen with."""

    run_id: int
    job: str
    slot: datetime
    as_of: datetime
    fence: int


def abandoned(store: Store, *, now: datetime) -> tuple[Abandoned, ...]:
    """Give the runs that wait for somebody: asked for by hand, or silent for longer than their lease."""
    with store.reading() as connection:
        rows = connection.execute(
            select(JobRun.id, JobRun.job, JobRun.slot, JobRun.as_of, JobRun.fence)
            .where(
                JobRun.finished_at.is_(None),
                or_(JobRun.lease_until < now, JobRun.state == RunState.WAITING),
            )
            .order_by(JobRun.id)
        ).all()
    return tuple(
        Abandoned(run_id=row.id, job=row.job, slot=row.slot, as_of=row.as_of, fence=row.fence) for row in rows
    )


def take_over(store: Store, found: Abandoned, plan: Plan, *, now: datetime) -> Held | None:
    """Go on with a run under a higher fence; None when somebody else was quicker, or it is given up."""
    fence = found.fence + 1
    is_given_up = fence > TAKE_OVERS_MAX
    values: dict[str, object] = {
        "fence": fence,
        "state": RunState.RUNNING,
        "lease_until": now + plan.lease,
        "holder": holder(),
        "started_at": func.coalesce(JobRun.started_at, now, type_=JobRun.started_at.type),
    }
    if is_given_up:
        ended = Outcome(
            state=RunState.FAILED, done=0, skipped=0, failed=1, notes=(f"{plan.name}: broke off every time",)
        )
        values = {"fence": fence, **_ended(ended, now)}
    with errand(store) as connection:
        taken = connection.execute(
            update(JobRun)
            .where(
                JobRun.id == found.run_id,
                JobRun.fence == found.fence,
                JobRun.finished_at.is_(None),
                or_(JobRun.lease_until < now, JobRun.state == RunState.WAITING),
            )
            .values(values)
        )
    if taken.rowcount != 1 or is_given_up:
        return None
    return Held(
        claim=Claim(run_id=found.run_id, job=found.job, slot=found.slot, fence=fence), as_of=found.as_of
    )


def renew(store: Store, held: Claim, *, until: datetime) -> None:
    """Hold on to a run for longer.  Raises RunTakenOver."""
    with errand(store) as connection:
        kept = connection.execute(update(JobRun).where(*_still_mine(held)).values(lease_until=until))
        if kept.rowcount != 1:
            raise RunTakenOver(job=held.job, slot=held.slot)


def finish(store: Store, held: Claim, outcome: Outcome, *, now: datetime) -> None:
    """Close a run, and forget old ones of its job.  Raises RunTakenOver, and then nothing is written."""
    with errand(store) as connection:
        closed = connection.execute(update(JobRun).where(*_still_mine(held)).values(**_ended(outcome, now)))
        if closed.rowcount != 1:
            raise RunTakenOver(job=held.job, slot=held.slot)
        connection.execute(
            delete(JobRun).where(
                JobRun.job == held.job,
                JobRun.finished_at < now - KEPT_FOR,
                JobRun.id != held.run_id,
            )
        )


def _still_mine(held: Claim) -> Sequence[Any]:
    return (JobRun.id == held.run_id, JobRun.fence == held.fence, JobRun.state == RunState.RUNNING)


def _ended(outcome: Outcome, now: datetime) -> dict[str, object]:
    return {
        "state": outcome.state,
        "lease_until": None,
        "finished_at": now,
        "done": outcome.done,
        "skipped": outcome.skipped,
        "failed": outcome.failed,
        "notes": json.dumps(outcome.notes),
    }
