"""Is an erased patient gone, and was nothing of her ever written where it would stay?"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, func, select

from stockroom.db.base import Base
from stockroom.db.store import Store
from stockroom.models import JournalEntry, OrganisationEntry, PatientAllergy, PatientIndex
from stockroom.operations.ask_allergies import AskAllergies, ask_allergies
from stockroom.operations.erase_patient import (
    ErasePatient,
    PatientErasure,
    PatientExpected,
    RecordKept,
    erase_patient,
)
from stockroom.operations.maintain_patient import AmendPatient, amend_patient
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.reads.patients import PatientErased, find_patients, identities, patient_facts
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import SessionState
from tests.builders import NOW, House, key
from tests.patients import ask, ingredient_uid, patient_row, register
from tests.sessions import advance, finish, patient, session

CANARIES = ("Zyxcanaryova", "1987-06-05", "canary@wren.test", "EXTCANARY99", "Wrenmarriedova")


def canary(house: House) -> str:
    """A patient whose every value is a canary, amended and asked."""
    uid = register(
        house,
        "Maria Zyxcanaryova",
        born_on=date(1987, 6, 5),
        contact="canary@wren.test",
        reference="EXTCANARY99",
    ).patient_uid
    amended = AmendPatient(
        patient_uid=uid,
        version=1,
        name="Maria Wrenmarriedova",
        born_on=date(1987, 6, 5),
        contact="canary@wren.test",
        reference="EXTCANARY99",
    )
    amend_patient(house.store, amended, actor=house.nurse, key=key("amend"), now=NOW)
    ask(house, uid, "vitamin-c")
    return uid


def erase(house: House, uid: str, *, with_key: str | None = None) -> PatientErasure:
    return erase_patient(
        house.store,
        ErasePatient(patient_uid=uid),
        actor=house.manager,
        key=with_key or key("erase"),
        now=NOW,
    )


def leaks(store: Store) -> list[tuple[str, str]]:
    """Where which canary stands readable."""
    return [
        (place, word)
        for place, value in written(store)
        for word in CANARIES
        if word.lower().encode() in value.lower()
    ]


def written(store: Store) -> list[tuple[str, bytes]]:
    """Every value of every column of every table, with its place."""
    with store.reading() as connection:
        return [
            (f"{table.name}.{column.name}", _bytes(value))
            for table in Base.metadata.sorted_tables
            for row in connection.execute(select(table)).all()
            for column, value in zip(table.columns, row, strict=True)
        ]


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def test_no_canary_stands_in_any_column_before_or_after_erasing(store: Store) -> None:
    house = House(store)
    uid = canary(house)

    assert leaks(store) == []
    erase(house, uid)
    assert leaks(store) == []


def test_no_canary_stands_in_the_raw_file(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid = canary(house)
    wrapped = patient_row(sqlite_store, uid).data_key
    erase(house, uid)
    with sqlite_store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    path = Path(str(sqlite_store.engine.url.database))
    raw = b"".join(file.read_bytes() for file in path.parent.glob(path.name + "*"))

    assert uid.replace("-", "").encode() in raw or uid.encode() in raw  # the file that is looked at is hers
    for word in CANARIES:
        assert word.lower().encode() not in raw.lower()
    assert wrapped not in raw


def test_nothing_is_left_but_a_random_id(store: Store) -> None:
    house = House(store)
    uid = canary(house)
    patient_id = patient_row(store, uid).id

    erasure = erase(house, uid, with_key="erase")

    assert erasure == erase(house, uid, with_key="erase") == PatientErasure(patient_uids=(uid,))
    row = patient_row(store, uid)
    gone = ("name", "born_on", "contact", "reference", "data_key", "allergies_asked_at")
    assert [getattr(row, field) for field in gone] == [None] * len(gone)
    assert row.erased_at == NOW
    with store.reading() as connection:
        for table in (PatientIndex, PatientAllergy):
            assert connection.execute(select(func.count()).select_from(table)).scalar_one() == 0
        assert identities(connection, store.keyring, [patient_id]) == {}
        assert not patient_facts(connection, house.clinic.id, [patient_id])[patient_id].allergies_asked
        for text in ("Wrenmarriedova", "1987-06-05", "EXTCANARY99", row.short_code):
            assert find_patients(connection, store.keyring, text) == ()


def test_the_chain_stays_as_it_was(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid = canary(house)
    assert house.manager  # employed before, so that erasing is the only entry that follows
    with sqlite_store.reading() as connection:
        before = connection.execute(select(OrganisationEntry.__table__)).all()

    erase(house, uid)

    with sqlite_store.reading() as connection:
        after = connection.execute(select(OrganisationEntry.__table__)).all()
    assert after[:-1] == before
    assert after[-1].kind == "patient.erase"


def test_records_merged_with_hers_are_the_same_person_and_go_too(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid = canary(house)
    other = register(house, "Maria Secondova").patient_uid
    merge_patients(
        sqlite_store,
        MergePatients(into_uid=other, merged_uid=uid),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    erasure = erase(house, uid)

    assert set(erasure.patient_uids) == {uid, other}
    assert patient_row(sqlite_store, uid).data_key is None
    assert patient_row(sqlite_store, other).data_key is None


def test_nothing_more_is_done_to_an_erased_record(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid = canary(house)
    erase(house, uid)

    with pytest.raises(PatientErased):
        erase(house, uid)
    with pytest.raises(PatientErased):
        ask_allergies(
            sqlite_store,
            AskAllergies(patient_uid=uid, ingredient_uids=(ingredient_uid(sqlite_store, "vitamin-c"),)),
            actor=house.nurse,
            key=key(),
            now=NOW,
        )

    with sqlite_store.reading() as connection:
        assert connection.execute(select(PatientAllergy.patient_id)).all() == []


def test_a_nurse_erases_nobody_and_the_refusal_is_journalled_without_a_value(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid = canary(house)

    with pytest.raises(ActionForbidden):
        erase_patient(sqlite_store, ErasePatient(patient_uid=uid), actor=house.nurse, key="no", now=NOW)

    assert patient_row(sqlite_store, uid).data_key is not None
    with sqlite_store.reading() as connection:
        refusals = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.kind == "refusal")
        ).scalars()
        assert any("patient.erase" in payload for payload in refusals)


def test_sealed_columns_are_bytes_so_that_nothing_readable_fits(sqlite_store: Store) -> None:
    patient = Base.metadata.tables["patient"]

    for field in ("name", "born_on", "contact", "reference", "data_key"):
        assert isinstance(patient.c[field].type, LargeBinary)


def test_a_record_is_kept_as_long_as_the_clinics_that_treated_her_keep_theirs(store: Store) -> None:
    house = House(store)
    uid, twin = canary(house), register(house, "Maria Twin").patient_uid
    finish(house, session(house, twin))
    merge = MergePatients(into_uid=uid, merged_uid=twin)
    merge_patients(store, merge, actor=house.nurse, key=key("merge"), now=NOW)
    command = ErasePatient(patient_uid=uid)

    with pytest.raises(RecordKept) as kept:
        erase_patient(store, command, actor=house.manager, key="early", now=NOW + timedelta(days=9 * 365))
    still_hers = patient_row(store, uid).data_key
    gone = erase_patient(store, command, actor=house.manager, key="late", now=NOW + timedelta(days=11 * 366))

    assert (kept.value.since, kept.value.years) == (NOW.date(), 10)
    assert kept.value.until == NOW.date().replace(year=NOW.year + 10)
    assert still_hers is not None
    assert set(gone.patient_uids) == {uid, twin}


def test_a_clinic_that_sets_no_time_keeps_nothing_back(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid = register(house, "Maria Soonforgotten").patient_uid
    finish(house, session(house, uid))
    none = SetSettings(values={"keep_treatments_years": 0}, version=1)
    set_settings(sqlite_store, none, actor=house.clinic.administrator, key=key("set"), now=NOW)

    assert erase(house, uid).patient_uids == (uid,)


def test_nobody_is_forgotten_who_is_still_expected(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid, twin = patient(house), patient(house)
    merge = MergePatients(into_uid=uid, merged_uid=twin)
    visit = session(house, twin, planned_at=NOW + timedelta(days=9))
    merge_patients(sqlite_store, merge, actor=house.nurse, key=key(), now=NOW)

    with pytest.raises(PatientExpected) as expected:
        erase(house, uid)
    assert expected.value.sessions == 1 and patient_row(sqlite_store, uid).data_key is not None
    advance(house, visit, SessionState.CANCELLED)

    assert set(erase(house, uid).patient_uids) == {uid, twin}
