"""What every test may ask for: a migrated store on each database, as fresh as if nobody had used it."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from sqlalchemy import Engine

from stockroom.db.engine import open_engine
from stockroom.db.migrating import upgrade
from stockroom.db.sealing import KeyRing
from stockroom.db.store import Store, open_store
from tests import failing_entries
from tests.postgres_cluster import PostgresCluster, PostgresMissing
from tests.postgres_lending import Lender
from tests.warm_engines import open_warm

SCALE = int(os.environ.get("STOCKROOM_TEST_SCALE", "1"))
KEYS = KeyRing(bytes(range(32)))

# A busy machine is no fault of the code: how long an example took decides nothing.  Without the phase that
# explains failures, for which Hypothesis traces every line of every example, it takes a fraction of that.
_PHASES = tuple(phase for phase in Phase if phase is not Phase.explain)
settings.register_profile("unhurried", deadline=None, phases=_PHASES)
settings.load_profile("unhurried")


def pytest_collection_finish() -> None:
    """What was imported stays until the end: the garbage collector need not look through it every moment."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker hands over at which routes a journal entry failed."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["tried"] = sorted(failing_entries.TRIED)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    failing_entries.TRIED.update(getattr(node, "workeroutput", {}).get("tried", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if failing_entries.TRIED:
        terminalreporter.write_line(
            f"The journal entry failed first at {len(failing_entries.TRIED)} routes; nothing was left there."
        )


@pytest.fixture(scope="session")
def scale() -> int:
    """How much larger than in an ordinary run heavy tests are."""
    return SCALE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file that tests copy."""
    path = tmp_path_factory.mktemp("template") / "template.sqlite"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """A throw-away PostgreSQL with a migrated template; its absence fails the build in CI."""
    try:
        cluster = PostgresCluster()
    except PostgresMissing as missing:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(missing))
    with cluster as running:
        engine = open_engine(running.create_database("template_stockroom"))
        upgrade(engine)
        engine.dispose()
        yield running


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database."""
    path = tmp_path / "stockroom.sqlite"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def lender(postgres: PostgresCluster) -> Lender:
    """Who lends databases that are as their template is."""
    return Lender(postgres)


@pytest.fixture
def postgres_url(lender: Lender) -> Iterator[str]:
    """The address of a fresh PostgreSQL database."""
    with lender.lent("template_stockroom") as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, once of each kind."""
    return request.getfixturevalue(f"{request.param}_url")


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    opened = open_warm(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def store(engine: Engine, tmp_path: Path) -> Store:
    """A fresh installation on each database."""
    return open_store(engine, keyring=KEYS, anchor_file=tmp_path / "anchors.jsonl")


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path) -> Iterator[Store]:
    """A fresh installation on SQLite, for tests in which the database makes no difference."""
    opened = open_warm(sqlite_url)
    yield open_store(opened, keyring=KEYS, anchor_file=tmp_path / "anchors.jsonl")
    opened.dispose()
