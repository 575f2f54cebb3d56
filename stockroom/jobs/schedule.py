"""When does each job run?  APScheduler rings in UTC; a job that fails is logged and rings again next time."""

from __future__ import annotations

from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.schedulers.base import BaseScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from structlog.stdlib import get_logger

from stockroom.clock import now
from stockroom.db.store import Store
from stockroom.jobs.runner import JOBS, Job, run

LATE_SECONDS_MAX = 3600
"""A run that could not begin in time (the machine slept) is made up for within this time, once."""


def start(store: Store, scheduler: BaseScheduler | None = None) -> BaseScheduler:
    """Schedule every job on `scheduler` (a background one when none is given), start it and give it."""
    chosen = scheduler or BackgroundScheduler(timezone="UTC")
    for job in JOBS.values():
        chosen.add_job(
            _ring(store, job.name),
            _trigger(job),
            id=job.name,
            coalesce=True,
            max_instances=1,
            misfire_grace_time=LATE_SECONDS_MAX,
        )
    chosen.start()
    return chosen


def _trigger(job: Job) -> IntervalTrigger | CronTrigger:
    if job.every is not None:
        return IntervalTrigger(seconds=int(job.every.total_seconds()), timezone="UTC")
    return CronTrigger(hour=job.at_hour, timezone="UTC")


def _ring(store: Store, name: str) -> Callable[[], None]:
    def ring() -> None:
        log = get_logger("stockroom.jobs")
        try:
            report = run(store, name, as_of=now())
        except Exception:
            log.exception("job failed", job=name)
            return
        tell = log.info if report.ok else log.error
        tell("job done", **report.as_row())

    return ring
