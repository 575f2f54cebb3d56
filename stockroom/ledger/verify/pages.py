"""Is the database's file whole, and does every index of it say what its table says?  (SQLite)

The journals are read in the order of an index, which keeps the numbers a second time: a number that was changed in
the table alone shows here.  PostgreSQL guards its pages itself, where its cluster was made with checksums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from stockroom.ledger.verify.notes import Notes

_FAULTS_MAX = 1_000
_ROW_OF_INDEX = re.compile(r"row (\d+) (?:.*) index (\S+)")
_JOURNALS = ("journal_entry", "organisation_entry")


def check(connection: Connection, notes: Notes) -> None:
    """Note what SQLite's own check of the file and its indexes finds; a broken CHECK is an invariant's to name."""
    if connection.dialect.name != "sqlite":
        return
    elsewhere = []
    for (line,) in connection.exec_driver_sql(f"PRAGMA integrity_check({_FAULTS_MAX})"):
        of_index = _ROW_OF_INDEX.match(line)
        if of_index is not None:
            notes.wrong("file", _table_of(connection, of_index[2]), f"rowid {of_index[1]}", line)
        elif line != "ok" and not line.startswith("CHECK constraint failed"):
            elsewhere.append(line)
    if elsewhere:
        for table in _JOURNALS:
            _name_torn(connection, notes, table)
    for line in elsewhere:
        notes.wrong("file", "database", "file", line)


def _table_of(connection: Connection, index: str) -> str:
    asked = text("SELECT tbl_name FROM sqlite_master WHERE name = :index")
    return str(connection.execute(asked, {"index": index}).scalar() or index)


def _name_torn(connection: Connection, notes: Notes, table: str) -> None:
    """Note each row that cannot be read: one by one, for this is a file of which it is known that it is torn."""
    driver: Any = connection.connection.driver_connection
    for (rowid,) in driver.execute(f"SELECT rowid FROM {table}").fetchall():  # noqa: S608 - a name of ours
        try:
            driver.execute(f"SELECT * FROM {table} WHERE rowid = {rowid}").fetchall()  # noqa: S608
        except connection.dialect.loaded_dbapi.DatabaseError:
            notes.wrong("file", table, f"rowid {rowid}", "cannot be read")


@contextmanager
def noting_damage(connection: Connection, notes: Notes, what: str) -> Iterator[None]:
    """Let a check that cannot go on in a damaged file be a finding, and the next one begin."""
    try:
        yield
    except (DBAPIError, connection.dialect.loaded_dbapi.DatabaseError, ValueError) as error:
        if not _is_damage(connection, error):
            raise
        notes.wrong("file", what, "", "cannot be read to the end: the file is damaged")


def _is_damage(connection: Connection, error: Exception) -> bool:
    """Whether a value could not be read: SQLite says so in an error of no narrower class, or in a text's."""
    if connection.dialect.name != "sqlite":
        return False
    if isinstance(error, ValueError):
        return True
    found = error.orig if isinstance(error, DBAPIError) else error
    return type(found) is connection.dialect.loaded_dbapi.DatabaseError or str(found).startswith(
        "Could not decode"
    )
