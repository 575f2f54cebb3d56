"""How does somebody have a job run now?  By asking for it: the next schedule that looks takes it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.models import JobRun
from stockroom.notices import RunState
from stockroom.rules.timetable import plan_called
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class AskForRun:
    job: str


@dataclass(frozen=True, kw_only=True)
class RunAsked:
    job: str
    slot: datetime
    """By which the run is known."""


def ask_for_run(store: Store, command: AskForRun, *, actor: Actor, key: str, now: datetime) -> RunAsked:
    """Ask for a run of a job; where one is asked for already and has not begun, that one.

    Raises JobUnknown.
    """
    plan_called(command.job)
    return perform(
        store,
        Act(kind="job.ask", action=Action.RUN_JOB, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _ask(work, command),
        answer=RunAsked,
        actor=actor,
        key=key,
        now=now,
    )


def _ask(work: Work, command: AskForRun) -> RunAsked:
    waiting = work.connection.execute(
        select(JobRun.slot)
        .where(JobRun.job == command.job, JobRun.state == RunState.WAITING, JobRun.finished_at.is_(None))
        .limit(1)
    ).scalar_one_or_none()
    if waiting is None:
        work.connection.execute(
            insert(JobRun).values(
                job=command.job,
                slot=work.now,
                as_of=work.now,
                is_by_hand=True,
                state=RunState.WAITING,
                fence=0,
                lease_until=None,
                holder="",
                asked_by_id=work.actor.person_id,
                done=0,
                skipped=0,
                failed=0,
                notes="[]",
            )
        )
    work.payload.update(job=command.job, slot=waiting or work.now)
    return RunAsked(job=command.job, slot=waiting or work.now)
