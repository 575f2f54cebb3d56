"""What does an act need of the installation?  The engine, the writers' queue, the keys, the anchor file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Connection, Engine, Uuid, column, select, table

from stockroom.db.anchor_keeping import PLAIN, AnchorKeeping
from stockroom.db.glance import Glance, glancing
from stockroom.db.sealing import KeyRing
from stockroom.db.writers import WriterQueue

_ORGANISATION_UID = select(table("organisation_head", column("uid", Uuid(as_uuid=False))).c.uid)


@dataclass(frozen=True, kw_only=True)
class Store:
    """An opened installation.  Made once per process; safe to share between threads."""

    engine: Engine
    writers: WriterQueue
    keyring: KeyRing
    anchors_named: Path
    """The anchor file's folder and name, without the organisation's uid."""
    anchor_keeping: AnchorKeeping = PLAIN
    """Whether heads are signed, and where else they are written."""
    rehearsed_on: Connection | None = None
    """Set while acts are only tried (`db.transaction.rehearsal`): where they are, until all of it is undone."""

    @cached_property
    def anchor_file(self) -> Path:
        """Where journal heads are written; each database has a file of its own, named after it."""
        return self._of_this_organisation(self.anchors_named)

    @cached_property
    def anchor_files(self) -> tuple[Path, ...]:
        """Every file in which heads are written: the own one first."""
        copy = self.anchor_keeping.copy
        return (self.anchor_file,) if copy is None else (self.anchor_file, self._of_this_organisation(copy))

    def _of_this_organisation(self, name: Path) -> Path:
        with self.reading() as connection:
            uid: str = connection.execute(_ORGANISATION_UID).scalar_one()
        return name if uid in name.name else name.with_name(f"{name.stem}-{uid}{name.suffix}")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @cached_property
    def writing_engine(self) -> Engine:
        """The same engine, whose transactions write."""
        return self.engine.execution_options(write=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one consistent snapshot and never writes."""
        if self.rehearsed_on is not None:
            yield self.rehearsed_on
            return
        options = (
            {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        with self.engine.connect().execution_options(**options) as connection, connection.begin() as snapshot:
            try:
                yield connection
            finally:
                # On PostgreSQL nothing can have been written, and psycopg lets go of every prepared statement
                # of a connection that is rolled back: there a snapshot ends by a commit.
                if self.is_sqlite:
                    snapshot.rollback()

    def glancing(self) -> AbstractContextManager[Glance]:
        """Give a connection for single statements of a hot path (`Once`), each a snapshot by itself."""
        return glancing(self.engine)


def open_store(
    engine: Engine, *, keyring: KeyRing, anchor_file: Path, anchor_keeping: AnchorKeeping = PLAIN
) -> Store:
    """Make the store of an engine; on a SQLite file the queue's lock file lies beside the database.

    `anchor_file` gets the organisation's uid added to its name.
    """
    database = engine.url.database
    on_file = engine.dialect.name == "sqlite" and database not in (None, "", ":memory:")
    lock_file = Path(f"{database}.writers") if on_file else None
    return Store(
        engine=engine,
        writers=WriterQueue(lock_file),
        keyring=keyring,
        anchors_named=anchor_file,
        anchor_keeping=anchor_keeping,
    )
