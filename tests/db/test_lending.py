"""Is a PostgreSQL database that was used as good as a fresh copy of its template when it is lent again?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from stockroom.db.sealing import KeyRing
from stockroom.db.store import open_store
from tests.builders import House
from tests.postgres_cluster import PostgresCluster
from tests.postgres_lending import Lender
from tests.warm_engines import open_warm

pytestmark = pytest.mark.postgres
TEMPLATE = "template_stockroom"


@contextmanager
def _connected(url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True) as connection:
        yield connection


def _contents(url: str) -> dict[str, object]:
    """Every row, in the order in which they lie there, and where every sequence stands."""
    with _connected(url) as connection:
        tables = [
            name
            for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ]
        rows: dict[str, object] = {
            name: connection.execute(
                sql.SQL("SELECT t.* FROM {} t ORDER BY ctid").format(sql.Identifier(name))
            ).fetchall()
            for name in tables
        }
        stood = "SELECT sequencename, last_value, start_value FROM pg_sequences ORDER BY 1"
        return {**rows, "sequences": connection.execute(stood).fetchall()}


def test_what_was_used_is_lent_again_as_a_fresh_copy_is(postgres: PostgresCluster, tmp_path: Path) -> None:
    fresh = _contents(postgres.create_database("never_used", template=TEMPLATE))
    postgres.drop_database("never_used")
    lender = Lender(postgres)
    with lender.lent(TEMPLATE) as first:
        engine = open_warm(first)
        store = open_store(engine, keyring=KeyRing(bytes(range(32))), anchor_file=tmp_path / "anchors.jsonl")
        House(store).product("Filler")
        assert _contents(first) != fresh  # and a connection of the engine is left open

    with lender.lent(TEMPLATE) as second:
        assert second == first
        assert _contents(second) == fresh
    engine.dispose()


@pytest.mark.parametrize(
    "change",
    [
        "DROP TRIGGER line_refuses_change ON line",
        "ALTER TABLE line DISABLE TRIGGER line_refuses_change",
        "ALTER TABLE lot ADD COLUMN more text",
        "DROP INDEX ix_line_lot",
        "ALTER TABLE lot ALTER COLUMN number SET DEFAULT 'A'",
        "CREATE TABLE another (id int)",
        "ALTER DATABASE {} SET timezone TO 'Europe/Sofia'",
    ],
)
def test_a_database_whose_schema_was_changed_is_not_lent_again(
    postgres: PostgresCluster, change: str
) -> None:
    lender = Lender(postgres)
    with lender.lent(TEMPLATE) as first, _connected(first) as connection:
        connection.execute(change.format(first.partition("@/")[2].partition("?")[0]))

    with lender.lent(TEMPLATE) as second:
        assert second != first
