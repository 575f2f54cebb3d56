"""How does a test get a PostgreSQL database as its template is?  One that was used is put back, for a fraction of a copy.

Put back means: every row, every sequence and the size of every table are as in a fresh copy.  A test that
changed the schema, or switched a trigger off, leaves a catalogue that differs; its database is dropped.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import Connection, connect, sql

from tests.postgres_cluster import PostgresCluster

_CATALOGUE = """
SELECT md5(string_agg(part, ',' ORDER BY part)) FROM (
    SELECT 'class' || oid || ':' || xmin AS part FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'column' || attrelid || '.' || attnum || ':' || a.xmin
        FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger' || oid || ':' || xmin FROM pg_trigger
    UNION ALL SELECT 'constraint' || oid || ':' || xmin FROM pg_constraint
    UNION ALL SELECT 'default' || oid || ':' || xmin FROM pg_attrdef
    UNION ALL SELECT 'function' || oid || ':' || xmin FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'setting' || setconfig::text FROM pg_db_role_setting
) AS parts"""
"""Every row of the catalogue that a change of the schema writes anew, with the transaction that wrote it."""
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND pg_relation_size(oid) > 0 ORDER BY 1"""
_SEQUENCES = """
SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences WHERE last_value IS NOT NULL"""
_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()"""


class SchemaChanged(RuntimeError):
    """The database is no longer what its template is; no row that is put back makes it so."""


@dataclass(frozen=True, kw_only=True)
class _Image:
    """What is in a template."""

    catalogue: str
    rows: dict[str, bytes]
    sequences: list[tuple[str, int]]


class Lender:
    """Lends databases of one cluster, each to one test at a time."""

    def __init__(self, cluster: PostgresCluster) -> None:
        self._cluster = cluster
        self._images: dict[str, _Image] = {}
        self._spare: dict[str, list[str]] = defaultdict(list)

    @contextmanager
    def lent(self, template: str) -> Iterator[str]:
        """Give the address of a database that is as `template` is."""
        name = self._spare[template].pop() if self._spare[template] else self._copied(template)
        try:
            yield self._cluster.url(name)
        finally:
            self._take_back(name, template)

    def _take_back(self, name: str, template: str) -> None:
        try:
            with self._connected(name) as connection:
                _put_back(connection, self._images[template])
        except SchemaChanged:
            self._cluster.drop_database(name)
        else:
            self._spare[template].append(name)

    def _copied(self, template: str) -> str:
        name = f"lent_{os.urandom(6).hex()}"
        self._cluster.create_database(name, template=template)
        if template not in self._images:
            with self._connected(name) as connection:
                self._images[template] = _image(connection)
        return name

    def _connected(self, name: str) -> Connection:
        return connect(self._cluster.url(name).replace("+psycopg", "", 1), autocommit=True)


def _image(connection: Connection) -> _Image:
    return _Image(
        catalogue=_value(connection, _CATALOGUE),
        rows={table: _rows(connection, table) for table in _tables(connection)},
        sequences=[(name, last) for name, last in connection.execute(_SEQUENCES)],
    )


def _put_back(connection: Connection, image: _Image) -> None:
    """Make the contents what they were.  Raises SchemaChanged."""
    connection.execute(_OTHERS)
    if _value(connection, _CATALOGUE) != image.catalogue:
        raise SchemaChanged()
    used = [sql.Identifier(table) for table in _tables(connection)]
    with connection.transaction():
        _as_replica(connection)
        for table in used:
            connection.execute(sql.SQL("DELETE FROM {}").format(table))
    connection.execute(
        sql.SQL("VACUUM {}").format(sql.SQL(", ").join(used))
    )  # no page and no order is left of it
    with connection.transaction():
        _as_replica(connection)
        for name, rows in image.rows.items():
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                copy.write(rows)
        _wind_back(connection, image)


def _wind_back(connection: Connection, image: _Image) -> None:
    """Set every sequence to where it stood; one that nobody had used begins again."""
    stood = dict(image.sequences)
    for name, _ in connection.execute(_SEQUENCES).fetchall():
        connection.execute("SELECT setval(%s::regclass, %s, %s)", (name, stood.get(name, 1), name in stood))


def _as_replica(connection: Connection) -> None:
    """Let neither triggers nor foreign keys look at what is put back: it was theirs before."""
    connection.execute("SET LOCAL session_replication_role = replica")


def _tables(connection: Connection) -> list[str]:
    """The tables that have a page."""
    return [name for (name,) in connection.execute(_TABLES)]


def _rows(connection: Connection, table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(copy)


def _value(connection: Connection, statement: str) -> str:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return str(row[0])
