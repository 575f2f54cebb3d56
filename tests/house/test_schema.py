"""Is the schema after every migration the one that was agreed on, triggers, checks and indexes included?"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

import stockroom.models  # noqa: F401 - fills the metadata
from stockroom.db.base import Base
from stockroom.db.engine import open_engine
from stockroom.db.fingerprint import fingerprint
from stockroom.db.migrating import MIGRATIONS, known_revisions, newest_revision
from tests.house.schema_at_every_revision import fingerprints
from tests.house.write_schema import golden
from tests.postgres_cluster import PostgresCluster


def _guards(schema: str) -> set[str]:
    return {
        line.partition(":")[0] for line in schema.splitlines() if line.startswith(("trigger ", "function "))
    }


def _climb(url: str) -> None:
    engine = open_engine(url)
    schemas = list(fingerprints(engine).items())
    for (_, before), (revision, after) in pairwise(schemas):
        assert _guards(before) <= _guards(after), f"revision {revision} lost a trigger"
    agreed = golden(engine.dialect.name).read_text(encoding="utf-8")
    engine.dispose()
    assert schemas[-1][1].splitlines() == agreed.splitlines(), (
        "the schema differs from its golden file; if that is meant: python -m tests.house.write_schema"
    )


def test_the_schema_on_sqlite_is_the_agreed_one_after_every_revision(tmp_path: Path) -> None:
    _climb(f"sqlite:///{tmp_path / 'empty.sqlite'}")


@pytest.mark.postgres
def test_the_schema_on_postgresql_is_the_agreed_one_after_every_revision(postgres: PostgresCluster) -> None:
    url = postgres.create_database("climbing")
    try:
        _climb(url)
    finally:
        postgres.drop_database("climbing")


# SQLAlchemy reads no indexes over an expression back from SQLite; the fingerprint compares those.
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index ix_.*_folded")
@pytest.mark.filterwarnings(
    "ignore:autogenerate skipping metadata-specified expression-based index 'ix_.*_folded'"
)
def test_models_and_migrations_say_the_same(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        difference = compare_metadata(context, Base.metadata)

    assert difference == []


@pytest.mark.parametrize(
    "lost",
    ["DROP TRIGGER line_refuses_delete", "DROP INDEX ix_line_lot", "ALTER TABLE lot ADD COLUMN more TEXT"],
)
def test_the_fingerprint_shows_what_is_lost(sqlite_url: str, lost: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        before = fingerprint(connection)
        connection.exec_driver_sql(lost)
        after = fingerprint(connection)
    engine.dispose()

    assert before != after


def test_a_revision_is_called_what_its_file_begins_with_and_the_highest_is_the_newest() -> None:
    chain = ScriptDirectory(str(MIGRATIONS))

    assert known_revisions() == {revision.revision for revision in chain.walk_revisions()}
    assert [newest_revision()] == chain.get_heads()
