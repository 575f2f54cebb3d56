"""How does a snapshot end?  With nothing written, and with what PostgreSQL has prepared still prepared."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select, text

from stockroom.db.store import Store, open_store
from stockroom.models import Clinic
from tests.builders import House
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


def test_nothing_is_written_in_a_snapshot(sqlite_store: Store) -> None:
    House(sqlite_store)

    with sqlite_store.reading() as connection:
        connection.execute(text("UPDATE clinic SET name = 'Changed in passing'"))
    with sqlite_store.reading() as connection:
        names = connection.execute(select(Clinic.name)).scalars().all()

    assert names and "Changed in passing" not in names
