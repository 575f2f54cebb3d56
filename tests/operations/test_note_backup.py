"""Is it kept that a backup was made and proven, once, and never taken back?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import BackupMade, OrganisationEntry
from stockroom.operations.note_backup import BackupNoted, NoteBackup, note_backup
from stockroom.queries.backups import last_backup
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.sessions import rows

UID = "01a20116-1800-752d-9691-926cd9ec78cb"


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def noted(house: House, *, actor: Actor | None = None, request: str = "", **said: Any) -> BackupNoted:
    given = {
        "backup_uid": UID,
        "made_at": NOW - timedelta(minutes=2),
        "verified_at": NOW,
        "file_name": "monday.backup",
        "size_bytes": 4_096,
    }
    command = NoteBackup(**{**given, **said})
    return note_backup(
        house.store, command, actor=actor or house.system, key=request or key("backup"), now=NOW
    )


def test_the_newest_by_when_it_was_made_is_the_last(house: House) -> None:
    noted(house)
    noted(
        house,
        backup_uid=UID.replace("cb", "cc"),
        made_at=NOW - timedelta(days=3),
        file_name="friday.backup",
    )

    with house.store.reading() as connection:
        last = last_backup(connection)
    assert last is not None
    assert (last.file_name, last.size_bytes, last.verified_at) == ("monday.backup", 4_096, NOW)
    assert rows(house.store, OrganisationEntry, kind="backup.note")[0].payload.count(UID) == 1


def test_one_that_is_known_is_left_as_it_is_and_the_same_key_keeps_it_once(house: House) -> None:
    assert noted(house, request="once").is_new
    assert noted(house, request="once").is_new
    assert not noted(house, file_name="other.backup").is_new
    assert [each.file_name for each in rows(house.store, BackupMade)] == ["monday.backup"]


def test_it_is_never_taken_back(house: House) -> None:
    noted(house)
    for statement in ("UPDATE backup_made SET size_bytes = 1", "DELETE FROM backup_made"):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            house.store.engine.connect().execution_options(write=True) as connection,
            connection.begin(),
        ):
            connection.execute(text(statement))


@pytest.mark.parametrize(
    "said", [{"size_bytes": 0}, {"verified_at": NOW - timedelta(minutes=3)}], ids=["empty", "before"]
)
def test_what_cannot_be_is_refused(house: House, said: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        noted(house, **said)
    assert rows(house.store, BackupMade) == []


def test_a_nurse_keeps_no_backups(house: House) -> None:
    with pytest.raises(ActionForbidden):
        noted(house, actor=house.nurse)
