"""Does Today show the day's sessions by room, what each still needs, and what is open?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from stockroom.clock import civil_date, now
from stockroom.models import JournalEntry
from stockroom.operations.plan_session import NeedOf
from stockroom.vocabulary import SessionState
from tests.courses import at
from tests.failing_entries import FailingEntries
from tests.patients import register
from tests.serving import Served
from tests.sessions import advance, line, opened, session, used


def today_of(served: Served) -> str:
    return f"/c/{served.clinic.uid}/today"


def noon() -> datetime:
    """An instant of the present day in the clinic, whatever the hour."""
    return at(civil_date(now(), "Europe/Sofia"), 12)


def disclosures(served: Served) -> int:
    with served.store.reading() as connection:
        return connection.execute(
            select(func.count()).select_from(JournalEntry).where(JournalEntry.stream == "disclosures")
        ).scalar_one()


def test_an_empty_day_says_what_to_do_first(served: Served) -> None:
    nurse = served.logged_in(served.clinic.nurse).get(today_of(served))
    auditor = served.logged_in(served.clinic.auditor).get(today_of(served))

    assert "No session is planned for this day" in nurse.text
    assert "New session" in nurse.text
    assert "New session" not in auditor.text
    assert "Nothing is open" in nurse.text


def test_the_day_is_shown_by_room_with_names_needs_and_what_is_open(served: Served) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler <i>")
    vial = opened(house, clinic.lot_on_shelf(filler, "A1"), now=now())
    name = "Ana-Maria Example " + "Long" * 30
    ana = register(house, name).patient_uid
    visit = session(
        house,
        ana,
        planned_at=noon(),
        room_uid=clinic.room.uid,
        needs=(NeedOf(product_uid=filler.uid, quantity=2_500),),
    )
    session(house, planned_at=noon() + timedelta(days=1))
    before = disclosures(served)

    page = served.logged_in(clinic.nurse).get(today_of(served))

    for words in (
        name,
        "Room 1",
        "2.5 mL Filler &lt;i&gt;",
        "1 session",
        vial.short_code,
        f"/sessions/{visit}",
    ):
        assert words in page.text, words
    assert disclosures(served) == before + 1


def test_what_is_over_or_has_everything_says_so(served: Served) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler")
    vial = opened(house, clinic.lot_on_shelf(filler, "A1"), now=now())
    need = (NeedOf(product_uid=filler.uid, quantity=100),)
    visit = session(house, planned_at=noon(), needs=need)
    used(house, visit, line(vial, 100), now=now())
    advance(house, session(house, planned_at=noon(), needs=need), SessionState.CANCELLED)

    page = served.logged_in(clinic.nurse).get(today_of(served))

    assert "has everything" in page.text
    assert "cancelled" in page.text
    assert "No room yet" in page.text


@pytest.mark.parametrize("day", ["", "nonsense", "9999-99-99", "0001-01-01", "2026-02-30"])
def test_a_day_that_is_none_is_today(served: Served, day: str) -> None:
    page = served.logged_in(served.clinic.nurse).get(f"{today_of(served)}?day={day}")
    assert page.status_code == 200
    assert "<h1>Today</h1>" in page.text


def test_another_day_has_its_own_sessions(served: Served) -> None:
    session(served.house, planned_at=noon() + timedelta(days=1))
    tomorrow = civil_date(noon() + timedelta(days=1), served.clinic.zone)

    page = served.logged_in(served.clinic.nurse).get(f"{today_of(served)}?day={tomorrow}")

    assert "1 session" in page.text


def test_who_reads_no_patients_does_not_see_it_and_another_clinic_is_not_found(served: Served) -> None:
    other = served.house.another_clinic()
    assert served.logged_in(served.clinic.administrator).get(today_of(served)).status_code == 403
    assert served.logged_in(served.clinic.nurse).get(f"/c/{other.uid}/today").status_code == 404
    assert served.browser().get(today_of(served)).status_code == 302


def test_more_sessions_ask_no_more_statements(served: Served, entries_fail_first: FailingEntries) -> None:
    entries_fail_first.stop()
    house, clinic = served.house, served.clinic
    filler = house.product("Filler")
    vial = opened(house, clinic.lot_on_shelf(filler, "A1"), now=now())
    browser = served.logged_in(clinic.nurse)

    def plan() -> None:
        visit = session(house, planned_at=noon(), needs=(NeedOf(product_uid=filler.uid, quantity=100),))
        used(house, visit, line(vial, 10), now=now())

    def asked() -> int:
        said: list[str] = []
        event.listen(
            served.store.engine, "before_cursor_execute", listener := lambda *given: said.append(given[2])
        )
        browser.get(today_of(served))
        event.remove(served.store.engine, "before_cursor_execute", listener)
        return len(said)

    plan()
    first = asked()
    for _ in range(4):
        plan()
    assert asked() == first
