"""Does a use stay within its budget of statements, whatever history lies behind it?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from stockroom.db.store import Store
from stockroom.operations.allocate import Allocate, allocate
from stockroom.rules.using import AreaUse, ThingName
from stockroom.vocabulary import ContainerType, RegulatoryClass
from tests.builders import NOW, House, key
from tests.sessions import line, opened, session, used

PLAIN = 12
"""Head lock, author and key, session, things, balance, movement, line, usage, journal entry, head; and a
container's row and the areas where there are any."""
ENDING = 14
"""As above, with the promises at the place and the end of one."""


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """Collect the statements that reach the database."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        said.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def keep(house: House, session_uid: str, thing: ThingName, quantity: int) -> None:
    command = Allocate(session_uid=session_uid, thing=thing, quantity=quantity)
    allocate(house.store, command, actor=house.nurse, key=key("keep"), now=NOW)


def ten(house: House) -> int:
    """Of a use of one needle: PostgreSQL takes a movement with its line, and an entry with the head."""
    return 10 if house.store.is_sqlite else 8


def test_a_needle_takes_ten_statements(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=9)
    visit, nurse = session(house), house.nurse

    with counted(house.store) as said:
        used(house, visit, line(needles), actor=nurse)

    assert len(said) == ten(house), "\n".join(said)


def test_a_prescribed_draw_into_two_areas_stays_within_the_plain_budget(house: House) -> None:
    medicine = house.product("Medicine", regulatory_class=RegulatoryClass.MEDICINE)
    vial = opened(house, house.clinic.lot_on_shelf(medicine, "A1"))
    visit, nurse = session(house), house.nurse
    areas = (AreaUse(area="face", quantity=100), AreaUse(area="neck", quantity=100))
    draw = line(
        ThingName(scan=f"SRC:{vial.short_code}"),
        200,
        areas=areas,
        technique="manual-injection",
        indication="skin-rejuvenation",
        practitioner_uid=house.practitioner.person_uid,
        prescriber_uid=house.practitioner.person_uid,
    )

    with counted(house.store) as said:
        used(house, visit, draw, actor=nurse)

    assert len(said) <= PLAIN, "\n".join(said)


def test_what_was_kept_for_the_session_ends_within_the_budget(house: House) -> None:
    filler = house.product("Filler")
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit, nurse = session(house), house.nurse
    keep(house, visit, ThingName(location_uid=vial.container_uid), 400)

    with counted(house.store) as said:
        used(house, visit, line(vial, 400, areas=(AreaUse(area="face", quantity=400),)), actor=nurse)

    assert len(said) <= ENDING, "\n".join(said)


def test_a_later_session_that_gives_way_ends_within_the_budget(house: House) -> None:
    dose = house.product("Dose", container_type=ContainerType.SINGLE_DOSE)
    doses = house.clinic.lot_on_shelf(dose, "D1")
    now, later = session(house), session(house, planned_at=NOW + timedelta(hours=3))
    nurse = house.nurse
    keep(house, later, ThingName(lot_uid=doses.uid), 5_000)

    with counted(house.store) as said:
        used(house, now, line(doses, 3_000, areas=(AreaUse(area="face", quantity=3_000),)), actor=nurse)

    assert len(said) <= ENDING, "\n".join(said)


def test_the_number_of_statements_does_not_grow_with_what_happened_before(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=30)
    visit, nurse = session(house), house.nurse
    for _ in range(12):
        used(house, visit, line(needles), actor=nurse)

    with counted(house.store) as said:
        used(house, visit, line(needles), actor=nurse)

    assert len(said) == ten(house), "\n".join(said)


def test_no_statement_looks_through_every_container_that_was_ever_opened(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    visit, nurse = session(house), house.nurse
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, values: object, *_rest: object) -> None:
        asked.append((statement, values))

    event.listen(sqlite_store.engine, "before_cursor_execute", note)
    used(house, visit, line(ThingName(scan=f"SRC:{vial.short_code}"), 100), actor=nurse)
    event.remove(sqlite_store.engine, "before_cursor_execute", note)

    raw = sqlite_store.engine.raw_connection()
    plans = [
        row[3]
        for statement, values in asked
        if statement.lstrip().startswith("SELECT")
        for row in raw.execute("EXPLAIN QUERY PLAN " + statement, values).fetchall()
    ]
    raw.close()
    assert plans
    through_all = [
        plan for plan in plans if plan.startswith("SEARCH location") and plan.endswith("(clinic_id=?)")
    ]
    assert through_all == []
