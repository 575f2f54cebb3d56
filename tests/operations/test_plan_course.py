"""Is a course planned as its protocol says, without keeping a lot, and is a short interval answered for?"""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.course_rows import CourseChanged
from stockroom.models import (
    Balance,
    Course,
    CourseSession,
    IntervalAnswer,
    JournalEntry,
    Need,
    TreatmentSession,
)
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.plan_course import (
    AddToCourse,
    CoursePlanned,
    ProtocolRetired,
    add_to_course,
)
from stockroom.operations.plan_session import (
    PlannedInPast,
    PlanSession,
    ReplanSession,
    replan_session,
)
from stockroom.operations.write_protocol import RetireProtocol, retire_protocol
from stockroom.reads.course_pace import CourseReferenceTaken
from stockroom.rules.courses import IntervalTooShort
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.planning import NeedOf
from stockroom.vocabulary import SessionState
from tests.builders import NOW, House, key
from tests.courses import at, course, protocol
from tests.sessions import patient, rows

FIRST, SECOND, THIRD = date(2026, 3, 9), date(2026, 3, 30), date(2026, 4, 20)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def add(house: House, planned: CoursePlanned, on: date, **values: object) -> CoursePlanned:
    said = {"version": planned.version, "planned_at": at(on), **values}
    command = AddToCourse(course_uid=planned.course_uid, **said)  # type: ignore[arg-type]
    return add_to_course(house.store, command, actor=house.nurse, key=key("add"), now=NOW)


def test_a_course_has_the_sessions_and_needs_of_its_protocol_and_keeps_no_lot(house: House) -> None:
    filler, needle = house.product("Filler"), house.needle()
    house.clinic.lot_on_shelf(filler, "A1")
    template = protocol(
        house,
        "Skin",
        NeedOf(product_uid=filler.uid, quantity=2_000),
        NeedOf(product_uid=needle.uid, quantity=3),
    )
    ana = patient(house)

    planned = course(
        house,
        FIRST,
        SECOND,
        THIRD,
        patient_uid=ana,
        protocol_uid=template.protocol_uid,
        external_reference="C-9",
    )

    row = rows(house.store, Course)[0]
    assert (row.uid, row.name, row.state, row.external_reference) == (
        planned.course_uid,
        "Skin",
        "running",
        "C-9",
    )
    sessions = rows(house.store, TreatmentSession)
    assert [each.uid for each in sessions] == list(planned.session_uids)
    assert [each.planned_at for each in sessions] == [at(FIRST), at(SECOND), at(THIRD)]
    assert len({each.short_code for each in sessions}) == 3
    assert len(rows(house.store, CourseSession, course_id=row.id, is_maintenance=False)) == 3
    needs = [(each.session_id, each.product_id, each.quantity) for each in rows(house.store, Need)]
    assert needs == [
        (each.id, product.id, quantity)
        for each in sessions
        for product, quantity in ((filler, 2_000), (needle, 3))
    ]
    assert [each.allocated for each in rows(house.store, Balance)] == [0]


def test_a_short_interval_is_asked_answered_with_a_reason_and_written_down(house: House) -> None:
    template = protocol(house)
    soon = FIRST + timedelta(days=20)

    with pytest.raises(IntervalTooShort) as refused:
        course(house, FIRST, soon, protocol_uid=template.protocol_uid)
    assert rows(house.store, TreatmentSession) == []
    planned = course(
        house, FIRST, soon, protocol_uid=template.protocol_uid, interval_reason="Leaves the country in April"
    )

    assert (refused.value.on, refused.value.earliest) == (soon, SECOND)
    answer = rows(house.store, IntervalAnswer)[0]
    assert (answer.days, answer.least_days, answer.reason) == (20, 21, "Leaves the country in April")
    assert answer.answered_by_id == house.nurse.person_id
    session = rows(house.store, TreatmentSession, uid=planned.session_uids[1])[0]
    assert answer.session_id == session.id
    entry = rows(house.store, JournalEntry, kind="course.plan")[-1]
    assert json.loads(entry.payload)["sooner"] == [{"days": 20, "least_days": 21, "on": "2026-03-29"}]
    assert "country" not in entry.payload


def test_the_same_request_plans_one_course(house: House) -> None:
    from stockroom.operations.plan_course import PlanCourse, plan_course

    command = PlanCourse(patient_uid=patient(house), planned=(at(FIRST),), name="Free")
    twice = [
        plan_course(house.store, command, actor=house.nurse, key="double-click", now=NOW) for _ in range(2)
    ]

    assert twice[0] == twice[1]
    assert len(rows(house.store, Course)) == 1 == len(rows(house.store, TreatmentSession))


def test_a_further_session_keeps_the_needs_and_the_pace_of_its_kind(house: House) -> None:
    filler = house.product("Filler")
    from stockroom.rules.protocols import Spacing
    from stockroom.vocabulary import SpanUnit

    template = protocol(
        house,
        "Skin",
        NeedOf(product_uid=filler.uid, quantity=2_000),
        maintenance_every=Spacing(least=2, most=6, unit=SpanUnit.MONTHS),
    )
    planned = course(house, FIRST, protocol_uid=template.protocol_uid)

    with pytest.raises(IntervalTooShort):  # two months, because it is maintenance
        add(house, planned, SECOND, is_maintenance=True)
    added = add(house, planned, date(2026, 5, 9), is_maintenance=True)

    assert added.version == planned.version + 1
    assert rows(house.store, CourseSession, is_maintenance=True)
    assert [each.quantity for each in rows(house.store, Need)] == [2_000, 2_000]
    with pytest.raises(CourseChanged):
        add(house, planned, date(2026, 9, 9))


def test_what_fell_out_takes_no_time_and_another_course_of_the_protocol_does(small: House) -> None:
    template, ana = protocol(small), patient(small)
    planned = course(small, FIRST, SECOND, patient_uid=ana, protocol_uid=template.protocol_uid)
    cancel = AdvanceSession(session_uid=planned.session_uids[1], to=SessionState.CANCELLED)
    advance_session(small.store, cancel, actor=small.nurse, key=key("cancel"), now=NOW)

    add(small, planned, SECOND + timedelta(days=1))  # instead of the cancelled one

    with pytest.raises(IntervalTooShort):
        course(small, SECOND + timedelta(days=8), patient_uid=ana, protocol_uid=template.protocol_uid)
    course(small, SECOND + timedelta(days=8), patient_uid=ana)  # a free course has no pace


def test_replanning_one_session_keeps_the_pace_of_its_course(small: House) -> None:
    template, ana = protocol(small), patient(small)
    planned = course(small, FIRST, SECOND, patient_uid=ana, protocol_uid=template.protocol_uid)

    def again(**values: object) -> None:
        said = {"patient_uid": ana, "planned_at": at(SECOND - timedelta(days=2)), **values}
        command = ReplanSession(session_uid=planned.session_uids[1], version=1, plan=PlanSession(**said))  # type: ignore[arg-type]
        replan_session(small.store, command, actor=small.nurse, key=key("replan"), now=NOW)

    with pytest.raises(IntervalTooShort):
        again()
    with pytest.raises(InvalidValue, match="course"):
        again(patient_uid=patient(small), planned_at=at(SECOND))
    again(interval_reason="Asked for it")
    assert rows(small.store, Course)[0].version == 2
    assert rows(small.store, IntervalAnswer)[0].days == 19


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"name": "  "}, InvalidValue),
        ({"name": "x" * 201}, InvalidValue),
        ({"external_reference": "x" * 101}, InvalidValue),
        ({"needs": (NeedOf(quantity=3),)}, InvalidValue),
        ({"patient_uid": "019a0000-0000-7000-8000-000000000000"}, ThingNotFound),
        ({"protocol_uid": "019a0000-0000-7000-8000-000000000000"}, ThingNotFound),
        ({"room_uid": "019a0000-0000-7000-8000-000000000000"}, ThingNotFound),
    ],
)
def test_a_course_that_says_nonsense_is_refused_whole(
    small: House, values: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        course(small, FIRST, **{"name": "Free", **values})
    assert rows(small.store, Course) == []


def test_past_days_taken_numbers_retired_protocols_and_wrong_roles_are_refused(small: House) -> None:
    template = protocol(small)
    with pytest.raises(PlannedInPast):
        course(small, date(2026, 3, 1))
    course(small, FIRST, external_reference="C-1")
    with pytest.raises(CourseReferenceTaken):
        course(small, FIRST, external_reference="C-1")
    retire = RetireProtocol(protocol_uid=template.protocol_uid, version=1, is_retired=True)
    retire_protocol(small.store, retire, actor=small.practitioner, key=key(), now=NOW)
    with pytest.raises(ProtocolRetired):
        course(small, FIRST, protocol_uid=template.protocol_uid)

    from stockroom.operations.plan_course import PlanCourse, plan_course

    command = PlanCourse(patient_uid=patient(small), name="Free")
    with pytest.raises(ActionForbidden):
        plan_course(small.store, command, actor=small.clinic.auditor, key=key(), now=NOW)


def test_a_course_of_another_clinic_is_not_found(small: House) -> None:
    planned = course(small, FIRST)
    rila = small.another_clinic()
    command = AddToCourse(course_uid=planned.course_uid, version=1, planned_at=at(SECOND))

    with pytest.raises(ThingNotFound):
        add_to_course(small.store, command, actor=rila.nurse, key=key(), now=NOW)
