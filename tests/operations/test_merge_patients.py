"""Do two records of one patient become one, without a line being moved?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.operations.maintain_patient import AmendPatient, amend_patient
from stockroom.operations.merge_patients import MergePatients, PatientsMerged, merge_patients
from stockroom.reads.patients import find_patients, identities, patient_facts
from stockroom.rules.overriding import KeptForOtherPatient
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import ContainerType
from tests.builders import NOW, House, key
from tests.cocktails import add, begin, finish, opened, planned
from tests.patients import ask, ingredient_id, patient_row, register


def merge(house: House, source: str, target: str, *, with_key: str | None = None) -> PatientsMerged:
    command = MergePatients(into_uid=target, merged_uid=source)
    return merge_patients(house.store, command, actor=house.nurse, key=with_key or key("merge"), now=NOW)


def test_both_names_lead_to_the_one_who_goes_on(store: Store) -> None:
    house = House(store)
    maiden, married = (register(house, name).patient_uid for name in ("Maria Maidenova", "Maria Marriedova"))

    first = merge(house, maiden, married, with_key="merge")

    assert merge(house, maiden, married, with_key="merge") == first
    with store.reading() as connection:
        for text in ("Maidenova", "Marriedova", "Maria"):
            (identity,) = find_patients(connection, store.keyring, text)
            assert (identity.uid, identity.name) == (married, "Maria Marriedova")


def test_the_allergies_of_both_count_and_so_does_an_answer_to_either(store: Store) -> None:
    house = House(store)
    source, target = (
        patient_row(store, register(house, name, now=NOW - timedelta(days=6)).patient_uid)
        for name in ("Ana A", "Ana B")
    )
    ask(house, target.uid, "vitamin-a", now=NOW - timedelta(days=5))
    ask(house, source.uid, "vitamin-c", "vitamin-a", now=NOW - timedelta(days=3))

    merge(house, source.uid, target.uid)

    with store.reading() as connection:
        facts = patient_facts(connection, house.clinic.id, [source.id, target.id])
    assert facts[source.id] == facts[target.id]
    assert facts[source.id].patient_id == target.id
    assert facts[source.id].allergies_asked
    assert facts[source.id].allergy_ingredient_ids == {
        ingredient_id(store, slug) for slug in ("vitamin-a", "vitamin-c")
    }
    assert patient_row(store, target.uid).allergies_asked_at == NOW - timedelta(days=3)


def test_what_was_made_for_either_record_is_hers_and_nobody_elses(store: Store) -> None:
    house = House(store)
    vial = house.product("Vial", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(vial, "A1", presentations=2)
    container = opened(house.clinic, vial, lot)
    source, target, stranger = (register(house, name).patient_uid for name in ("Ana A", "Ana B", "Ana C"))
    for uid in (source, target, stranger):
        ask(house, uid)
    before, after, other = (planned(house.clinic, uid) for uid in (source, target, stranger))
    first = begin(house, None, before, reason="for the first record").preparation_uid
    add(house, first, location_uid=container.uid, quantity=1000)
    made = finish(house, first)

    merge(house, source, target)

    for session in (before, after):
        draft = begin(house, None, session, reason="for the one patient").preparation_uid
        assert add(house, draft, lot_uid=made.lot_uid, quantity=100).quantity == 100
        assert add(house, draft, location_uid=container.uid, quantity=100).quantity == 100
    draft = begin(house, None, other, reason="for another patient").preparation_uid
    for theirs in ({"lot_uid": made.lot_uid}, {"location_uid": container.uid}):
        with pytest.raises(KeptForOtherPatient):
            add(house, draft, quantity=100, **theirs)


def test_a_merge_is_always_one_step_deep(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    first, second, third = (
        patient_row(sqlite_store, register(house, name).patient_uid) for name in ("Ana A", "Ana B", "Ana C")
    )

    merge(house, first.uid, second.uid)
    merge(house, second.uid, third.uid)

    assert patient_row(sqlite_store, first.uid).merged_into_id == third.id
    with sqlite_store.reading() as connection:
        found = identities(connection, sqlite_store.keyring, [first.id, second.id, third.id])
    assert {identity.uid for identity in found.values()} == {third.uid}


def test_an_act_on_the_merged_record_reaches_the_one_who_goes_on(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    source, target = (register(house, name).patient_uid for name in ("Ana A", "Ana B"))
    merge(house, source, target)

    amended = amend_patient(
        sqlite_store,
        AmendPatient(patient_uid=source, version=2, name="Ana C"),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert amended.patient_uid == target


def test_one_record_cannot_be_merged_with_itself(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    source, target = (register(house, name).patient_uid for name in ("Ana A", "Ana B"))
    merge(house, source, target)

    for one, other in ((source, target), (target, source), (target, target)):
        with pytest.raises(InvalidValue):
            merge(house, one, other)

    assert patient_row(sqlite_store, target).merged_into_id is None


def test_a_merge_needs_known_patients_and_the_right_role(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    source, target = (register(house, name).patient_uid for name in ("Ana A", "Ana B"))

    with pytest.raises(ThingNotFound):
        merge(house, "00000000-0000-7000-8000-00000000ffff", target)
    with pytest.raises(ActionForbidden):
        command = MergePatients(into_uid=target, merged_uid=source)
        merge_patients(sqlite_store, command, actor=house.manager, key=key(), now=NOW)

    assert patient_row(sqlite_store, source).merged_into_id is None
