"""Is it written down before patient data is shown, and is nothing shown when it cannot be?"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from stockroom.access.disclosing import disclose
from stockroom.db.store import Store
from stockroom.errors import Forbidden, Unavailable
from stockroom.models import JournalEntry
from tests.builders import NOW, House

PATIENTS = ("01a20116-1800-752d-9691-926cd9ec78cb", "01a20116-1800-752d-9691-926cd9ec78cc")


def _entries(store: Store) -> list[JournalEntry]:
    with store.reading() as connection:
        rows = connection.execute(
            select(JournalEntry.__table__).where(JournalEntry.stream == "disclosures")
        ).all()
    return list(rows)  # type: ignore[arg-type]


def test_one_row_names_who_was_shown_whom_and_what_for(store: Store) -> None:
    house = House(store)

    disclose(store, house.nurse, [*PATIENTS, PATIENTS[0]], purpose="trace", now=NOW)

    (entry,) = _entries(store)
    assert entry.actor_uid == house.nurse.person_uid
    assert json.loads(entry.payload) == {"patients": list(PATIENTS), "purpose": "trace"}


def test_nobody_shown_is_nothing_written(store: Store) -> None:
    house = House(store)

    disclose(store, house.nurse, [], purpose="trace", now=NOW)

    assert _entries(store) == []


def test_a_role_that_reads_no_patients_is_refused(store: Store) -> None:
    house = House(store)

    with pytest.raises(Forbidden):
        disclose(store, house.clinic.administrator, PATIENTS, purpose="trace", now=NOW)

    assert _entries(store) == []


def test_a_row_that_cannot_be_written_is_an_error_of_the_unavailable_family(sqlite_store: Store) -> None:
    nurse = House(sqlite_store).nurse
    with sqlite_store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.exec_driver_sql("ALTER TABLE journal_head RENAME TO lost")

    with pytest.raises(Unavailable):
        disclose(sqlite_store, nurse, PATIENTS, purpose="trace", now=NOW)

    assert _entries(sqlite_store) == []


def test_a_page_loaded_again_within_the_hour_is_one_disclosure(store: Store) -> None:
    house = House(store)

    for minutes in (0, 1, 59):
        disclose(store, house.nurse, PATIENTS, purpose="search", now=NOW + timedelta(minutes=minutes))
    disclose(store, house.nurse, PATIENTS[:1], purpose="search", now=NOW)
    disclose(store, house.nurse, PATIENTS, purpose="trace", now=NOW)
    disclose(store, house.manager, PATIENTS, purpose="search", now=NOW)
    disclose(store, house.nurse, PATIENTS, purpose="search", now=NOW + timedelta(minutes=60))

    assert len(_entries(store)) == 5, (
        "another set, another purpose, another person and another hour each count"
    )
