"""How is a PostgreSQL database copied while it is used, and put in the place of another?  By PostgreSQL's own tools.

A dump sees one snapshot; whoever writes meanwhile is not held up.  Nothing is restored into a database that is in
use: the dump is restored beside it, and the two change names.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import URL

from stockroom.errors import Conflict, Refused, Unreadable, extracted

if TYPE_CHECKING:
    import psycopg

MAGIC = b"PGDMP"
"""How a dump in PostgreSQL's custom format begins."""
_MAINTENANCE = "postgres"
TOLD_MAX = 400


@dataclass(eq=False, kw_only=True)
class ToolMissing(Refused):
    """A client program of PostgreSQL is not on this machine."""

    code: ClassVar[str] = "tool_missing"
    message: ClassVar[str] = extracted(
        "{tool} is not on this machine. Install PostgreSQL's client programs, as new as the server or newer."
    )
    tool: str


@dataclass(eq=False, kw_only=True)
class ToolFailed(Refused):
    """A client program of PostgreSQL, or the server, would not do it."""

    code: ClassVar[str] = "tool_failed"
    message: ClassVar[str] = extracted("{tool} failed: {problem}")
    tool: str
    problem: str


@dataclass(eq=False, kw_only=True)
class DumpUnreadable(Unreadable):
    """The file is no dump of PostgreSQL's."""

    code: ClassVar[str] = "dump_unreadable"
    message: ClassVar[str] = extracted(
        "{path} is no backup of a PostgreSQL database. Choose one that was made of this kind of database."
    )
    path: str


@dataclass(eq=False, kw_only=True)
class DatabaseInUse(Conflict):
    """Somebody is connected to the database that is to be replaced."""

    code: ClassVar[str] = "database_in_use"
    message: ClassVar[str] = extracted(
        "{count} connections to {database} are open. Stop the workers and the schedulers first."
    )
    database: str
    count: int


def dump_database(url: URL, target: Path) -> None:
    """Write a dump of the live database into a new file that is on disk when this returns.

    Raises ToolMissing, ToolFailed.
    """
    try:
        _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}", url=url)
        handle = os.open(target, os.O_RDWR)
        try:
            os.fchmod(handle, 0o600)
            os.fsync(handle)
        finally:
            os.close(handle)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


@contextmanager
def restored_beside(dump: Path, url: URL, name: str) -> Iterator[URL]:
    """Restore a dump into a new database of this name on the same server; what still goes by it is dropped afterwards.

    Raises DumpUnreadable, ToolMissing, ToolFailed (the account may not create a database, for one).
    """
    with dump.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise DumpUnreadable(path=str(dump))
    from psycopg import sql

    with _maintaining(url) as server:
        _say(server, sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    beside = url.set(database=name)
    try:
        _run(
            "pg_restore", "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", str(dump),
            url=beside,
        )  # fmt: skip
        yield beside
    finally:
        with _maintaining(url) as server:
            _say(server, sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def is_there(url: URL) -> bool:
    """Whether the server has a database of this name."""
    with _maintaining(url) as server:
        found = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (url.database,))
        return found.fetchone() is not None


def take_place(beside: URL, url: URL, *, aside: str) -> None:
    """Give a restored database the name of the live one, which is kept under the name `aside`.

    Raises DatabaseInUse while anybody is connected to it.
    """
    from psycopg import sql

    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    live, new, old = (sql.Identifier(str(name)) for name in (url.database, beside.database, aside))
    was_there = is_there(url)
    with _maintaining(url) as server:
        if was_there:
            _refuse_in_use(server, str(url.database))
            _say(server, rename.format(live, old))
        try:
            _say(server, rename.format(new, live))
        except ToolFailed:
            if was_there:
                _say(server, rename.format(old, live))
            raise


def _refuse_in_use(server: psycopg.Connection[Any], database: str) -> None:
    row = server.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", (database,)).fetchone()
    if row is not None and row[0]:
        raise DatabaseInUse(database=database, count=int(row[0]))


@contextmanager
def _maintaining(url: URL) -> Iterator[psycopg.Connection[Any]]:
    """A connection to the server that is not one to the database itself."""
    import psycopg

    try:
        with psycopg.connect(_conninfo(url.set(database=_MAINTENANCE)), autocommit=True) as server:
            yield server
    except psycopg.OperationalError as error:
        raise ToolFailed(tool="PostgreSQL", problem=_first_words(str(error))) from error


def _say(server: psycopg.Connection[Any], statement: Any) -> None:
    import psycopg

    try:
        server.execute(statement)
    except psycopg.Error as error:
        raise ToolFailed(tool="PostgreSQL", problem=_first_words(str(error))) from error


def _conninfo(url: URL) -> str:
    """The address as libpq writes it."""
    from psycopg.conninfo import make_conninfo

    given: dict[str, Any] = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
        **url.query,
    }
    return make_conninfo("", **{name: value for name, value in given.items() if value is not None})


def _run(tool: str, *arguments: str, url: URL) -> None:
    """Run a client program on a database.  The password lies in a file of ours alone: no list of processes shows it."""
    program = shutil.which(tool)
    if program is None:
        raise ToolMissing(tool=tool)
    with _passwords(url) as address:
        command = [program, *arguments, f"--dbname={address}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ToolFailed(tool=tool, problem=_first_words(done.stderr))


@contextmanager
def _passwords(url: URL) -> Iterator[str]:
    """The address for a client program: without the password, which is in a file that it names for so long."""
    open_url = url.set(password=None)
    if url.password is None:
        yield _conninfo(open_url)
        return
    escaped = str(url.password).replace("\\", "\\\\").replace(":", "\\:")
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", prefix="stockroom-") as file:
        file.write(f"*:*:*:*:{escaped}\n")
        file.flush()
        yield _conninfo(open_url.update_query_dict({"passfile": file.name}))


def _first_words(text: str) -> str:
    return " ".join(text.split())[:TOLD_MAX]
