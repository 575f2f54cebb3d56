"""Does a patient's own list hold every look at her, found without reading anybody else's, and vouched for?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text

from stockroom.access.disclosing import disclose
from stockroom.db.migrating import MIGRATIONS
from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import DisclosedPatient
from stockroom.operations.erase_patient import ErasePatient, erase_patient
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.queries.disclosures import DisclosureRow, disclosures_of_patient
from tests.builders import NOW, House, key
from tests.ledger.planting import unguarded
from tests.patients import register
from tests.queries.counting import counted


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def vera(house: House) -> str:
    return register(house, "Vera Invented").patient_uid


@pytest.fixture
def anna(house: House) -> str:
    return register(house, "Anna Invented").patient_uid


def _of(store: Store, uid: str) -> tuple[DisclosureRow, ...]:
    with store.reading() as connection:
        return disclosures_of_patient(connection, uid).rows


def test_each_look_at_her_says_who_when_what_for_and_where_the_newest_first(
    house: House, vera: str, anna: str
) -> None:
    store, later = house.store, NOW + timedelta(minutes=5)
    disclose(store, house.nurse, [vera, anna], purpose="today", now=NOW)
    disclose(store, house.manager, [vera], purpose="complaint", page="patient", now=later)
    disclose(store, house.nurse, [anna], purpose="session", page="session", now=later)

    rows = _of(store, vera)

    assert [(row.purpose, row.page, row.at, row.roles) for row in rows] == [
        ("complaint", "patient", later, ("manager",)),
        ("", "today", NOW, ("nurse",)),
    ]
    assert [row.person_uid for row in rows] == [house.manager.person_uid, house.nurse.person_uid]
    assert rows[0].person and rows[0].clinic
    assert [row.page for row in _of(store, anna)] == ["session", "today"]


def test_it_is_one_statement_that_reads_hers_alone_and_gives_a_page_of_it(
    house: House, vera: str, anna: str
) -> None:
    store = house.store
    for n in range(5):
        for uid in (vera, anna):
            disclose(store, house.nurse, [uid], purpose="session", now=NOW + timedelta(hours=n))

    with store.reading() as connection, counted(connection) as statements:
        found = disclosures_of_patient(connection, vera, offset=2, limit=2)

    assert len(statements) == 1
    assert (found.count, [row.at - NOW for row in found.rows]) == (
        5,
        [timedelta(hours=2), timedelta(hours=1)],
    )
    if store.is_sqlite:
        with store.reading() as connection:
            given = (vera.replace("-", ""), "-", "", "disclosures", 2, 2)

            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[0]}", given).all()
        told = " ".join(row.detail for row in plan)
        assert "SCAN journal_entry" not in told and "SCAN disclosed_patient" not in told, told


def test_records_that_became_one_share_a_list_which_outlives_the_erasure(
    house: House, vera: str, anna: str
) -> None:
    store = house.store
    disclose(store, house.nurse, [vera, anna], purpose="today", now=NOW)
    disclose(store, house.nurse, [anna], purpose="session", now=NOW)
    merge = MergePatients(into_uid=vera, merged_uid=anna)
    merge_patients(store, merge, actor=house.nurse, key=key("merge"), now=NOW)

    assert [row.page for row in _of(store, vera)] == ["session", "today"]

    erase_patient(store, ErasePatient(patient_uid=vera), actor=house.manager, key=key("erase"), now=NOW)
    assert [row.page for row in _of(store, vera)] == ["session", "today"]
    assert verify(store).ok


def _planted(vera: int, anna: int, clinic: int) -> Iterator[tuple[object, str]]:
    whose = DisclosedPatient.patient_id == vera
    yield delete(DisclosedPatient).where(whose), "are not the patients whom its entry names"
    yield (
        insert(DisclosedPatient).values(patient_id=anna, clinic_id=clinic, seq=1),
        "are not the patients whom its entry names",
    )
    yield (
        insert(DisclosedPatient).values(patient_id=anna, clinic_id=clinic, seq=9),
        "stands beside no disclosure",
    )


def test_what_stands_beside_an_entry_and_is_not_what_it_names_is_found(
    house: House, vera: str, anna: str
) -> None:
    store = house.store
    disclose(store, house.nurse, [vera], purpose="today", now=NOW)
    with store.reading() as connection:
        ids = list(connection.execute(text("SELECT id FROM patient ORDER BY id")).scalars())
    assert verify(store).ok

    for statement, what in _planted(ids[0], ids[1], house.clinic.id):
        with unguarded(store) as connection:
            kept = connection.execute(select(DisclosedPatient.__table__)).all()
            connection.execute(statement)  # type: ignore[call-overload]
        (found,) = verify(store, search_names=False).findings
        assert (found.table, found.what) == ("disclosed_patient", what)
        with unguarded(store) as connection:
            connection.execute(delete(DisclosedPatient))
            connection.execute(insert(DisclosedPatient), [row._asdict() for row in kept])


def test_what_was_disclosed_before_it_stood_beside_its_entry_is_found_too(
    house: House, vera: str, anna: str
) -> None:
    store = house.store
    disclose(store, house.nurse, [vera, anna], purpose="today", now=NOW)
    disclose(store, house.nurse, [anna], purpose="session", now=NOW)
    name = f"0047_whom_earlier_disclosures_name.{store.engine.dialect.name}.sql"
    script = (Path(MIGRATIONS) / "sql" / name).read_text(encoding="utf-8")

    with unguarded(store) as connection:
        before = set(connection.execute(select(DisclosedPatient.__table__)).all())
        connection.execute(delete(DisclosedPatient))
        for statement in filter(str.strip, script.split("--;")):
            connection.execution_options(no_parameters=True).exec_driver_sql(statement)
        after = set(connection.execute(select(DisclosedPatient.__table__)).all())

    assert len(after) == 3 and after == before
