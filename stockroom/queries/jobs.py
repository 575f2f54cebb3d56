"""Which jobs are there, when do they run next, and what came of their last run?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, literal, select, union_all

from stockroom.models import JobRun
from stockroom.notices import RunState
from stockroom.rules.timetable import PLANS, Plan, is_late, slot_after

_FINISHED = (RunState.DONE, RunState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """One run of a job."""

    slot: datetime
    as_of: datetime
    state: RunState
    is_by_hand: bool
    started_at: datetime | None
    finished_at: datetime | None
    done: int
    skipped: int
    failed: int
    notes: tuple[str, ...]
    """Which rows failed, and why; uids and codes only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job, its schedule in UTC, and how it stands."""

    name: str
    about: str
    when: str
    next_run_at: datetime
    last_run_at: datetime | None
    """When its last run was finished."""
    last_run: RunRow | None
    is_late: bool
    """By twice its interval."""
    unfinished: RunRow | None
    """A run that somebody holds now, or that waits for somebody."""


def jobs(connection: Connection, *, now: datetime) -> tuple[JobRow, ...]:
    """Give every job; three statements, none of which grows with the runs that there were."""
    since = first_run_at(connection)
    unfinished = {row.job: row for row in connection.execute(_UNFINISHED)}
    newest = {
        (row.job, row.is_of_schedule): row
        for row in connection.execute(_newest_of_each(tuple(plan.name for plan in PLANS)))
    }
    return tuple(
        _job(
            plan,
            last=newest.get((plan.name, False)),
            of_schedule=newest.get((plan.name, True)),
            unfinished=unfinished.get(plan.name),
            since=since,
            now=now,
        )
        for plan in PLANS
    )


def first_run_at(connection: Connection) -> datetime | None:
    """Give when the schedule first ran here (as far as runs are kept); None when it never did."""
    return connection.execute(_FIRST).scalar_one_or_none()


def newest_slot(connection: Connection, job: str) -> datetime | None:
    """Give the newest slot of a job that its schedule has taken; None when it never has."""
    row = connection.execute(_NEWEST, {"job": job}).first()
    return None if row is None else row.slot


def job_is_late(connection: Connection, plan: Plan, *, since: datetime | None, now: datetime) -> bool:
    """Whether a job is late by twice its interval; never before the schedule ran here at all."""
    row = connection.execute(_NEWEST_DONE, {"job": plan.name}).first()
    if since is None:
        return False
    return is_late(plan, None if row is None else row.slot, since=since, now=now)


def last_run(connection: Connection, job: str) -> RunRow | None:
    """Give the run of a job that was finished last by the order of slots, by hand or not; None without one."""
    row = connection.execute(_LAST, {"job": job}).first()
    return None if row is None else _run(row)


_COLUMNS = tuple(getattr(JobRun, name) for name in RunRow.__dataclass_fields__)


def _newest(*conditions: Any) -> Any:
    return (
        select(*_COLUMNS)
        .where(JobRun.job == bindparam("job"), *conditions)
        .order_by(JobRun.slot.desc())
        .limit(1)
    )


_FIRST = select(JobRun.started_at).where(JobRun.started_at.is_not(None)).order_by(JobRun.id).limit(1)
_NEWEST = _newest(JobRun.is_by_hand.is_(False))
_NEWEST_DONE = _newest(JobRun.is_by_hand.is_(False), JobRun.state.in_(_FINISHED))
_LAST = _newest(JobRun.state.in_(_FINISHED))
_UNFINISHED = select(JobRun.job, *_COLUMNS).where(JobRun.finished_at.is_(None)).order_by(JobRun.id)


@cache
def _newest_of_each(names: tuple[str, ...]) -> Any:
    """For each job its newest finished run, and the newest of those that its schedule asked for.

    Each by the index of a job's slots: one statement, however many runs there were.
    """
    finished = JobRun.state.in_(_FINISHED)
    of_schedule = JobRun.is_by_hand.is_(False)
    asked = [
        select(literal(is_of_schedule).label("is_of_schedule"), JobRun.job, *_COLUMNS)
        .where(JobRun.job == name, finished, *((of_schedule,) if is_of_schedule else ()))
        .order_by(JobRun.slot.desc())
        .limit(1)
        .subquery()
        for name in names
        for is_of_schedule in (False, True)
    ]
    return union_all(*(select(each) for each in asked))


def _job(
    plan: Plan, *, last: Any, of_schedule: Any, unfinished: Any, since: datetime | None, now: datetime
) -> JobRow:
    return JobRow(
        name=plan.name,
        about=plan.about,
        when=plan.when,
        next_run_at=slot_after(plan, now),
        last_run_at=None if last is None else last.finished_at,
        last_run=None if last is None else _run(last),
        is_late=since is not None
        and is_late(plan, None if of_schedule is None else of_schedule.slot, since=since, now=now),
        unfinished=None if unfinished is None else _run(unfinished),
    )


def _run(row: Any) -> RunRow:
    said: dict[str, Any] = {name: getattr(row, name) for name in RunRow.__dataclass_fields__}
    return RunRow(**{**said, "state": RunState(row.state), "notes": tuple(json.loads(row.notes))})
