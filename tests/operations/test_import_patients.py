"""Does a table of patients come in whole, once, each sealed with her own key?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.ledger.acts import KeyReused
from stockroom.models import OrganisationEntry, Patient
from stockroom.operations.erase_patient import ErasePatient, erase_patient
from stockroom.operations.import_patients import (
    ImportPatients,
    PatientsImported,
    PatientsMeanwhile,
    import_patients,
)
from stockroom.operations.maintain_patient import RegisterPatient, register_patient
from stockroom.reads.patients import find_patients
from stockroom.rules.permissions import ActionForbidden
from stockroom.tables.kinds import TableHasFaults
from stockroom.tables.words import TableKind
from tests.builders import NOW, House, key
from tests.importing import as_csv, read

HEADS = ("reference", "name", "born on", "contact", "another person")
MARIA = ("P-1", "Maria Invented", "1985-05-31", "maria@demo.example", "")
IVAN = ("", "Ivan Invented", "1970-01-01", "", "")


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def bring_in(house: House, *rows: tuple[str, ...], **by: Any) -> PatientsImported:
    reading = read(as_csv(HEADS, *rows), TableKind.PATIENTS)
    assert reading.faults == ()
    return import_patients(
        house.store,
        ImportPatients(lines=reading.lines),
        actor=by.get("actor", house.nurse),
        key=by.get("key", key("import")),
        now=NOW,
    )


def count(store: Store) -> int:
    with store.reading() as connection:
        return connection.execute(select(func.count()).select_from(Patient)).scalar_one()


def test_patients_are_sealed_and_found_by_name_date_and_reference(house: House) -> None:
    assert bring_in(house, MARIA, IVAN) == PatientsImported(added=2, unchanged=0)

    with house.store.reading() as connection:
        for asked in ("maria", "P-1", "1985-05-31 invented"):
            (found,) = find_patients(connection, house.store.keyring, asked)
            assert (found.name, found.reference, found.contact) == (
                "Maria Invented",
                "P-1",
                "maria@demo.example",
            )
        rows = connection.execute(select(Patient.__table__)).all()
        entry = connection.execute(
            select(OrganisationEntry.payload, OrganisationEntry.answer).where(
                OrganisationEntry.kind == "patient.import"
            )
        ).one()
    assert len({row.short_code for row in rows}) == 2
    assert all(b"Invented" not in (row.name or b"") for row in rows)
    assert "Invented" not in entry.payload + entry.answer
    assert "P-1" not in entry.payload + entry.answer


def test_the_same_table_a_second_time_registers_nobody(house: House) -> None:
    bring_in(house, MARIA, IVAN)

    assert bring_in(house, MARIA, IVAN) == PatientsImported(added=0, unchanged=2)
    assert count(house.store) == 2


def test_the_same_key_gives_the_same_answer_and_other_content_under_it_is_a_conflict(house: House) -> None:
    first = bring_in(house, MARIA, IVAN, key="once")

    assert bring_in(house, MARIA, IVAN, key="once") == first
    with pytest.raises(KeyReused):
        bring_in(house, MARIA, ("", "Ivan Else", "1970-01-01", "", ""), key="once")
    assert count(house.store) == 2


def test_what_was_asked_of_an_erased_patient_can_be_tried_out_by_nobody(house: House) -> None:
    bring_in(house, MARIA, key="once")
    with house.store.reading() as connection:
        uid = connection.execute(select(Patient.uid)).scalar_one()
    erase_patient(
        house.store,
        ErasePatient(patient_uid=uid),
        actor=house.clinic.manager,
        key=key("erase"),
        now=NOW,
    )

    with pytest.raises(KeyReused):
        bring_in(house, MARIA, key="once")


def test_a_known_reference_under_another_name_is_refused(house: House) -> None:
    bring_in(house, MARIA)
    for row, column in (
        (("P-1", "Someone Else", "1985-05-31", "", ""), "name"),
        (("P-1", "Maria Invented", "1985-06-01", "", ""), "born on"),
        (("P-2", "Maria Invented", "1985-05-31", "", ""), "reference"),
    ):
        with pytest.raises(TableHasFaults) as refused:
            bring_in(house, IVAN, row)
        assert (refused.value.line, refused.value.column) == (3, column)
    assert count(house.store) == 1
    assert bring_in(house, ("P-2", "Maria Invented", "1985-05-31", "", "yes")).added == 1


def test_one_person_on_two_lines_is_refused(house: House) -> None:
    for rows in ((MARIA, MARIA), (IVAN, IVAN), (MARIA, ("", *MARIA[1:]))):
        with pytest.raises(TableHasFaults) as refused:
            bring_in(house, *rows)
        assert refused.value.line == 3
    assert count(house.store) == 0


def test_a_patient_who_was_registered_by_hand_is_known_again(house: House) -> None:
    by_hand = RegisterPatient(name="maria  INVENTED", born_on=None, reference="P-1")
    register_patient(house.store, by_hand, actor=house.nurse, key=key("hand"), now=NOW)

    assert bring_in(house, ("P-1", "Maria Invented", "", "", "")) == PatientsImported(added=0, unchanged=1)


def test_who_maintains_no_patients_brings_none_in(house: House) -> None:
    with pytest.raises(ActionForbidden):
        bring_in(house, MARIA, actor=house.clinic.administrator)


def test_two_people_who_bring_the_same_table_in_at_the_same_time_register_each_patient_once(
    house: House,
) -> None:
    people = (house.nurse, house.practitioner)
    rows = [(f"P-{n}", f"Invented Person {n}", "1985-05-31", "", "") for n in range(40)]

    def work(n: int) -> str:
        try:
            return f"{bring_in(house, *rows, actor=people[n]).added} added"
        except PatientsMeanwhile:
            return "meanwhile"

    with ThreadPoolExecutor(2) as pool:
        done = set(pool.map(work, range(2)))

    assert "40 added" in done and done <= {"40 added", "0 added", "meanwhile"}
    assert count(house.store) == 40
    assert len(done) == 2
