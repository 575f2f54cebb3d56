"""How is the database opened?  One engine with its pragmas set, read back, and refused when they differ."""

from __future__ import annotations

import logging
import sqlite3
from math import inf
from time import monotonic
from types import ModuleType
from typing import Any, ClassVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import InvalidatePoolError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from stockroom.errors import StockroomError, extracted

try:
    from pysqlite3 import dbapi2 as _bundled  # type: ignore[import-untyped,import-not-found,unused-ignore]
except ImportError:  # platforms without a wheel use the interpreter's own SQLite
    _bundled = None

BUSY_TIMEOUT_MS = 30_000
MAPPED_BYTES = 256 * 1024 * 1024
"""So much of a SQLite file is read as memory, which all connections share, instead of by a call for each page:
a trace over the whole ledger takes a fifth less.  It is written as ever."""
IDLE_SECONDS_MAX = 1.0
"""A connection to PostgreSQL that was used so lately is taken to be alive."""
_PATIENT = {"timeout": BUSY_TIMEOUT_MS / 1000, "cached_statements": 1000}
_SHORT_READS = "-c random_page_cost=1.1 -c jit=off -c plan_cache_mode=force_generic_plan"
"""Every read of ours is by indexes and short.  As PostgreSQL weighs them by itself, for a disk that turns, a
trace of a thousand uses reads all movements that ever were; to compile a plan takes longer than to run it, and
so does to make one anew for each question (`docs/decisions/0009`)."""
_QUIET = {"hide_parameters": True}
"""An error of the database never shows the values of a statement, which may be personal (L14)."""
_WARM = {"pool_size": 8, "pool_use_lifo": True}
"""As many connections stay open as a process has threads, and the one used last is used next: it has prepared
its statements and has its pages at hand, which the next in a row would not."""
_PREPARED_AFTER = 1
"""Runs of a statement on a connection to PostgreSQL after which it is prepared there."""
_log = logging.getLogger(__name__)


class DatabaseUnsafe(StockroomError):
    """The database does not keep what it acknowledges; Stockroom does not start on it."""

    code: ClassVar[str] = "database_unsafe"
    message: ClassVar[str] = extracted(
        "The database is not safe to run on. The log says which setting differs."
    )


def sqlite_module() -> ModuleType:
    """The SQLite driver in use: the bundled current one where there is a wheel, else the interpreter's."""
    return _bundled if _bundled is not None else sqlite3


def has_wal_reset_fault(version: tuple[int, ...]) -> bool:
    """Whether this SQLite can corrupt a WAL database that two connections write or checkpoint at once.

    Source: SQLite 3.51.3 release notes (fault in 3.7.0 to 3.51.2; also fixed in 3.44.6 and 3.50.7).
    """
    repaired_branches = {(3, 44): 6, (3, 50): 7}
    branch, patch = version[:2], version[2]
    if branch in repaired_branches:
        return patch < repaired_branches[branch]
    return version < (3, 51, 3)


def open_engine(url: str | URL, **options: Any) -> Engine:
    """Open the database at `url` with safe settings.

    SQLite: foreign keys on, WAL + synchronous FULL on a sound version, DELETE + EXTRA otherwise,
    every transaction begun by us (IMMEDIATE when it writes).  PostgreSQL: READ COMMITTED, UTC, lock
    waits with a limit.  Raises DatabaseUnsafe when a setting does not read back.
    """
    url = make_url(url)
    if url.get_backend_name() == "sqlite":
        kept = _WARM if url.database not in (None, "", ":memory:") else {}
        engine = create_engine(
            url, **{**_QUIET, **kept, "module": sqlite_module(), "connect_args": _PATIENT, **options}
        )
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin_on_sqlite)
        return engine
    pooled = {**_QUIET, **_WARM, "max_overflow": 8, "pool_timeout": 30}
    settings = (
        "-c timezone=UTC -c lock_timeout=30s -c idle_in_transaction_session_timeout=60s " + _SHORT_READS
    )
    connected = {"options": settings, "prepare_threshold": _PREPARED_AFTER}
    engine = create_engine(url, **{**pooled, "connect_args": connected, **options})
    _ask_after_a_pause(engine)
    return engine


def _ask_after_a_pause(engine: Engine) -> None:
    """Have connections that lay idle asked whether the server is still there, before they are used again.

    Asked each time, as the pool would by itself, it is one round trip more for every act and look-up.  A
    connection that is lost between two requests that come close together costs one of them a 503.
    """
    dialect: Any = engine.dialect

    @event.listens_for(engine, "checkin")
    def _returned(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _borrowed(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if monotonic() - record.info.get("returned_at", inf) < IDLE_SECONDS_MAX:
            return
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as gone:
            raise InvalidatePoolError() from gone  # upon which the pool opens new ones


def open_private_engine(url: str | URL) -> Engine:
    """Open a SQLite file that nobody else sees yet, and that is thrown away unless it is finished and synced.

    It may be lost when the power goes, so that nothing waits for the disk at every commit.
    """
    engine = open_engine(url)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must never begin by itself: we do, on "begin"
    sound = not has_wal_reset_fault(sqlite_module().sqlite_version_info)
    in_memory = not connection.execute("PRAGMA database_list").fetchone()[2]
    wanted: dict[str, tuple[str, object]] = {
        "busy_timeout": (str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
        "foreign_keys": ("ON", 1),
        "recursive_triggers": ("ON", 1),
        "secure_delete": ("ON", 1),  # an erased patient's wrapped key must not stay in a free page
        "journal_mode": ("WAL", "wal") if sound else ("DELETE", "delete"),
        "synchronous": ("FULL", 2) if sound else ("EXTRA", 3),
    }
    if in_memory:
        wanted["journal_mode"] = ("MEMORY", "memory")
    for pragma, (value, _) in wanted.items():
        connection.execute(f"PRAGMA {pragma}={value}")
    connection.execute(f"PRAGMA mmap_size={MAPPED_BYTES}")
    for pragma, (_, expected) in wanted.items():
        read_back = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
        if read_back != expected:
            _log.critical("PRAGMA %s reads %r, expected %r", pragma, read_back, expected)
            raise DatabaseUnsafe()


def _begin_on_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("write", False)
    # On the driver's connection, so that what is counted as a statement is a statement of ours.
    driver: Any = connection.connection.driver_connection
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED"
    try:
        driver.execute(begin)
    except sqlite_module().OperationalError as locked:
        # SQLAlchemy wraps the errors of what it runs itself, and of nothing else.
        raise OperationalError(begin, None, locked) from locked
