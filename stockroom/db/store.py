"""What does an act need of the installation?  The engine, the writers' queue, the keys, the anchor file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, Engine

from stockroom.db.sealing import KeyRing
from stockroom.db.writers import WriterQueue


@dataclass(frozen=True, kw_only=True)
class Store:
    """An opened installation.  Made once per process; safe to share between threads."""

    engine: Engine
    writers: WriterQueue
    keyring: KeyRing
    anchor_file: Path

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent snapshot and never writes."""
        options = (
            {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with self.engine.connect().execution_options(**options) as connection, connection.begin() as snapshot:
            try:
                yield connection
            finally:
                snapshot.rollback()


def open_store(engine: Engine, *, keyring: KeyRing, anchor_file: Path) -> Store:
    """Make the store of an engine; on a SQLite file the queue's lock file lies beside the database."""
    database = engine.url.database
    on_file = engine.dialect.name == "sqlite" and database not in (None, "", ":memory:")
    lock_file = Path(f"{database}.writers") if on_file else None
    return Store(engine=engine, writers=WriterQueue(lock_file), keyring=keyring, anchor_file=anchor_file)
