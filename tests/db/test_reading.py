"""How does a snapshot end?  With nothing written, and with what PostgreSQL has prepared still prepared."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from stockroom.access.disclosing import disclose
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store, open_store
from stockroom.models import Clinic, JournalEntry
from tests.builders import NOW, House
from tests.conftest import KEYS, open_warm


@pytest.mark.postgres
def test_what_was_prepared_stays_prepared_from_one_snapshot_to_the_next(
    postgres_url: str, tmp_path: Path
) -> None:
    engine = open_warm(postgres_url)
    store = open_store(engine, keyring=KEYS, anchor_file=tmp_path / "anchors.jsonl")

    for _ in range(3):
        with store.reading() as connection:
            connection.execute(select(Clinic.name))
    with store.reading() as connection:
        prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
    engine.dispose()

    assert prepared > 0, "a rollback would have let go of all of them"


@pytest.mark.postgres
def test_what_was_prepared_stays_prepared_when_an_act_is_repeated(postgres_url: str, tmp_path: Path) -> None:
    engine = open_warm(postgres_url)
    store = open_store(engine, keyring=KEYS, anchor_file=tmp_path / "anchors.jsonl")
    house = House(store)
    patient = str(new_uid(NOW))

    for _ in range(4):  # once to write it down, then three times the same page within the hour
        disclose(store, house.clinic.auditor, [patient], purpose="trace", now=NOW)
    with store.reading() as connection:
        prepared = connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one()
        shown = connection.execute(select(func.count()).where(JournalEntry.kind == "disclosure")).scalar_one()
    engine.dispose()

    assert shown == 1
    assert prepared > 0, "a rollback would have let go of all of them"


def test_nothing_is_written_in_a_snapshot(sqlite_store: Store) -> None:
    House(sqlite_store)

    with sqlite_store.reading() as connection:
        connection.execute(text("UPDATE clinic SET name = 'Changed in passing'"))
    with sqlite_store.reading() as connection:
        names = connection.execute(select(Clinic.name)).scalars().all()

    assert names and "Changed in passing" not in names
