"""How is a SQLite installation copied while it runs, and put back?  By SQLite's backup API, never file by file.

PostgreSQL has tools of its own (pg_dump, base backups); this file refuses it.
"""

from __future__ import annotations

import os
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, make_url

from stockroom.db.engine import sqlite_module
from stockroom.errors import Conflict, Refused, Unreadable, extracted


@dataclass(eq=False, kw_only=True)
class NotSqlite(Refused):
    """The database is not a SQLite file."""

    code: ClassVar[str] = "not_sqlite"
    message: ClassVar[str] = extracted(
        "Only a SQLite database is backed up like this. Use PostgreSQL's own tools."
    )


@dataclass(eq=False, kw_only=True)
class FileInTheWay(Conflict):
    """A file is there already; a backup never replaces one."""

    code: ClassVar[str] = "file_in_the_way"
    message: ClassVar[str] = extracted("{path} exists already. Choose another name, or move it away.")
    path: str


@dataclass(eq=False, kw_only=True)
class BackupUnreadable(Unreadable):
    """The file is not a whole SQLite database."""

    code: ClassVar[str] = "backup_unreadable"
    message: ClassVar[str] = extracted("{path} is not a whole backup. Use an older one.")
    path: str


def file_of(url: str | URL) -> Path:
    """Give the file of a SQLite database.  Raises NotSqlite."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or parsed.database in (None, "", ":memory:"):
        raise NotSqlite()
    return Path(str(parsed.database))


def copy_database(source: Path, target: Path) -> None:
    """Copy a live database into a new file that is whole and on disk when this returns.

    Raises FileInTheWay when there is a target, BackupUnreadable when the source is no database.
    """
    if target.exists():
        raise FileInTheWay(path=str(target))
    if not source.is_file():
        raise BackupUnreadable(path=str(source))
    module: Any = sqlite_module()
    beside = target.with_name(f".{target.name}.part")
    beside.unlink(missing_ok=True)
    os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with (
            closing(module.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as live,
            closing(module.connect(beside)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            whole = copy.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        if not whole:
            raise BackupUnreadable(path=str(source))
        _sync(beside)
        os.replace(beside, target)
    except module.DatabaseError:
        raise BackupUnreadable(path=str(source)) from None
    finally:
        beside.unlink(missing_ok=True)


def put_in_place(restored: Path, database: Path) -> None:
    """Make `restored` the database, on disk when this returns.

    What a server of the old one left beside it goes away with it.
    """
    _sync(restored)
    for tail in ("-wal", "-shm", "-journal"):
        database.with_name(database.name + tail).unlink(missing_ok=True)
    os.replace(restored, database)
    if os.name == "posix":  # elsewhere a folder cannot be opened to be synced
        _sync(database.parent, os.O_RDONLY)


def _sync(path: Path, mode: int = os.O_RDWR) -> None:
    handle = os.open(path, mode)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
