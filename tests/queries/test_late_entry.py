"""Are the sessions, things and acts found that a form for late entry asks for, in this clinic alone?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.models import TreatmentSession
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.queries.late_entry import counted, sessions_between, things_typed
from stockroom.queries.recorded_late import recorded_late
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, HoldReason
from tests.builders import NOW, House, key
from tests.sessions import hold, line, opened, rows, session

THEN = NOW - timedelta(hours=3)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_the_sessions_of_a_time_and_one_that_is_named_are_given(house: House) -> None:
    near, far = session(house, planned_at=THEN), session(house, planned_at=NOW - timedelta(days=9))
    elsewhere = house.another_clinic()
    session(house, planned_at=THEN, clinic=elsewhere)

    def found(*also: str) -> list[str]:
        with house.store.reading() as connection:
            rows = sessions_between(
                connection, house.clinic.id, begins_at=NOW - timedelta(days=3), ends_at=NOW, also=also
            )
        return [each.uid for each in rows]

    assert found() == [near]
    assert found(far, "no uid") == [near, far]
    assert len(rows(house.store, TreatmentSession)) == 3


def test_a_code_or_a_number_in_any_case_names_what_is_here(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "Ab1", presentations=2)
    vial = opened(house, lot)
    house.another_clinic().lot_on_shelf(filler, "AB1")

    with house.store.reading() as connection:
        by_number = things_typed(connection, house.clinic.id, "aB1")
        by_code = things_typed(connection, house.clinic.id, vial.short_code.lower())
        nothing = things_typed(connection, house.clinic.id, "ab")

    assert [each.thing for each in by_number] == [ThingName(lot_uid=lot.uid)]
    assert [each.thing for each in by_code] == [ThingName(location_uid=vial.container_uid)]
    assert nothing == ()


def test_what_a_thing_is_counted_in_is_known_however_it_is_named(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    vial = opened(house, lot)
    named = {
        ThingName(lot_uid=lot.uid): ("A1", False),
        ThingName(location_uid=vial.container_uid): ("A1", True),
        ThingName(scan=f"SRC:{vial.short_code}"): ("A1", True),
        ThingName(scan=f"(01){filler.gtin}(10)A1"): ("A1", False),
        ThingName(scan=f"(01){filler.gtin}"): (None, False),
    }

    with house.store.reading() as connection:
        for name, (number, is_vial) in named.items():
            known = counted(connection, house.clinic.id, name, today=NOW.date())
            assert known is not None
            assert (known.name, known.base_unit, known.content_quantity) == (
                "Filler",
                BaseUnit.MICROLITRE,
                5_000,
            )
            assert (known.lot_number, known.is_vial) == (number, is_vial), name
        unknown = counted(
            connection, house.clinic.id, ThingName(scan="(01)09520000000004(10)X"), today=NOW.date()
        )
    assert unknown is None


def test_what_was_recorded_late_says_what_it_broke_and_whether_somebody_has_to_sign(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=9)
    hold(house, needles, HoldReason.SUSPICION, placed_at=NOW - timedelta(hours=1))
    visit = session(house)

    def record(ago: timedelta) -> str:
        command = RecordUse(
            session_uid=visit, lines=(line(needles),), occurred_at=NOW - ago, reason="Power cut"
        )
        return record_use(house.store, command, actor=house.nurse, key=key("late"), now=NOW).movement_uid

    clean, broken = record(timedelta(hours=2)), record(timedelta(minutes=30))

    with house.store.reading() as connection:
        found = recorded_late(connection, house.clinic.id, since=NOW - timedelta(minutes=1))
        later = recorded_late(connection, house.clinic.id, since=NOW + timedelta(minutes=1))
    assert [(each.uid, each.rules, each.waits) for each in found] == [
        (broken, ("held",), True),
        (clean, (), False),
    ]
    assert {each.things for each in found} == {"Needle 30G 4 mm N1"}
    assert later == ()
