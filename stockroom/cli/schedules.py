"""Which jobs run by themselves, and how is one run by hand?"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from stockroom import clock
from stockroom.cli.installation import asked_settings, on_database, opened

if TYPE_CHECKING:
    from stockroom.jobs.runner import Workshop
    from stockroom.queries.jobs import JobRow


@click.command()
@on_database
def scheduler(database_url: str | None) -> None:
    """Run the schedule alone, beside web workers on PostgreSQL; any number of them may run."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    from stockroom.app import configure_logging
    from stockroom.jobs import schedule

    configure_logging()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with workshop(database_url) as shop:
        click.echo("The schedule runs (stop it with Ctrl-C).")
        schedule.start(shop, BlockingScheduler(timezone="UTC"))


@click.group()
def jobs() -> None:
    """What runs without anybody asking."""


@jobs.command("list")
@click.option("--json", "as_json", is_flag=True, help="One array of objects.")
@on_database
def list_jobs(as_json: bool, database_url: str | None) -> None:
    """Name the jobs, when they run next (UTC) and when they last ran."""
    from stockroom.queries.jobs import jobs as every_job

    with opened(database_url) as store, store.reading() as connection:
        found = every_job(connection, now=clock.now())
    if as_json:
        click.echo(json.dumps([_job_row(job) for job in found], indent=2))
        return
    for job in found:
        last = f"{job.last_run_at:%Y-%m-%d %H:%M}" if job.last_run_at else "never"
        late = "  LATE" if job.is_late else ""
        click.echo(
            f"{job.name:<21}{job.when:<20}next {job.next_run_at:%Y-%m-%d %H:%M}  last {last:<18}{job.about}{late}"
        )


def _job_row(job: JobRow) -> dict[str, object]:
    last = job.last_run
    return {
        "name": job.name,
        "next_run_at": job.next_run_at.isoformat(),
        "last_run_at": None if job.last_run_at is None else job.last_run_at.isoformat(),
        "about": job.about,
        "when": job.when,
        "is_late": job.is_late,
        "last_run": None
        if last is None
        else {"done": last.done, "skipped": last.skipped, "failed": last.failed, "notes": list(last.notes)},
    }


@jobs.command("run")
@click.argument("name")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="UTC; now otherwise.")
@click.option("--json", "as_json", is_flag=True)
@on_database
def run_job(name: str, as_of: datetime | None, as_json: bool, database_url: str | None) -> None:
    """Run one job by hand; exit 1 when something in it failed.  A second time changes nothing."""
    from stockroom.jobs import runner

    at = as_of.replace(tzinfo=UTC) if as_of else None
    with workshop(database_url) as shop:
        report = runner.run(shop, name, as_of=at)
    if as_json:
        click.echo(json.dumps(report.as_row()))
    else:
        click.echo(f"{report.job}: {report.done} done, {report.skipped} skipped, {report.failed} failed")
        for note in report.notes:
            click.echo(f"  {note}", err=True)
    sys.exit(0 if report.ok else 1)


@contextmanager
def workshop(database_url: str | None) -> Iterator[Workshop]:
    """What jobs are run with, on an existing, migrated database."""
    from stockroom.jobs.mailing import postman_of
    from stockroom.jobs.runner import Workshop

    postman = postman_of(asked_settings(database_url))
    with opened(database_url) as store:
        yield Workshop(store=store, postman=postman)
