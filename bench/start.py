"""How long does a start take?  From the command to the first answered log-in page: the first, and every other."""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click

from bench.client import Client, Request
from bench.databases import Database, sqlite_database
from bench.plan import Plan, this_month
from bench.serving import ROOT, environment_for, free_port
from stockroom import clock

FIRST_PAGE = "/login"
_LINES = 10_000
_WAIT_SECONDS_MAX = 180
_BETWEEN_TRIES_SECONDS = 0.005
_PROC = Path("/proc")


@dataclass(frozen=True, kw_only=True)
class Started:
    """What one start took until its first page had been read."""

    wall_seconds: float
    processor_seconds: float | None
    """None where the system does not tell it (only Linux does)."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A way of starting, and the seconds in which it is to have answered."""

    name: str
    arguments: Sequence[str]
    goal_seconds: float


COMMANDS = (
    Command(name="python -m stockroom run", arguments=("-m", "stockroom", "run", "--demo"), goal_seconds=2),
    Command(name="python3 dev.py run", arguments=("dev.py", "run"), goal_seconds=3),
)
FIRST = Command(name="the first, with the demo", arguments=COMMANDS[0].arguments, goal_seconds=62)
"""The demo is to load in under 60 seconds, and the server to be there 2 later."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--times", type=click.IntRange(min=1), default=5, show_default=True, help="Starts of each.")
def main(times: int) -> None:
    """Print the median seconds, by the clock and of the processor, of each command's start.

    The database is filled and the modules are compiled before anything is timed: this is every start
    but the first, which stands below them and loads the demo into an empty database, once.  Exits 1
    when a goal is missed by the clock.
    """
    plan = Plan(line_count=_LINES, ends_at=this_month(clock.now().date()))
    with sqlite_database(plan) as database, tempfile.TemporaryDirectory(prefix="stockroom-bench-") as name:
        for command in COMMANDS:
            started_once(command, database)
        click.echo(f"{'start':<28}{'wall':>9}{'processor':>12}{'goal':>9}")
        missed = [command for command in COMMANDS if not _told(command, database, times)]
        empty = replace(database, url=f"sqlite:///{name}/stockroom.sqlite", folder=Path(name))
        missed += [] if _told(FIRST, empty, 1) else [FIRST]
    sys.exit(1 if missed else 0)


def _told(command: Command, database: Database, times: int) -> bool:
    """Start a command often enough, print its row, and say whether it keeps to its goal."""
    starts = [started_once(command, database) for _ in range(times)]
    wall = statistics.median(start.wall_seconds for start in starts)
    known = [start.processor_seconds for start in starts if start.processor_seconds is not None]
    processor = f"{statistics.median(known):.2f} s" if known else "–"
    click.echo(f"{command.name:<28}{wall:>7.2f} s{processor:>12}{command.goal_seconds:>7.0f} s")
    return wall <= command.goal_seconds


def started_once(command: Command, database: Database) -> Started:
    """Start a server on the database, read its first page, and stop it.

    Raises RuntimeError when no page comes.
    """
    port = free_port()
    arguments = [sys.executable, *command.arguments, "--port", str(port)]
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        server = subprocess.Popen(arguments, cwd=ROOT, env=environment_for(database), stdout=log, stderr=log)
        try:
            if not _page_comes(server, port):
                log.seek(0)
                told = log.read().decode(errors="replace")
                raise RuntimeError(f"{command.name} gave no page:\n{told[-4000:]}")
            wall_seconds = time.perf_counter() - began
            return Started(wall_seconds=wall_seconds, processor_seconds=_processor_seconds(server.pid))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


def _page_comes(server: subprocess.Popen[bytes], port: int) -> bool:
    """Ask until the first page is answered; False when the server ended or took too long."""
    ends = time.perf_counter() + _WAIT_SECONDS_MAX
    encoded = Request(method="GET", path=FIRST_PAGE).encoded()
    while server.poll() is None and time.perf_counter() < ends:
        try:
            with Client(port) as client:
                return client.send(encoded).status == 200
        except OSError:
            time.sleep(_BETWEEN_TRIES_SECONDS)
    return False


def _processor_seconds(pid: int) -> float | None:
    """What a running process has used of the processor.  Source: proc(5), fields utime and stime."""
    try:
        after_name = (_PROC / str(pid) / "stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return None
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
