"""Is a patient registered and amended so that only her own key can read her, and found all the same?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from stockroom.db.sealing import SealBroken, unseal
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.acts import KeyReused
from stockroom.ledger.encoding import canonical
from stockroom.models import OrganisationEntry, Patient, PatientIndex
from stockroom.operations.erase_patient import ErasePatient, erase_patient
from stockroom.operations.maintain_patient import (
    AmendPatient,
    PatientChanged,
    PatientKnown,
    ReferenceTaken,
    RegisterPatient,
    amend_patient,
    register_patient,
)
from stockroom.reads.patients import PatientIdentity, bound_to, find_patients
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.patients import journalled, patient_row, register

MARIA = RegisterPatient(
    name="Maria-Luisa Canaryova",
    born_on=date(1990, 1, 2),
    contact="canary@example.test",
    reference="EXT-CANARY-7",
)


def found(store: Store, text: str, **options: int) -> tuple[PatientIdentity, ...]:
    with store.reading() as connection:
        return find_patients(connection, store.keyring, text, **options)


def test_a_patient_is_registered_once_and_read_back_with_her_own_key(store: Store) -> None:
    house = House(store)
    first = register_patient(store, MARIA, actor=house.nurse, key="maria", now=NOW)
    second = register_patient(store, MARIA, actor=house.nurse, key="maria", now=NOW)

    assert first == second
    (identity,) = found(store, "canaryova")
    assert identity == PatientIdentity(
        uid=first.patient_uid,
        short_code=first.short_code,
        name="Maria-Luisa Canaryova",
        born_on=date(1990, 1, 2),
        contact="canary@example.test",
        reference="EXT-CANARY-7",
        version=1,
    )


@pytest.mark.parametrize(
    "text",
    [
        "Maria-Luisa Canaryova",
        "CANARYOVA  maria",
        "luisa",
        "1990-01-02",
        "Canaryova 1990-01-02",
        "ext-canary-7",
    ],
)
def test_a_patient_is_found_by_whole_words_date_or_reference(sqlite_store: Store, text: str) -> None:
    house = House(sqlite_store)
    maria = register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)
    register(house, "Maria Otherova", born_on=date(1970, 5, 5))

    assert maria.patient_uid in {each.uid for each in found(sqlite_store, text)}


@pytest.mark.parametrize(
    "text", ["", " ", "canary", "Canaryova 1991-01-02", "Canaryova Petra", "%", "9999-99-99"]
)
def test_what_does_not_fit_whole_finds_nobody(sqlite_store: Store, text: str) -> None:
    house = House(sqlite_store)
    register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)

    assert found(sqlite_store, text) == ()


def test_the_code_on_the_card_finds_her(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    maria = register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)

    assert [each.uid for each in found(sqlite_store, f"srt:{maria.short_code}")] == [maria.patient_uid]


def test_a_patient_without_a_session_in_the_clinic_is_not_seen_there(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)

    assert found(sqlite_store, "Canaryova", seen_in=house.clinic.id) == ()


def test_the_same_name_and_birth_date_need_a_word(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    maria = register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)
    twin = RegisterPatient(name="maria-luisa  CANARYOVA", born_on=MARIA.born_on)

    with pytest.raises(PatientKnown) as refused:
        register_patient(sqlite_store, twin, actor=house.nurse, key=key(), now=NOW)
    assert refused.value.patients == (maria.patient_uid,)

    said = RegisterPatient(name=twin.name, born_on=twin.born_on, is_another_person=True)
    register_patient(sqlite_store, said, actor=house.nurse, key=key(), now=NOW)
    assert len(found(sqlite_store, "Canaryova")) == 2


def test_a_reference_belongs_to_one_patient(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)

    with pytest.raises(ReferenceTaken):
        register(house, "Petra Demova", reference="EXT-CANARY-7")

    with sqlite_store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(Patient)).scalar_one() == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "N" * 201}, "name"),
        ({"contact": "c\x00"}, "contact"),
        ({"born_on": date(1815, 1, 1)}, "born_on"),
        ({"born_on": NOW.date() + timedelta(days=1)}, "born_on"),
    ],
)
def test_an_impossible_patient_is_refused_by_field(
    sqlite_store: Store, changed: dict[str, object], field: str
) -> None:
    house = House(sqlite_store)

    with pytest.raises(InvalidValue) as refused:
        register_patient(
            sqlite_store, RegisterPatient(**{**vars(MARIA), **changed}), actor=house.nurse, key=key(), now=NOW
        )

    assert refused.value.field == field


def test_who_orders_and_counts_registers_no_patient(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    with pytest.raises(ActionForbidden):
        register_patient(sqlite_store, MARIA, actor=house.manager, key=key(), now=NOW)

    assert found(sqlite_store, "Canaryova") == ()


def test_amending_seals_anew_and_journals_names_of_fields_only(store: Store) -> None:
    house = House(store)
    maria = register_patient(store, MARIA, actor=house.nurse, key="maria", now=NOW)
    married = AmendPatient(
        patient_uid=maria.patient_uid,
        version=1,
        name="Maria-Luisa Marriedova",
        born_on=date(1990, 1, 2),
        contact="",
        reference="EXT-CANARY-7",
    )

    answer = amend_patient(store, married, actor=house.nurse, key="amend", now=NOW)

    assert (answer.version, amend_patient(store, married, actor=house.nurse, key="amend", now=NOW)) == (
        2,
        answer,
    )
    assert found(store, "Canaryova") == ()
    (identity,) = found(store, "Marriedova")
    assert (identity.contact, identity.version) == ("", 2)
    with store.reading() as connection:
        payload = connection.execute(
            select(OrganisationEntry.payload).where(OrganisationEntry.kind == "patient.amend")
        ).scalar_one()
    assert '"changed":{"contact":' in payload
    assert '"name":' in payload
    assert "born_on" not in payload
    for canary in ("Canaryova", "Marriedova", "1990-01-02", "canary@example.test", "EXT-CANARY-7"):
        assert canary.lower() not in journalled(store).lower()


def test_an_amendment_of_an_older_reading_is_stale(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    maria = register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)
    late = AmendPatient(patient_uid=maria.patient_uid, version=2, name="Other")

    with pytest.raises(PatientChanged):
        amend_patient(sqlite_store, late, actor=house.nurse, key=key(), now=NOW)

    assert len(found(sqlite_store, "Canaryova")) == 1


def test_an_unknown_patient_is_not_found(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    nobody = AmendPatient(patient_uid="00000000-0000-7000-8000-00000000ffff", version=1, name="Other")

    with pytest.raises(ThingNotFound):
        amend_patient(sqlite_store, nobody, actor=house.nurse, key=key(), now=NOW)


def test_the_same_key_for_another_patient_is_a_conflict(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)

    with pytest.raises(KeyReused):
        register_patient(sqlite_store, RegisterPatient(name="Petra"), actor=house.nurse, key="maria", now=NOW)


def test_what_a_registration_said_cannot_be_tried_out_once_the_patient_was_erased(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    maria = register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)
    asked = canonical(["patient.register", house.nurse.clinic_uid, MARIA]).encode()
    unsalted = sqlite_store.keyring.digest("request", asked)
    command = ErasePatient(patient_uid=maria.patient_uid)
    erase_patient(sqlite_store, command, actor=house.manager, key=key(), now=NOW)

    with sqlite_store.reading() as connection:
        kept = connection.execute(
            select(OrganisationEntry.request_digest).where(OrganisationEntry.kind == "patient.register")
        ).scalar_one()
    with pytest.raises(KeyReused):
        register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)

    assert kept != unsalted


def test_a_sealed_value_cannot_be_read_with_another_patients_key_nor_in_another_place(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    maria, petra = (
        patient_row(sqlite_store, register(house, name).patient_uid) for name in ("Maria", "Petra")
    )
    keys = {
        row.uid: sqlite_store.keyring.open_data_key(row.data_key, bound_to=row.uid) for row in (maria, petra)
    }

    assert unseal(keys[maria.uid], maria.name, bound_to=bound_to(maria.uid, "name")) == "Maria"
    with pytest.raises(SealBroken):
        unseal(keys[petra.uid], maria.name, bound_to=bound_to(maria.uid, "name"))
    with pytest.raises(SealBroken):
        unseal(keys[maria.uid], maria.name, bound_to=bound_to(maria.uid, "contact"))


def test_index_rows_hold_tokens_only(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    register_patient(sqlite_store, MARIA, actor=house.nurse, key="maria", now=NOW)

    with sqlite_store.reading() as connection:
        rows = connection.execute(select(PatientIndex.field, PatientIndex.token)).all()
    assert sorted(row.field for row in rows) == [
        "born_on", "name", "name_word", "name_word", "name_word", "reference"
    ]  # fmt: skip
    assert all(len(row.token) == 32 and int(row.token, 16) >= 0 for row in rows)
