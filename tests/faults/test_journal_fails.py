"""Is nothing of an act left where its journal entry cannot be written, whatever the act?

Invariant I-21.  The demo's days are lived through, and of every kind of act that it does the entry of the first one
fails: at that moment the database must hold, byte for byte, what it held before.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.demo.loading import load_demo
from stockroom.ledger import acts
from stockroom.ledger.verify import verify
from tests.serving import SALT

DAYS = 3


class _TryAgain(Exception):
    """As PostgreSQL asks for it, so that the act is done a second time."""

    sqlstate = "40001"


def _bytes_of(store: Store) -> Mapping[str, int]:
    """A sum of every file of the database and of the anchors beside it."""
    database = Path(str(store.engine.url.database))
    beside = [
        *store.anchor_files,
        *(database.with_name(database.name + end) for end in ("", "-wal", "-journal")),
    ]
    return {
        file.name: zlib.crc32(file.read_bytes()) for file in beside if file.exists() and file.stat().st_size
    }


def test_the_whole_act_is_undone_where_its_entry_cannot_be_written(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit, file = acts._admit, acts._file
    before: dict[str, Mapping[str, int]] = {}
    failed: dict[str, int] = {}
    left_behind: list[str] = []

    def admitted(work: Work, *given: Any) -> Any:
        if work.kind not in failed:
            before[work.kind] = _bytes_of(sqlite_store)
        elif work.kind in before and before.pop(work.kind) != _bytes_of(sqlite_store):
            left_behind.append(work.kind)
        return admit(work, *given)

    def filed(work: Work, *given: Any, **more: Any) -> None:
        if work.kind not in failed:
            failed[work.kind] = len(failed)
            raise OperationalError("INSERT INTO journal_entry", {}, _TryAgain())
        file(work, *given, **more)

    monkeypatch.setattr(acts, "_admit", admitted)
    monkeypatch.setattr(acts, "_file", filed)
    load_demo(sqlite_store, password_salt=SALT, days=DAYS)

    assert left_behind == [] and before == {}
    assert len(failed) > 50, sorted(failed)
    assert verify(sqlite_store, search_names=False).ok
