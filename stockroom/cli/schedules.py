"""Which jobs run by themselves, and how is one run by hand?"""

from __future__ import annotations

import json
import signal
import sys
from datetime import UTC, datetime

import click

from stockroom import clock
from stockroom.cli.installation import on_database, opened


@click.command()
@on_database
def scheduler(database_url: str | None) -> None:
    """Run the schedule alone, beside web workers on PostgreSQL."""
    from apscheduler.schedulers.blocking import BlockingScheduler

    from stockroom.app import configure_logging
    from stockroom.jobs import schedule

    configure_logging()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with opened(database_url) as store:
        click.echo("The schedule runs (stop it with Ctrl-C).")
        schedule.start(store, BlockingScheduler(timezone="UTC"))


@click.group()
def jobs() -> None:
    """What runs without anybody asking."""


@jobs.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_jobs(as_json: bool) -> None:
    """Name the jobs and when they run (UTC)."""
    from stockroom.jobs.runner import JOBS

    for job in JOBS.values():
        when = f"every {job.every}" if job.every else f"daily at {job.at_hour:02d}:00 UTC"
        row = {"job": job.name, "when": when, "about": job.about}
        click.echo(json.dumps(row) if as_json else f"{job.name:<10}{when:<22}{job.about}")


@jobs.command("run")
@click.argument("name")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="UTC; now otherwise.")
@click.option("--json", "as_json", is_flag=True)
@on_database
def run_job(name: str, as_of: datetime | None, as_json: bool, database_url: str | None) -> None:
    """Run one job by hand; exit 1 when something in it failed."""
    from stockroom.jobs import runner

    at = as_of.replace(tzinfo=UTC) if as_of else clock.now()
    with opened(database_url) as store:
        report = runner.run(store, name, as_of=at)
    if as_json:
        click.echo(json.dumps(report.as_row()))
    else:
        click.echo(f"{report.job}: {report.done} done, {report.failed} failed")
        for note in report.notes:
            click.echo(f"  {note}", err=True)
    sys.exit(0 if report.ok else 1)
