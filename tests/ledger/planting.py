"""How does a test write what the database refuses?  With its guards down, as somebody with all rights would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, text

from stockroom.db.store import Store


@contextmanager
def unguarded(store: Store) -> Iterator[Connection]:
    """Give a connection on which triggers, foreign keys and CHECKs are off; they stand again afterwards."""
    with store.engine.connect().execution_options(write=True) as connection:
        if store.is_sqlite:
            yield from _on_sqlite(connection)
        else:
            yield from _on_postgresql(connection)


def _on_sqlite(connection: Connection) -> Iterator[Connection]:
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys=OFF")
    driver.execute("PRAGMA ignore_check_constraints=ON")
    with connection.begin():
        guards = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for guard in guards:
            connection.exec_driver_sql(f"DROP TRIGGER {guard.name}")
        yield connection
        for guard in guards:
            connection.exec_driver_sql(guard.sql)
    driver.execute("PRAGMA ignore_check_constraints=OFF")
    driver.execute("PRAGMA foreign_keys=ON")


def _on_postgresql(connection: Connection) -> Iterator[Connection]:
    with connection.begin():
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        checks = connection.execute(
            text("""SELECT c.relname AS tbl, k.conname AS name FROM pg_constraint k
                JOIN pg_class c ON c.oid = k.conrelid
                WHERE k.contype = 'c' AND c.relname IN ('line', 'movement', 'balance', 'allocation')""")
        ).all()
        for check in checks:
            connection.exec_driver_sql(f'ALTER TABLE "{check.tbl}" DROP CONSTRAINT "{check.name}"')
        yield connection


def drop_trigger(store: Store, table: str, event: str) -> None:
    """Take away the trigger that refuses `event` (update, delete, change) on a table."""
    name = f"{table}_refuses_{event}"
    with store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if store.is_sqlite else f" ON {table}"))
