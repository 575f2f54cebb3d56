"""Which servers answer?  Stockroom's own command on SQLite, gunicorn on PostgreSQL; beside each its bare limit."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.client import HOST, Client, Request
from bench.databases import INSTALLATION_KEY, Database

ROOT = Path(__file__).resolve().parent.parent
_START_SECONDS_MAX = 60
_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"
"""A server starts from compiled modules, as it does on its second start anywhere."""
_GUNICORN = (
    "-m",
    "gunicorn",
    "--workers",
    "2",
    "--worker-class",
    "gthread",
    "--threads",
    "4",
    "--keep-alive",
    "30",
)


@dataclass(frozen=True, kw_only=True)
class Servers:
    """The ports at which both sides answer on one database."""

    label: str
    stockroom: int
    limit: int
    start_seconds: float
    """From the command to the first answer of Stockroom."""


@contextmanager
def serving(database: Database) -> Iterator[Servers]:
    """Start Stockroom and the bare limit on a database, and stop both afterwards."""
    stockroom_port, limit_port = free_port(), free_port()
    on_sqlite = database.kind == "sqlite"
    with ExitStack() as stack:
        began = time.perf_counter()
        command = _stockroom_on_sqlite if on_sqlite else _stockroom_on_postgres
        stack.enter_context(_running(command(database, stockroom_port), database, stockroom_port))
        start_seconds = time.perf_counter() - began
        limit = _limit_on_sqlite if on_sqlite else _limit_on_postgres
        stack.enter_context(_running(limit(database, limit_port), database, limit_port))
        yield Servers(
            label="waitress, 1 process, 8 threads" if on_sqlite else "gunicorn, 2 workers x 4 threads",
            stockroom=stockroom_port,
            limit=limit_port,
            start_seconds=start_seconds,
        )


def environment_for(database: Database) -> dict[str, str]:
    """The environment of a server on this database, which keeps what Python has compiled."""
    return {name: value for name, value in os.environ.items() if name != _NO_BYTECODE} | {
        "STOCKROOM_DATABASE_URL": database.url,
        "STOCKROOM_INSTANCE": str(database.folder),
        "STOCKROOM_INSTALLATION_KEY": INSTALLATION_KEY.hex(),
    }


def free_port() -> int:
    """Give a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _stockroom_on_sqlite(database: Database, port: int) -> list[str]:
    return ["-m", "stockroom", "run", "--port", str(port), "--database-url", database.url]


def _stockroom_on_postgres(_database: Database, port: int) -> list[str]:
    return [*_GUNICORN, "--bind", f"{HOST}:{port}", "wsgi:app"]


def _limit_on_sqlite(database: Database, port: int) -> list[str]:
    given = ["--database-url", database.url, "--folder", str(database.folder), "--port", str(port)]
    return ["-m", "bench.limit_server", *given]


def _limit_on_postgres(database: Database, port: int) -> list[str]:
    factory = f"bench.limit_server:create({database.url!r}, {str(database.folder)!r})"
    return [*_GUNICORN, "--bind", f"{HOST}:{port}", factory]


@contextmanager
def _running(arguments: list[str], database: Database, port: int) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=environment_for(database),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            if not _answers(server, port):
                log.seek(0)
                told = log.read().decode(errors="replace")
                raise RuntimeError(f"{' '.join(arguments)} did not start:\n{told[-4000:]}")
            yield
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Wait until the server answers anything at all; False when it ended or took too long."""
    ends = time.perf_counter() + _START_SECONDS_MAX
    encoded = Request(method="GET", path="/nothing").encoded()
    while server.poll() is None and time.perf_counter() < ends:
        try:
            with Client(port) as client:
                client.send(encoded)
            return True
        except OSError:
            time.sleep(0.02)
    return False
