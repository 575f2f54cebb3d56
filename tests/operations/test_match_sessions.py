"""Does another software's agenda come in whole, by its numbers, and the same a second time without a change?"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.models import Course, CourseSession, IntervalAnswer, JournalEntry, Need, TreatmentSession
from stockroom.operations.import_patients import ImportPatients, import_patients
from stockroom.operations.maintain_patient import RegisterPatient, register_patient
from stockroom.operations.match_sessions import MatchSessions, SessionsMatched, match_sessions
from stockroom.operations.plan_session import NeedOf
from stockroom.queries.table_imports import Judged, judge
from stockroom.rules.permissions import ActionForbidden
from stockroom.tables.kinds import TableHasFaults
from stockroom.tables.words import TableKind
from stockroom.vocabulary import SessionState
from tests.builders import NOW, House, key
from tests.courses import at, protocol
from tests.importing import as_csv, as_xlsx, read, told
from tests.sessions import advance, rows

HEADS = (
    "reference",
    "patient",
    "day",
    "time",
    "room",
    "practitioner",
    "course",
    "protocol",
    "why sooner",
    "cancelled",
)
FIRST, SECOND = date(2026, 3, 9), date(2026, 3, 30)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def known(house: House, reference: str = "P-1") -> str:
    command = RegisterPatient(name=f"Ana {key('Demo')}", reference=reference)
    return register_patient(
        house.store, command, actor=house.nurse, key=key("patient"), now=NOW - timedelta(days=1)
    ).patient_uid


def row(
    reference: str, on: date = FIRST, time: str = "10:30", patient: str = "P-1", **more: str
) -> list[str]:
    said = {"reference": reference, "patient": patient, "day": on.isoformat(), "time": time}
    said |= {name.replace("_", " "): value for name, value in more.items()}
    return [said.get(head, "") for head in HEADS]


def bring(
    house: House,
    *lines: list[str],
    request: str | None = None,
    actor: Actor | None = None,
    now: datetime = NOW,
) -> SessionsMatched:
    reading = read(as_csv(HEADS, *lines), TableKind.SESSIONS)
    assert not reading.faults
    command = MatchSessions(lines=reading.lines)
    by = actor or house.nurse
    return match_sessions(house.store, command, actor=by, key=request or key("match"), now=now)


def look(house: House, *lines: list[str]) -> Judged:
    reading = read(as_csv(HEADS, *lines), TableKind.SESSIONS)
    with house.store.reading() as connection:
        return judge(connection, house.store.keyring, reading, house.nurse, now=NOW)


def sessions(house: House) -> list[tuple[str, str, object]]:
    return sessions_of(house)


def sessions_of(house: House, clinic_id: int | None = None) -> list[tuple[str, str, object]]:
    only = {} if clinic_id is None else {"clinic_id": clinic_id}
    found = sorted(rows(house.store, TreatmentSession, **only), key=lambda each: each.external_reference)
    return [(each.external_reference, each.state, each.planned_at) for each in found]


def test_an_agenda_comes_in_with_its_courses_and_what_their_protocol_takes(house: House) -> None:
    known(house)
    filler = house.product("Filler")
    protocol(house, "Skin course", NeedOf(product_uid=filler.uid, quantity=2_000))
    doctor, room = house.practitioner, house.clinic.room
    lines = [
        row(
            "V-1",
            FIRST,
            room="room 1",
            practitioner="Practitioner Vitosha",
            course="C-1",
            protocol="skin COURSE",
        ),
        row("V-2", SECOND, "9:05", course="C-1", protocol="Skin course"),
        row("V-3", date(2026, 3, 29), "03:30"),  # left out by the clock change: the wall shows 4:30
    ]

    assert look(house, *lines).added == 3
    assert rows(house.store, TreatmentSession) == []
    assert bring(house, *lines) == SessionsMatched(added=3, changed=0, unchanged=0)

    assert sessions(house) == [
        ("V-1", "planned", at(FIRST) + timedelta(minutes=30)),
        ("V-2", "planned", at(SECOND, 9) + timedelta(minutes=5)),
        ("V-3", "planned", at(date(2026, 3, 29), 4) + timedelta(minutes=30)),
    ]
    course = rows(house.store, Course)[0]
    assert (course.name, course.external_reference) == ("Skin course", "C-1")
    assert len(rows(house.store, CourseSession, course_id=course.id)) == 2
    assert [each.quantity for each in rows(house.store, Need)] == [2_000, 2_000]
    first = rows(house.store, TreatmentSession, external_reference="V-1")[0]
    assert (first.practitioner_id, first.room_id) == (doctor.person_id, room.id)
    entry = rows(house.store, JournalEntry, kind="session.match")[0]
    assert "P-1" not in entry.payload


def test_the_same_a_second_time_changes_nothing_and_what_differs_moves(house: House) -> None:
    known(house)
    lines = [row("V-1", room="Room 1"), row("V-2", SECOND)]
    assert house.clinic.room
    bring(house, *lines)

    assert bring(house, *lines) == SessionsMatched(added=0, changed=0, unchanged=2)
    moved = [
        row("V-1", FIRST + timedelta(days=1)),
        row("V-2", SECOND, cancelled="yes"),
        row("V-9", cancelled="yes"),
    ]
    assert bring(house, *moved) == SessionsMatched(added=0, changed=2, unchanged=1)

    assert sessions(house) == [
        ("V-1", "planned", at(FIRST + timedelta(days=1)) + timedelta(minutes=30)),
        ("V-2", "cancelled", at(SECOND) + timedelta(minutes=30)),
    ]
    assert rows(house.store, TreatmentSession, external_reference="V-1")[0].room_id == house.clinic.room.id
    assert bring(house, *moved).unchanged == 3


def test_one_bad_line_keeps_everything_out_and_each_fault_has_its_line_and_column(house: House) -> None:
    known(house)
    known(house, "P-2")
    protocol(house, "Skin")
    bring(house, row("V-1"), row("V-2", SECOND), row("V-3", SECOND, course="C-1", protocol="Skin"))
    begun = rows(house.store, TreatmentSession, external_reference="V-2")[0]
    advance(house, begun.uid, SessionState.ARRIVED)
    lines = [
        row("V-4", patient="P-404"),
        row("V-5", room="Attic", protocol="Magic"),
        row("V-6", date(2026, 3, 1)),
        row("V-7"),
        row("V-7"),
        row("V-1", patient="P-2"),
        row("V-2", SECOND + timedelta(days=1)),
        row("V-8", patient="P-2", course="C-1"),
        row("V-9", SECOND + timedelta(days=7), course="C-1"),
    ]

    found = look(house, *lines)

    assert [(each.line, each.column, each.code) for each in found.faults] == [
        (2, "patient", "not_known"), (3, "room", "not_known"), (3, "protocol", "not_known"),
        (4, "day", "day_is_past"), (6, "reference", "same_as_line"), (7, "patient", "session_of_another"),
        (8, "day", "session_is_not_planned"), (9, "course", "course_of_another"), (10, "day", "too_soon"),
    ]  # fmt: skip
    assert "P-404" not in found.faults[0].sentence
    before = sessions(house)
    with pytest.raises(TableHasFaults):
        bring(house, *lines)
    assert sessions(house) == before


def test_what_was_done_here_since_does_not_stop_the_same_agenda_from_coming_again(small: House) -> None:
    known(small)
    protocol(small, "Skin")
    lines = [row(f"V-{n}", time=f"{9 + n}:00") for n in (1, 2, 3, 4)]
    lines[1] = row("V-2", time="11:00", course="C-1", protocol="Skin")
    bring(small, *lines)
    later = at(FIRST, 13)
    here = {each.external_reference: each.uid for each in rows(small.store, TreatmentSession)}
    advance(
        small, here["V-1"], SessionState.ARRIVED, SessionState.IN_TREATMENT, SessionState.FINISHED, now=later
    )
    advance(small, here["V-2"], SessionState.DID_NOT_COME, now=later)
    advance(small, here["V-4"], SessionState.CANCELLED)

    assert [(each.line, each.column) for each in look(small, *lines).faults] == [(5, "day")]
    again = bring(small, *lines, now=later + timedelta(days=1))

    assert again == SessionsMatched(added=0, changed=0, unchanged=4)
    assert [each[1] for each in sessions(small)] == ["finished", "did_not_come", "planned", "cancelled"]
    sooner = row("V-5", FIRST + timedelta(days=7), course="C-1")
    assert bring(small, *lines, sooner, now=later + timedelta(days=1)).added == 1


def test_a_number_that_another_clinic_has_is_a_number_of_this_clinic_s_own(house: House) -> None:
    known(house)
    other = house.another_clinic("Rila")
    lines = [row("V-1", course="C-1"), row("V-2", SECOND, course="C-1")]
    assert bring(house, *lines, actor=other.nurse).added == 2
    there = sessions(house)

    moved = [
        row("V-1", FIRST + timedelta(days=2), course="C-1"),
        row("V-2", SECOND, course="C-1", room="Room 1"),
    ]
    assert other.room  # its rooms are not this clinic's
    assert [each.column for each in look(house, *moved).faults] == ["room"]
    assert bring(house, moved[0], lines[1]) == SessionsMatched(added=2, changed=0, unchanged=0)

    here = rows(house.store, TreatmentSession, clinic_id=house.clinic.id)
    assert len(sessions(house)) == 4 and len(rows(house.store, Course)) == 2
    assert {each.external_reference for each in here} == {"V-1", "V-2"}
    assert sessions_of(house, other.id) == there


def test_five_thousand_sessions_of_a_thousand_patients_come_in_and_again_without_a_change(
    small: House,
) -> None:
    people = [[f"P-{n}", f"Invented Person {n}"] for n in range(1_000)]
    reading = read(as_csv(("reference", "name"), *people), TableKind.PATIENTS)
    command = ImportPatients(lines=reading.lines)
    import_patients(small.store, command, actor=small.nurse, key=key("people"), now=NOW)
    lines = [
        row(f"V-{n}", FIRST + timedelta(days=n // 250), f"{8 + n % 10}:{n % 60:02}", f"P-{n % 1_000}")
        for n in range(5_000)
    ]

    assert bring(small, *lines) == SessionsMatched(added=5_000, changed=0, unchanged=0)
    assert bring(small, *lines) == SessionsMatched(added=0, changed=0, unchanged=5_000)
    assert bring(small, *lines[:-1], row("V-4999", SECOND, patient="P-999")).changed == 1


def test_a_reason_stands_for_a_short_interval(small: House) -> None:
    known(small)
    protocol(small, "Skin")
    soon = FIRST + timedelta(days=7)
    lines = [row("V-1", course="C-1", protocol="Skin"), row("V-2", soon, course="C-1", protocol="Skin")]
    assert [each.code for each in look(small, *lines).faults] == ["too_soon"]

    lines[1] = row("V-2", soon, course="C-1", protocol="Skin", why_sooner="Leaves in April")
    bring(small, *lines)

    answer = rows(small.store, IntervalAnswer)[0]
    assert (answer.days, answer.least_days, answer.reason) == (7, 21, "Leaves in April")
    assert bring(small, *lines).unchanged == 2


def test_cells_that_a_spreadsheet_spoiled_are_refused_by_name() -> None:
    spoiled = read(as_csv(HEADS, row("V-1", time="25:00"), row("", time="")), TableKind.SESSIONS)
    assert told(spoiled) == [(2, "time", "not_a_time"), (3, "reference", "needed"), (3, "time", "needed")]
    number = read(as_xlsx(HEADS, [17, "P-1", FIRST, "10:30"]), TableKind.SESSIONS)
    assert told(number) == [(2, "reference", "turned_into_number")]


def test_a_role_that_plans_nothing_brings_nothing_in_and_a_double_click_is_one(small: House) -> None:
    known(small)
    reading = read(as_csv(HEADS, row("V-1")), TableKind.SESSIONS)
    command = MatchSessions(lines=reading.lines)
    with pytest.raises(ActionForbidden):
        match_sessions(small.store, command, actor=small.clinic.auditor, key=key(), now=NOW)
    once, again = (bring(small, row("V-1"), request="double-click") for _ in range(2))
    assert once == again and len(rows(small.store, TreatmentSession)) == 1
