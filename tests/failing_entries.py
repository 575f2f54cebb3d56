"""Is nothing left of what a route writes where its journal entry cannot be written?  Asked of every request of a test.

Invariant I-21.  The entry of each kind of act that a route does in a test fails once, in the way in which PostgreSQL
asks for an act to be done again: when it is, every file of the database must hold what it held before, byte for byte.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from flask import has_request_context, request
from sqlalchemy.exc import OperationalError

from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger import acts

TRIED: set[str] = set()
"""Routes at which an entry failed, in this process."""


class TryAgain(Exception):
    """As PostgreSQL asks for it, so that the act is done a second time."""

    sqlstate = "40001"


def bytes_of(store: Store) -> Mapping[str, int]:
    """A sum of every file of the database and of the anchors beside it."""
    database = Path(str(store.engine.url.database))
    beside = [
        *store.anchor_files,
        *(database.with_name(database.name + end) for end in ("", "-wal", "-journal")),
    ]
    return {
        file.name: zlib.crc32(file.read_bytes()) for file in beside if file.exists() and file.stat().st_size
    }


class FailingEntries:
    """Lets the first entry of each kind of act fail, and compares the database before and after."""

    def __init__(self, *, only_of_requests: bool) -> None:
        self.failed: set[str] = set()
        self.left_behind: list[str] = []
        self.waiting: dict[str, Mapping[str, int]] = {}
        """What the database held, of each kind whose act is to be done again."""
        self._only_of_requests, self._stopped = only_of_requests, False
        self._admit, self._file = acts._admit, acts._file

    def admitted(self, work: Work, *given: Any) -> Any:
        """Remember what is there, or compare it when the act is done again."""
        if self._is_due(work):
            self.waiting[work.kind] = bytes_of(work.store)
        elif work.kind in self.waiting and self.waiting.pop(work.kind) != bytes_of(work.store):
            self.left_behind.append(work.kind)
        return self._admit(work, *given)

    def filed(self, work: Work, *given: Any, **more: Any) -> None:
        """Fail, the first time."""
        if self._is_due(work):
            self.failed.add(work.kind)
            if has_request_context():
                TRIED.add(f"{request.method} {request.url_rule}")
            raise OperationalError("INSERT INTO journal_entry", {}, TryAgain())
        self._file(work, *given, **more)

    def stop(self) -> None:
        """Let no more of them fail, where what an act costs is counted."""
        self._stopped = True

    def _is_due(self, work: Work) -> bool:
        if self._stopped:
            return False
        is_asked = has_request_context() or not self._only_of_requests
        return work.store.is_sqlite and is_asked and work.kind not in self.failed


@pytest.fixture(autouse=True)
def entries_fail_first(monkeypatch: pytest.MonkeyPatch) -> Iterator[FailingEntries]:
    """For the conftest of an entrance's tests."""
    failing = FailingEntries(only_of_requests=True)
    monkeypatch.setattr(acts, "_admit", failing.admitted)
    monkeypatch.setattr(acts, "_file", failing.filed)
    yield failing
    assert failing.left_behind == []
