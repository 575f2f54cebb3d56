"""Does what a patient answered count everywhere, and stand in no journal?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.acts import KeyReused
from stockroom.ledger.encoding import canonical
from stockroom.models import Clinic, JournalHead, OrganisationEntry, PatientAllergy
from stockroom.operations.ask_allergies import AskAllergies, ask_allergies
from stockroom.reads.patients import PatientChanged, patient_facts
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.suitability import PatientFacts
from tests.builders import NOW, House, key
from tests.patients import ask, ingredient_id, ingredient_uid, journalled, patient_row, register


def facts(store: Store, patient_id: int) -> PatientFacts:
    with store.reading() as connection:
        clinic_id = connection.execute(select(Clinic.id)).scalars().first()
        return patient_facts(connection, clinic_id, [patient_id])[patient_id]


def test_until_somebody_asks_allergies_are_not_known(store: Store) -> None:
    house = House(store)
    patient = patient_row(store, register(house, "Maria Demova").patient_uid)

    assert facts(store, patient.id) == PatientFacts(
        patient_id=patient.id, allergies_asked=False, allergy_ingredient_ids=frozenset()
    )


def test_an_empty_answer_is_an_answer(store: Store) -> None:
    house = House(store)
    patient = patient_row(store, register(house, "Maria Demova").patient_uid)

    ask(house, patient.uid)

    assert facts(store, patient.id).allergies_asked
    assert patient_row(store, patient.uid).allergies_asked_at == NOW


def test_a_later_answer_replaces_the_earlier_one(store: Store) -> None:
    house = House(store)
    patient = patient_row(store, register(house, "Maria Demova").patient_uid)

    ask(house, patient.uid, "vitamin-c", "vitamin-a")
    ask(house, patient.uid, "vitamin-a", "hyaluronic-acid")

    wanted = {ingredient_id(store, slug) for slug in ("vitamin-a", "hyaluronic-acid")}
    assert facts(store, patient.id).allergy_ingredient_ids == wanted


def test_the_journal_says_that_it_was_asked_and_nothing_of_the_answer(store: Store) -> None:
    house = House(store)
    patient = patient_row(store, register(house, "Maria Demova").patient_uid)
    ask(house, patient.uid, "vitamin-c")

    with store.reading() as connection:
        entry = connection.execute(
            select(OrganisationEntry.payload, OrganisationEntry.answer).where(
                OrganisationEntry.kind == "patient.ask_allergies"
            )
        ).one()
    assert '"allergies":"' in entry.payload
    assert ingredient_uid(store, "vitamin-c") not in journalled(store)
    assert "vitamin-c" not in entry.payload + entry.answer


def test_the_same_key_writes_once_and_another_answer_under_it_is_a_conflict(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    patient = patient_row(sqlite_store, register(house, "Maria Demova").patient_uid)
    answer = AskAllergies(
        patient_uid=patient.uid, ingredient_uids=(ingredient_uid(sqlite_store, "vitamin-c"),)
    )

    first = ask_allergies(sqlite_store, answer, actor=house.nurse, key="asked", now=NOW)
    again = ask_allergies(sqlite_store, answer, actor=house.nurse, key="asked", now=NOW)

    assert first == again
    with pytest.raises(KeyReused):
        ask_allergies(
            sqlite_store,
            AskAllergies(patient_uid=patient.uid, ingredient_uids=()),
            actor=house.nurse,
            key="asked",
            now=NOW,
        )
    assert facts(sqlite_store, patient.id).allergy_ingredient_ids


def test_every_clinic_waits_while_an_allergy_is_written(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(sqlite_store)
    house.another_clinic()
    patient = patient_row(sqlite_store, register(house, "Maria Demova").patient_uid)
    with sqlite_store.reading() as connection:
        clinics = set(connection.execute(select(JournalHead.clinic_id)).scalars())
    locked: set[int | None] = set()
    import stockroom.operations.ask_allergies as operation

    inside = operation._ask

    def watched(work, command):
        locked.update(journal.clinic_id for journal in work.heads)
        return inside(work, command)

    monkeypatch.setattr(operation, "_ask", watched)
    ask(house, patient.uid, "vitamin-c")

    assert locked == {None, *clinics}
    assert len(clinics) == 2


def test_an_unknown_ingredient_leaves_the_answer_as_it_was(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    patient = patient_row(sqlite_store, register(house, "Maria Demova").patient_uid)
    wrong = AskAllergies(patient_uid=patient.uid, ingredient_uids=("00000000-0000-7000-8000-00000000ffff",))

    with pytest.raises(ThingNotFound):
        ask_allergies(sqlite_store, wrong, actor=house.nurse, key=key(), now=NOW)

    assert not facts(sqlite_store, patient.id).allergies_asked


def test_an_auditor_asks_nobody(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    patient = patient_row(sqlite_store, register(house, "Maria Demova").patient_uid)

    with pytest.raises(ActionForbidden):
        ask(house, patient.uid, "vitamin-c", actor=house.clinic.auditor)

    with sqlite_store.reading() as connection:
        assert connection.execute(select(PatientAllergy.patient_id)).all() == []


def test_an_answer_given_on_a_stale_record_is_refused(store: Store) -> None:
    house = House(store)
    patient = patient_row(store, register(house, "Maria Demova").patient_uid)
    vitamin = ingredient_uid(store, "vitamin-c")

    def answer(*uids: str, version: int) -> int:
        command = AskAllergies(patient_uid=patient.uid, ingredient_uids=uids, version=version)
        return ask_allergies(store, command, actor=house.nurse, key=key(), now=NOW).version

    assert answer(vitamin, version=1) == 2
    with pytest.raises(PatientChanged):
        answer(version=1)
    assert facts(store, patient.id).allergy_ingredient_ids == {ingredient_id(store, "vitamin-c")}


def test_the_installations_key_alone_does_not_tell_what_was_answered(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    patient = patient_row(sqlite_store, register(house, "Maria Demova").patient_uid)
    answer = AskAllergies(
        patient_uid=patient.uid, ingredient_uids=(ingredient_uid(sqlite_store, "vitamin-c"),)
    )
    ask_allergies(sqlite_store, answer, actor=house.nurse, key="asked", now=NOW)

    guess = canonical(["patient.ask_allergies", house.clinic.uid, answer]).encode()

    with sqlite_store.reading() as connection:
        newest = select(OrganisationEntry.request_digest).order_by(OrganisationEntry.seq.desc())
        kept = connection.execute(newest).scalars().first()
    assert kept != sqlite_store.keyring.digest("request", guess)
