"""Is a backup whole, proven and kept in mind, on both databases, and does it come back?"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import make_url, text

from stockroom.cli import main
from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from stockroom.models import BackupMade, Clinic
from stockroom.queries.backups import last_backup
from tests.conftest import KEYS
from tests.postgres_cluster import PostgresCluster
from tests.sessions import rows

CLINIC = ("--time-zone", "Europe/Sofia", "--country", "BG", "--currency", "EUR")


@dataclass
class Place:
    """An installation of its own, as its commands reach it."""

    url: str
    folder: Path
    cluster: PostgresCluster | None = None

    def do(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, list(arguments), catch_exceptions=False)

    def done(self, *arguments: str) -> str:
        result = self.do(*arguments)
        assert result.exit_code == 0, result.output
        return result.output

    def rows(self, model: Any) -> list[Any]:
        engine = open_engine(self.url)
        try:
            return rows(self._store(engine), model)
        finally:
            engine.dispose()

    def last(self) -> Any:
        engine = open_engine(self.url)
        try:
            with self._store(engine).reading() as connection:
                return last_backup(connection)
        finally:
            engine.dispose()

    def lose(self) -> None:
        """The database is gone, as after a disk that died."""
        if self.cluster is None:
            (self.folder / "stockroom.sqlite").unlink()
        else:
            self.cluster.drop_database(str(make_url(self.url).database))

    def forge(self, statement: str) -> None:
        engine = open_engine(self.url)
        try:
            with engine.connect().execution_options(write=True) as connection, connection.begin():
                connection.execute(text(statement))
        finally:
            engine.dispose()

    def _store(self, engine: Any) -> Store:
        return open_store(engine, keyring=KEYS, anchor_file=self.folder / "other.jsonl")


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    url = f"sqlite:///{tmp_path}/stockroom.sqlite"
    name = f"backup_{os.getpid()}_{tmp_path.name[-8:].replace('-', '_')}".lower()
    cluster: PostgresCluster | None = None
    if request.param == "postgres":
        cluster = request.getfixturevalue("postgres")
        # The cluster of the tests asks for none; a password goes to the client programs all the same.
        with_password = make_url(cluster.create_database(name)).set(password="se:cret\\too")
        url = with_password.render_as_string(hide_password=False)
    monkeypatch.setenv("STOCKROOM_INSTANCE", str(tmp_path))
    monkeypatch.setenv("STOCKROOM_DATABASE_URL", url)
    for setting in [each for each in os.environ if each.startswith("STOCKROOM_") and "TEST" not in each]:
        if setting not in ("STOCKROOM_INSTANCE", "STOCKROOM_DATABASE_URL"):
            monkeypatch.delenv(setting)
    here = Place(url=url, folder=tmp_path, cluster=cluster)
    here.done("db", "upgrade")
    here.done("clinic", "found", "--name", "Vitosha", *CLINIC)
    yield here
    if cluster is not None:
        for database in _databases(cluster):
            if database.startswith(name):
                cluster.drop_database(database)


def _databases(cluster: PostgresCluster) -> list[str]:
    engine = open_engine(cluster.url())
    try:
        with engine.connect() as connection:
            return list(connection.execute(text("SELECT datname FROM pg_database")).scalars())
    finally:
        engine.dispose()


def test_a_backup_is_proven_kept_in_mind_and_comes_back(place: Place) -> None:
    copy = place.folder / "monday.backup"
    told = json.loads(place.done("backup", str(copy), "--json"))
    first = place.last()
    place.done("clinic", "found", "--name", "Rila", *CLINIC)
    place.done("backup", str(place.folder / "tuesday.backup"))

    said = place.done("restore", str(copy))

    assert [each.name for each in place.rows(Clinic)] == ["Vitosha"]
    assert "Restored and verified in" in said
    assert (first.file_name, first.size_bytes) == ("monday.backup", copy.stat().st_size)
    assert told["restore_seconds"] > 0 and told["size_bytes"] == first.size_bytes
    # The older copy knew of neither backup; both are still known, the newer one as the last.
    assert {each.file_name for each in place.rows(BackupMade)} == {"monday.backup", "tuesday.backup"}
    assert place.last().file_name == "tuesday.backup"
    assert "The books are true" in place.done("verify")
    assert place.do("backup", str(copy)).exit_code == 1  # a file in the way is never replaced
    assert [path.name for path in place.folder.glob("*restoring*")] == []


def test_what_was_restored_is_known_even_where_the_database_was_lost(place: Place) -> None:
    copy = place.folder / "monday.backup"
    place.done("backup", str(copy))
    place.lose()

    place.done("restore", str(copy))

    last = place.last()
    assert last.file_name == "monday.backup"
    assert last.made_at <= last.verified_at <= datetime.now(UTC) + timedelta(seconds=1)


def test_a_backup_whose_books_are_not_true_is_neither_proven_nor_put_back(place: Place) -> None:
    good, forged = place.folder / "good.backup", place.folder / "forged.backup"
    place.done("backup", str(good))
    place.forge("UPDATE journal_head SET seq = seq + 1, hash = 'x' WHERE stream = 'changes'")

    refused = place.do("backup", str(forged))

    assert refused.exit_code == 1 and "Not proven: L12" in refused.output
    unproven = place.folder / "forged.backup.unproven"
    assert unproven.is_file() and not forged.exists()
    assert place.last().file_name == "good.backup"
    back = place.do("restore", str(unproven))
    assert back.exit_code == 1 and "Not restored: L12" in back.output
    assert place.do("verify").exit_code == 1  # nothing was replaced
    place.done("restore", str(good))
    assert "The books are true" in place.done("verify")


def test_a_file_that_is_no_backup_of_this_database_is_refused_by_name(place: Place) -> None:
    nonsense = place.folder / "nonsense.backup"
    nonsense.write_bytes(b"not a database" * 100)

    refused = place.do("restore", str(nonsense))

    assert refused.exit_code == 1
    assert "nonsense.backup" in refused.output and "backup" in refused.output
    assert [each.name for each in place.rows(Clinic)] == ["Vitosha"]


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_folder_keeps_the_newest_and_forgets_only_its_own(place: Place) -> None:
    folder = place.folder / "backups"
    folder.mkdir()
    (folder / "stockroom-20200101T000000Z.backup").write_bytes(b"old")
    (folder / "stockroom-20200102T000000Z.backup").write_bytes(b"old")
    (folder / "mine.txt").write_text("not one of them", encoding="utf-8")

    place.done("backup", str(folder), "--keep", "2")

    names = sorted(path.name for path in folder.iterdir())
    assert names[:2] == ["mine.txt", "stockroom-20200102T000000Z.backup"] and len(names) == 3
    assert place.last().file_name == names[2]


def test_nothing_is_put_back_under_a_running_installation(place: Place) -> None:
    copy = place.folder / "monday.backup"
    place.done("backup", str(copy))
    if place.cluster is None:
        from config import load_settings
        from stockroom.app import claim_single_process, release_single_process

        lock = claim_single_process(load_settings())
        refused = place.do("restore", str(copy))
        release_single_process(lock)
        assert "Another Stockroom serves" in refused.output
    else:
        engine = open_engine(place.url)
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            refused = place.do("restore", str(copy))
        engine.dispose()
        assert "Stop the workers and the schedulers first" in refused.output
    assert refused.exit_code == 1
    place.done("restore", str(copy))


@pytest.mark.parametrize("place", ["postgres"], indirect=True)
def test_without_the_client_programs_postgresql_says_what_to_install(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(place.folder))

    refused = place.do("backup", str(place.folder / "x.backup"))

    assert refused.exit_code == 1 and "pg_dump is not on this machine" in refused.output
    assert not (place.folder / "x.backup").exists()
