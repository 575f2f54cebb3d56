"""Is nothing of an act left where its journal entry cannot be written, whatever the act?

Invariant I-21.  The demo's days are lived through, and of every kind of act that it does the entry of the first one
fails (tests/failing_entries.py, which the tests of the API and the screens ask of every route).
"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.demo.loading import load_demo
from stockroom.ledger import acts
from stockroom.ledger.verify import verify
from tests.failing_entries import FailingEntries
from tests.serving import SALT

DAYS = 3


def test_the_whole_act_is_undone_where_its_entry_cannot_be_written(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = FailingEntries(only_of_requests=False)
    monkeypatch.setattr(acts, "_admit", failing.admitted)
    monkeypatch.setattr(acts, "_file", failing.filed)

    load_demo(sqlite_store, password_salt=SALT, days=DAYS)

    assert failing.left_behind == [] and failing.waiting == {}
    assert len(failing.failed) > 50, sorted(failing.failed)
    assert verify(sqlite_store, search_names=False).ok
