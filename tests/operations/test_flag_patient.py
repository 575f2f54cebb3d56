"""Does a flag of a patient count from day to day, everywhere, and stand in no journal?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.models import Alert, Clinic, Ingredient, PatientFlag
from stockroom.operations.flag_patient import (
    EndFlag,
    FlaggedAlready,
    NoteFlag,
    WithdrawFlag,
    end_flag,
    note_flag,
    withdraw_flag,
)
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.operations.plan_session import NeedOf
from stockroom.reads.patients import PatientChanged, patient_facts
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.suitability import PatientFacts
from stockroom.vocabulary import RegulatoryClass
from tests.builders import NOW, House, key
from tests.courses import course, protocol
from tests.patients import ask, flag, journalled, patient_row, register
from tests.sessions import patient, rows, session

TODAY = NOW.date()


def facts(house: House, patient_uid: str) -> PatientFacts:
    row = patient_row(house.store, patient_uid)
    with house.store.reading() as connection:
        return patient_facts(connection, house.clinic.id, [row.id])[row.id]


def test_a_flag_brings_the_rules_of_the_reference_data_for_its_days(store: Store) -> None:
    house = House(store)
    uid = patient(house)

    noted = flag(house, uid, "pregnancy", from_on=TODAY, until_on=TODAY + timedelta(days=200))

    rules = facts(house, uid).flag_rules
    assert {rule.flag for rule in rules} == {"pregnancy"}
    assert {rule.subject for rule in rules} >= {"medicine", "annex_xvi_device"}
    assert {(rule.from_on, rule.until_on) for rule in rules} == {(TODAY, TODAY + timedelta(days=200))}
    assert noted.version == patient_row(store, uid).version


def test_a_rule_about_a_class_of_ingredients_is_one_about_each_of_them(store: Store) -> None:
    house = House(store)
    uid = patient(house)

    flag(house, uid, "skin-cancer")

    with store.reading() as connection:
        growth = {
            str(row.id)
            for row in connection.execute(Ingredient.__table__.select())
            if row.ingredient_class == "growth factor"
        }
    assert growth and growth <= {rule.subject for rule in facts(house, uid).flag_rules}


def test_a_flag_ends_and_one_written_by_mistake_is_taken_out(store: Store) -> None:
    house = House(store)
    uid = patient(house)
    herpes = flag(house, uid, "herpes").flag_uid
    mistaken = flag(house, uid, "pregnancy").flag_uid

    end_flag(
        house.store,
        EndFlag(patient_uid=uid, flag_uid=herpes, until_on=TODAY + timedelta(days=9)),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    withdraw_flag(
        house.store,
        WithdrawFlag(patient_uid=uid, flag_uid=mistaken),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert [(row.flag, row.until_on) for row in rows(store, PatientFlag)] == [
        ("herpes", TODAY + timedelta(days=9))
    ]


def test_no_journal_says_which_flag_it_is(store: Store) -> None:
    house = House(store)
    uid = patient(house)
    flag(house, uid, "anticoagulants")

    assert "anticoagulants" not in journalled(store)


REFUSED: list[tuple[dict[str, Any], type[StockroomError]]] = [
    ({"flag": "boredom"}, ThingNotFound),
    ({"flag": "ingredient-allergy"}, InvalidValue),
    ({"flag": "herpes", "from_on": TODAY, "until_on": TODAY - timedelta(days=1)}, InvalidValue),
    ({"flag": "herpes", "from_on": date(1800, 1, 1)}, InvalidValue),
    ({"flag": "pregnancy"}, FlaggedAlready),
    ({"flag": "herpes", "version": 99}, PatientChanged),
]


@pytest.mark.parametrize(("values", "error"), REFUSED)
def test_what_cannot_be_is_refused_and_changes_nothing(
    sqlite_store: Store, values: dict[str, Any], error: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    uid = patient(house)
    flag(house, uid, "pregnancy")
    before = rows(sqlite_store, PatientFlag)

    with pytest.raises(error):
        note_flag(house.store, NoteFlag(patient_uid=uid, **values), actor=house.nurse, key=key(), now=NOW)

    assert rows(sqlite_store, PatientFlag) == before


def test_a_flag_of_somebody_else_is_not_found_and_an_auditor_flags_nobody(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid, other = patient(house), patient(house)
    hers = flag(house, uid, "herpes").flag_uid

    with pytest.raises(ThingNotFound):
        withdraw_flag(
            house.store,
            WithdrawFlag(patient_uid=other, flag_uid=hers),
            actor=house.nurse,
            key=key(),
            now=NOW,
        )
    with pytest.raises(ActionForbidden):
        flag(house, uid, "pregnancy", actor=house.clinic.auditor)


def test_the_same_key_flags_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid = patient(house)
    command = NoteFlag(patient_uid=uid, flag="herpes")

    first = note_flag(house.store, command, actor=house.nurse, key="flag", now=NOW)

    assert note_flag(house.store, command, actor=house.nurse, key="flag", now=NOW) == first
    assert len(rows(sqlite_store, PatientFlag)) == 1


def test_what_is_planned_and_does_not_suit_any_more_is_told_in_every_clinic(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    filler, needle = house.product("Filler"), house.needle()
    uid = patient(house)
    stopped = session(
        house, uid, needs=(NeedOf(quantity=1000, product_uid=filler.uid),), planned_at=NOW + timedelta(days=9)
    )
    session(house, uid, needs=(NeedOf(quantity=1, product_uid=needle.uid),))
    there = session(house, uid, clinic=rila, needs=(NeedOf(quantity=1000, product_uid=filler.uid),))
    session(house, patient(house), needs=(NeedOf(quantity=1000, product_uid=filler.uid),))

    flag(house, uid, "pregnancy")

    told = rows(store, Alert)
    assert {(row.kind, row.subject_uid, row.severity) for row in told} == {
        ("unsuitable", stopped, "urgent"),
        ("unsuitable", there, "urgent"),
    }
    assert {row.clinic_id for row in told} == {row.id for row in rows(store, Clinic)}
    assert all("pregnancy" not in row.facts for row in told)


def test_a_flag_speaks_against_the_technique_that_is_planned(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    uid, tube = patient(house), house.product("Cream", regulatory_class=RegulatoryClass.CONSUMABLE)
    for technique in ("microneedling", "nappage"):
        need = NeedOf(quantity=1000, product_uid=tube.uid)
        template = protocol(house, f"By {technique}", need, technique=technique)
        planned = course(
            house, TODAY + timedelta(days=9), patient_uid=uid, protocol_uid=template.protocol_uid
        )
        if technique == "microneedling":
            rolled = planned.session_uids

    flag(house, uid, "skin-inflammation")

    assert tuple(row.subject_uid for row in rows(sqlite_store, Alert)) == rolled


def test_a_flag_that_ends_before_the_session_tells_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler, uid = house.product("Filler"), patient(house)
    session(
        house,
        uid,
        needs=(NeedOf(quantity=1000, product_uid=filler.uid),),
        planned_at=NOW + timedelta(days=30),
    )

    flag(house, uid, "herpes", until_on=TODAY + timedelta(days=10))

    assert rows(sqlite_store, Alert) == []


def test_a_new_allergy_to_a_class_tells_too_and_counts_for_what_is_in_a_group(store: Store) -> None:
    house = House(store)
    uid = register(house, "Ana Demo").patient_uid
    numbing = house.product("Numbing", ingredients=("lidocaine",))
    visit = session(house, uid, needs=(NeedOf(quantity=1000, product_uid=numbing.uid),))

    ask(house, uid, classes=("anaesthetic",))

    assert [row.subject_uid for row in rows(store, Alert)] == [visit]


def test_flags_and_classes_of_both_records_count_after_a_merge(store: Store) -> None:
    house = House(store)
    one, other = patient(house), patient(house)
    flag(house, one, "herpes")
    flag(house, other, "pregnancy")
    ask(house, one, classes=("anaesthetic", "enzyme"))
    ask(house, other, classes=("enzyme",))
    both = facts(house, one).allergy_ingredient_ids

    merge_patients(
        store, MergePatients(into_uid=other, merged_uid=one), actor=house.nurse, key=key(), now=NOW
    )

    assert facts(house, one) == facts(house, other)
    assert facts(house, other).allergy_ingredient_ids == both
    assert {rule.flag for rule in facts(house, other).flag_rules} == {"herpes", "pregnancy"}
