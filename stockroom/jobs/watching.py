"""What is wrong with the jobs, the books and the mail themselves?  Told in every clinic, to those who keep the house."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import Connection, func, select

from stockroom.jobs.flagging import tell
from stockroom.jobs.running import Place, Run
from stockroom.models import OutboxMessage
from stockroom.notices import AlertKind, MessageState
from stockroom.queries.backups import last_backup
from stockroom.queries.jobs import first_run_at, job_is_late, last_run
from stockroom.reads.settings import settings_of
from stockroom.rules.alerting import Cause
from stockroom.rules.backing_up import is_missed
from stockroom.rules.timetable import PLANS, Plan

_JOBS = UUID("a3b1c9d2-5c2f-5d0e-9a64-0c4b7b0f3e11")
"""The name space in which a job's name has its uid."""
BACKUP = "backup"
"""Not a job of ours, but the server's; it goes by a uid like theirs."""
KINDS = (
    AlertKind.JOB_LATE,
    AlertKind.JOB_FAILED,
    AlertKind.BOOKS_DIFFER,
    AlertKind.MAIL_UNDELIVERED,
    AlertKind.BACKUP_MISSED,
)


def job_uid(name: str) -> str:
    """Give the uid under which alerts name a job."""
    return str(uuid5(_JOBS, name))


def watch(run: Run) -> None:
    """Tell of jobs that are late by twice their interval or failed, of books that differ, and of mail."""
    tell(run, KINDS, _wrong)


def _wrong(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    since = first_run_at(connection)
    for plan in PLANS:
        if job_is_late(connection, plan, since=since, now=as_of):
            yield _cause(AlertKind.JOB_LATE, plan, as_of.date().isoformat())
        last = last_run(connection, plan.name)
        if last is not None and last.failed:
            kind = AlertKind.BOOKS_DIFFER if plan.name == "verify" else AlertKind.JOB_FAILED
            yield _cause(kind, plan, last.slot.isoformat(), failed=last.failed)
    yield from _without_backup(connection, place, as_of, since)
    given_up = _undelivered(connection, place)
    if given_up is not None:
        sending = next(plan for plan in PLANS if plan.name == "send-notices")
        yield _cause(AlertKind.MAIL_UNDELIVERED, sending, given_up.isoformat())


def _without_backup(
    connection: Connection, place: Place, as_of: datetime, since: datetime | None
) -> Iterable[Cause]:
    """No backup was made and proven for longer than the clinic lets that be, counted from the schedule's first run."""
    last = last_backup(connection)
    made_at = None if last is None else last.made_at
    hours = settings_of(connection, place.id).backup_hours
    if not is_missed(made_at, since=since, now=as_of, hours=hours):
        return
    yield Cause(
        kind=AlertKind.BACKUP_MISSED,
        subject_kind="backup",
        subject_uid=job_uid(BACKUP),
        period="never" if made_at is None else made_at.isoformat(),
        facts={"last": None if made_at is None else made_at.isoformat()},
    )


def _cause(kind: AlertKind, plan: Plan, period: str, **facts: object) -> Cause:
    return Cause(
        kind=kind,
        subject_kind="job",
        subject_uid=job_uid(plan.name),
        period=period,
        facts={"job": plan.name, **facts},
    )


def _undelivered(connection: Connection, place: Place) -> datetime | None:
    """When the newest letter of a clinic was given up, unless a later one did arrive."""
    rows = connection.execute(
        select(OutboxMessage.state, func.max(OutboxMessage.ended_at).label("ended_at"))
        .where(
            OutboxMessage.clinic_id == place.id,
            OutboxMessage.state.in_((MessageState.GIVEN_UP, MessageState.SENT)),
        )
        .group_by(OutboxMessage.state)
    )
    newest = {row.state: row.ended_at for row in rows}
    given_up, sent = newest.get(MessageState.GIVEN_UP), newest.get(MessageState.SENT)
    if given_up is None or (sent is not None and sent > given_up):
        return None
    return given_up
