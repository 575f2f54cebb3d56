"""Is the database opened safely, and refused when it is not?"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from stockroom.db import engine as engine_module
from stockroom.db.engine import MAPPED_BYTES, DatabaseUnsafe, has_wal_reset_fault, open_engine, sqlite_module

_PRAGMAS = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")


def _read(engine: Engine) -> tuple[object, ...]:
    with engine.connect() as connection:
        return tuple(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() for pragma in _PRAGMAS)


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 40, 1), True), ((3, 44, 5), True), ((3, 44, 6), False), ((3, 45, 0), True), ((3, 50, 6), True),
        ((3, 50, 7), False), ((3, 51, 1), True), ((3, 51, 2), True), ((3, 51, 3), False), ((3, 53, 4), False),
        ((4, 0, 0), False),
    ],
)  # fmt: skip
def test_the_versions_with_the_wal_reset_fault_are_known(version: tuple[int, int, int], faulty: bool) -> None:
    assert has_wal_reset_fault(version) is faulty


def test_a_sound_sqlite_keeps_what_it_acknowledges_in_wal(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")
    sound = not has_wal_reset_fault(sqlite_module().sqlite_version_info)

    assert _read(engine)[:2] == (("wal", 2) if sound else ("delete", 3))
    assert _read(engine)[2:] == (1, 1, 30_000)
    engine.dispose()


def test_a_file_is_read_as_memory(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")

    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA mmap_size").scalar_one() == MAPPED_BYTES
    engine.dispose()


def test_a_faulty_sqlite_falls_back_to_the_rollback_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "has_wal_reset_fault", lambda _version: True)
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")

    assert _read(engine)[:2] == ("delete", 3)
    engine.dispose()


def test_the_interpreters_own_driver_serves_where_there_is_no_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "_bundled", None)
    engine = open_engine(f"sqlite:///{tmp_path / 'a.sqlite'}")

    with engine.connect() as connection:
        assert isinstance(connection.connection.driver_connection, sqlite3.Connection)
        assert connection.execute(text("SELECT sqlite_version()")).scalar_one() == sqlite3.sqlite_version
    engine.dispose()


@pytest.mark.parametrize("pragma", ["synchronous", "foreign_keys", "journal_mode"])
def test_a_setting_that_does_not_read_back_is_refused(tmp_path: Path, pragma: str) -> None:
    class Deaf:
        """A connection that ignores one pragma, as a read-only or foreign build would."""

        def __init__(self) -> None:
            self._real = sqlite_module().connect(str(tmp_path / "a.sqlite"))
            self.isolation_level: object = None

        def execute(self, statement: str) -> object:
            if statement.startswith(f"PRAGMA {pragma}="):
                return None
            if statement == f"PRAGMA {pragma}":
                return self._real.execute("SELECT 99")
            return self._real.execute(statement)

    deaf = Deaf()
    with pytest.raises(DatabaseUnsafe):
        engine_module._set_pragmas(deaf, None)
    deaf._real.close()


def test_a_writing_transaction_begins_immediate_and_a_reading_one_deferred(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url, connect_args={"timeout": 0.05})
    writer = engine.connect().execution_options(write=True)
    with writer, writer.begin():
        other = open_engine(sqlite_url)
        with other.connect() as reading:
            assert reading.execute(text("SELECT count(*) FROM person")).scalar_one() == 1
            assert reading.connection.driver_connection.in_transaction
        assert writer.connection.driver_connection.in_transaction
        assert _is_locked_for_writing(sqlite_url)
        other.dispose()
    engine.dispose()


def _is_locked_for_writing(url: str) -> bool:
    module = sqlite_module()
    connection = module.connect(url.removeprefix("sqlite:///"), timeout=0)
    try:
        connection.execute("BEGIN IMMEDIATE")
    except module.OperationalError:
        return True
    finally:
        connection.close()
    return False


@pytest.mark.postgres
def test_postgresql_reads_committed_in_utc_and_waits_with_a_limit(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    with engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"SHOW {name}")).scalar_one()
            for name in ("timezone", "lock_timeout", "transaction_isolation")
        }
    engine.dispose()

    assert settings == {"timezone": "UTC", "lock_timeout": "30s", "transaction_isolation": "read committed"}


@pytest.mark.postgres
def test_postgresql_weighs_reads_as_they_are_short_and_by_index(postgres_url: str) -> None:
    engine = open_engine(postgres_url)

    with engine.connect() as connection:
        assert connection.execute(text("SHOW random_page_cost")).scalar_one() == "1.1"
        assert connection.execute(text("SHOW jit")).scalar_one() == "off"
    engine.dispose()


@pytest.mark.postgres
@pytest.mark.parametrize(("idle_seconds", "is_noticed"), [(2.0, True), (0.0, False)])
def test_a_connection_that_lay_idle_is_asked_whether_the_server_is_there(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, idle_seconds: float, is_noticed: bool
) -> None:
    at = 0.0
    monkeypatch.setattr(engine_module, "monotonic", lambda: at)
    engine, other = open_engine(postgres_url), open_engine(postgres_url)
    with engine.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    other.dispose()

    at = idle_seconds
    if not is_noticed:
        with engine.connect() as connection, pytest.raises(DBAPIError) as lost:
            connection.execute(text("SELECT 1"))
        assert lost.value.connection_invalidated
    with engine.connect() as connection:
        assert connection.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid
    engine.dispose()


def test_an_error_of_the_database_shows_no_value(sqlite_url: str) -> None:
    opened = open_engine(sqlite_url)

    with opened.connect() as connection, pytest.raises(DBAPIError) as refusal:
        connection.execute(text("INSERT INTO patient (short_code) VALUES (:name)"), {"name": "Maria Demova"})

    assert "Maria" not in str(refusal.value)
    opened.dispose()
