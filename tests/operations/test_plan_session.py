"""Does a plan say what a visit needs without keeping anything, and may it be changed while it can?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.session_rows import SessionReferenceTaken
from stockroom.models import Allocation, Balance, Need, Patient, TreatmentSession
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.plan_session import (
    NeedOf,
    PatientFixed,
    PlannedInPast,
    PlanSession,
    ReplanSession,
    SessionBegun,
    SessionChanged,
    SessionPlanned,
    plan_session,
    replan_session,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName
from tests.builders import NOW, House, key
from tests.patients import patient_row
from tests.sessions import finish, line, patient, rows, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def plan(house: House, **values: object) -> SessionPlanned:
    command = PlanSession(**{"patient_uid": patient(house), "planned_at": NOW + timedelta(hours=2), **values})
    return plan_session(house.store, command, actor=house.nurse, key=key("plan"), now=NOW)


def replan(house: House, planned: SessionPlanned, command: PlanSession) -> SessionPlanned:
    again = ReplanSession(session_uid=planned.session_uid, version=planned.version, plan=command)
    return replan_session(house.store, again, actor=house.nurse, key=key("replan"), now=NOW)


def test_a_planned_session_says_who_when_where_and_what_and_locks_no_lot(house: House) -> None:
    filler = house.product("Filler")
    house.clinic.lot_on_shelf(filler, "A1")
    ana = patient(house)

    planned = plan(
        house,
        patient_uid=ana,
        practitioner_uid=house.practitioner.person_uid,
        room_uid=house.clinic.room.uid,
        external_reference="V-17",
        needs=(NeedOf(product_uid=filler.uid, quantity=2_500),),
    )

    row = rows(house.store, TreatmentSession, uid=planned.session_uid)[0]
    assert row.patient_id == patient_row(house.store, ana).id
    assert (row.state, row.external_reference, row.version) == ("planned", "V-17", 1)
    assert (row.practitioner_id, row.room_id) == (house.practitioner.person_id, house.clinic.room.id)
    assert row.short_code == planned.short_code
    assert [(each.product_id, each.quantity) for each in rows(house.store, Need)] == [(filler.id, 2_500)]
    assert [each.allocated for each in rows(house.store, Balance)] == [0]


def test_planning_anew_replaces_the_needs_and_counts_the_version(house: House) -> None:
    filler, needle = house.product("Filler"), house.needle()
    ana = patient(house)
    planned = plan(house, patient_uid=ana, needs=(NeedOf(product_uid=filler.uid, quantity=500),))
    later = PlanSession(
        patient_uid=ana,
        planned_at=NOW + timedelta(days=1),
        needs=(NeedOf(product_uid=needle.uid, quantity=2), NeedOf(product_uid=filler.uid, quantity=700)),
    )

    again = replan(house, planned, later)

    assert again.version == 2
    assert {(each.product_id, each.quantity) for each in rows(house.store, Need)} == {
        (needle.id, 2),
        (filler.id, 700),
    }
    with pytest.raises(SessionChanged):
        replan(house, planned, later)


def test_the_first_use_fixes_the_patient(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    ana, bea = patient(house), patient(house)
    planned = plan(house, patient_uid=ana)
    moved = replan(house, planned, PlanSession(patient_uid=bea, planned_at=NOW))
    used(house, planned.session_uid, line(needles))

    with pytest.raises(PatientFixed):
        replan(house, moved, PlanSession(patient_uid=ana, planned_at=NOW))
    replan(house, moved, PlanSession(patient_uid=bea, planned_at=NOW + timedelta(hours=1)))


def test_what_is_over_is_not_planned_anew(small: House) -> None:
    ana = patient(small)
    planned = plan(small, patient_uid=ana)
    finish(small, planned.session_uid)

    with pytest.raises(SessionBegun):
        replan(small, replace(planned, version=4), PlanSession(patient_uid=ana, planned_at=NOW))


@pytest.mark.parametrize(
    "needs",
    [
        (NeedOf(quantity=1),),
        (NeedOf(quantity=1, product_uid="a", group_uid="b"),),
        (NeedOf(quantity=0, product_uid="a"),),
        (NeedOf(quantity=2**63, product_uid="a"),),
    ],
)
def test_an_impossible_need_is_refused_and_nothing_is_planned(
    small: House, needs: tuple[NeedOf, ...]
) -> None:
    with pytest.raises(InvalidValue):
        plan(small, needs=needs)

    assert rows(small.store, TreatmentSession) == []


def test_another_clinics_room_and_an_unknown_patient_are_not_found(house: House) -> None:
    rila = house.another_clinic()

    for values in (
        {"room_uid": rila.room.uid},
        {"patient_uid": house.manufacturer_uid},
        {"patient_uid": "x"},
    ):
        with pytest.raises(ThingNotFound):
            plan(house, **values)

    assert rows(house.store, TreatmentSession) == []


def test_an_auditor_plans_nothing_and_the_same_key_plans_once(house: House) -> None:
    command = PlanSession(patient_uid=patient(house), planned_at=NOW)

    with pytest.raises(ActionForbidden):
        plan_session(house.store, command, actor=house.clinic.auditor, key="plan-1", now=NOW)
    first = plan_session(house.store, command, actor=house.nurse, key="plan-1", now=NOW)
    second = plan_session(house.store, command, actor=house.nurse, key="plan-1", now=NOW)

    assert first == second
    assert len(rows(house.store, TreatmentSession)) == 1


@pytest.mark.parametrize("days", [0, 1])
def test_only_the_session_of_today_keeps_a_lot(house: House, days: int) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    planned = plan(house)
    command = Allocate(session_uid=planned.session_uid, thing=ThingName(lot_uid=needles.uid), quantity=2)
    allocate(house.store, command, actor=house.nurse, key=key(), now=NOW)
    uid = rows(house.store, TreatmentSession)[0].patient_id
    patient_uid = rows(house.store, Patient, id=uid)[0].uid

    replan(house, planned, PlanSession(patient_uid=patient_uid, planned_at=NOW + timedelta(days=days)))

    assert rows(house.store, Balance)[0].allocated == (0 if days else 2)
    assert rows(house.store, Allocation)[0].state == ("released" if days else "active")


def test_a_past_day_is_planned_only_by_who_means_it(house: House) -> None:
    yesterday, earlier_today = NOW - timedelta(days=1), NOW - timedelta(hours=1)

    with pytest.raises(PlannedInPast) as refused:
        plan(house, planned_at=yesterday)
    plan(house, planned_at=earlier_today)
    meant = plan(house, planned_at=yesterday, past_is_meant=True)

    assert refused.value.on == yesterday.date()
    assert len(rows(house.store, TreatmentSession)) == 2
    assert rows(house.store, TreatmentSession, uid=meant.session_uid)[0].planned_at == yesterday


def test_the_plan_of_a_past_day_is_changed_without_a_word_and_moved_there_with_one(house: House) -> None:
    yesterday, ana = NOW - timedelta(days=1), patient(house)
    old = plan(house, patient_uid=ana, planned_at=yesterday, past_is_meant=True)
    new = plan(house, patient_uid=ana)

    replan(house, old, PlanSession(patient_uid=ana, planned_at=yesterday - timedelta(minutes=5)))
    with pytest.raises(PlannedInPast):
        replan(house, new, PlanSession(patient_uid=ana, planned_at=yesterday))
    moved = replan(house, new, PlanSession(patient_uid=ana, planned_at=yesterday, past_is_meant=True))

    assert moved.version == 2


def test_a_plan_that_says_nothing_of_the_number_elsewhere_keeps_it(small: House) -> None:
    ana = patient(small)
    planned = plan(small, patient_uid=ana, external_reference="V-17")

    replan(small, planned, PlanSession(patient_uid=ana, planned_at=NOW, external_reference=None))

    assert rows(small.store, TreatmentSession)[0].external_reference == "V-17"


def test_a_number_of_another_software_is_one_session_s(house: House) -> None:
    first = plan(house, external_reference="V-17")

    with pytest.raises(SessionReferenceTaken) as refused:
        plan(house, external_reference="V-17")

    assert refused.value.session == first.session_uid
    assert len(rows(house.store, TreatmentSession)) == 1
