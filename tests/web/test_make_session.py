"""Is a session made in one form: the patient found or new, copied from the last one, needs typed or from a recipe?"""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from stockroom.clock import civil_date, now
from stockroom.models import JournalEntry, Need, Patient, TreatmentSession
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.write_recipe import ComponentOf
from tests import cocktails
from tests.builders import Goods, key
from tests.patients import register
from tests.serving import Browser, Served
from tests.sessions import rows, session

NAME = "Ana Plainly Invented"
WALL = "Europe/Sofia"


def day(*, later: int = 0) -> str:
    """The calendar day in the clinic so many days from now, as a form says it."""
    return (civil_date(now(), WALL) + timedelta(days=later)).isoformat()


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def filler(served: Served) -> Goods:
    product = served.house.product("Filler")
    served.clinic.lot_on_shelf(product, "A1")
    return product


def make(browser: Browser, served: Served, **form: Any) -> Any:
    address = f"/c/{served.clinic.uid}/sessions/new"
    given = {"key": key("make"), "on": day(later=1), "at": "10:30", "act": "plan", **form}
    return browser.send(address, address, **given)


def row(n: int, name: str, amount: str = "") -> dict[str, str]:
    return {f"needs-{n}-name": name, f"needs-{n}-amount": amount}


def purposes(served: Served) -> list[str]:
    with served.store.reading() as connection:
        payloads = connection.execute(
            select(JournalEntry.payload)
            .where(JournalEntry.stream == "disclosures")
            .order_by(JournalEntry.seq)
        ).scalars()
        return [re.findall(r'"purpose":"([a-z_]+)"', payload)[0] for payload in payloads]


def test_a_found_patient_gets_a_session_with_its_needs(
    served: Served, browser: Browser, filler: Goods
) -> None:
    ana = register(served.house, NAME).patient_uid
    session(served.house, ana, planned_at=now() - timedelta(days=30))
    room, doctor = served.clinic.room, served.clinic.practitioner

    found = make(browser, served, act="find", find="invented")
    chosen = make(browser, served, act=f"patient:{ana}", find="invented", **row(0, "Filler", "2.5 mL"))
    made = make(
        browser,
        served,
        patient_uid=ana,
        room_uid=room.uid,
        practitioner_uid=doctor.person_uid,
        **row(0, "filler", "2,5"),
        **row(2, "Filler"),
    )

    assert NAME in found.text and f"patient:{ana}" in found.text
    assert NAME in chosen.text and 'value="2.5 mL"' in chosen.text
    assert made.status_code == 303, made.text
    new = rows(served.store, TreatmentSession)[-1]
    on = civil_date(now(), WALL) + timedelta(days=1)
    assert new.planned_at == datetime.combine(on, time(10, 30), ZoneInfo(WALL))
    assert new.room_id == room.id and new.practitioner_id == doctor.person_id
    assert [each.quantity for each in rows(served.store, Need, session_id=new.id)] == [2_500, 5_000]
    assert f"/sessions/{new.uid}" in made.headers["Location"]
    assert purposes(served)[:2] == ["search", "session"]


def test_a_new_patient_is_registered_with_the_session_once(served: Served, browser: Browser) -> None:
    form = {"new_name": NAME, "new_born_on": "1980-05-01"}

    first = make(browser, served, key="twice", **form)
    again = make(browser, served, key="twice", **form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(rows(served.store, Patient)) == len(rows(served.store, TreatmentSession)) == 1


def test_a_form_come_back_to_and_changed_says_so_and_may_be_sent_again(
    served: Served, browser: Browser
) -> None:
    ana = register(served.house, NAME).patient_uid
    make(browser, served, key="first-0001", patient_uid=ana)

    changed = make(browser, served, key="first-0001", patient_uid=ana, at="11:45")
    fresh = re.search(r'name="key" value="([^"]+)"', changed.text)
    assert fresh is not None
    again = make(browser, served, key=fresh[1], patient_uid=ana, at="11:45")

    assert changed.status_code == 409
    assert (
        "This form was sent before" in changed.text
        and "key" not in changed.text.split('role="alert"')[1][:400]
    )
    assert again.status_code == 303
    assert len(rows(served.store, TreatmentSession)) == 2


def test_a_known_name_is_asked_about_before_another_record_is_made(served: Served, browser: Browser) -> None:
    form = {"new_name": NAME, "new_born_on": "1980-05-01"}
    make(browser, served, **form)

    asked = make(browser, served, **form)
    another = make(browser, served, is_another="y", **form)

    assert asked.status_code == 422
    assert "registered already" in asked.text and "Another person of the same name" in asked.text
    assert NAME in asked.text
    assert another.status_code == 303
    assert len(rows(served.store, Patient)) == 2


def test_patients_of_other_clinics_are_found_only_for_the_stated_purpose(
    served: Served, browser: Browser
) -> None:
    other = served.house.another_clinic()
    ana = register(served.house, NAME).patient_uid
    session(served.house, ana, clinic=other, planned_at=now())

    here = make(browser, served, act="find", find="invented")
    everywhere = make(browser, served, act="find", find="invented", everywhere="y")

    assert NAME not in here.text and "Nobody here is known" in here.text
    assert NAME in everywhere.text
    assert purposes(served) == ["first_visit"]


def test_a_patient_who_was_never_here_is_shown_for_her_first_visit_only(
    served: Served, browser: Browser
) -> None:
    ana = register(served.house, NAME).patient_uid
    address = f"/c/{served.clinic.uid}/sessions/new?patient={ana}"

    unsaid = browser.get(address)
    chosen = make(browser, served, act=f"patient:{ana}")
    said = browser.get(f"{address}&purpose=first_visit")
    planned = make(browser, served, patient_uid=ana, everywhere="y")

    assert NAME not in unsaid.text and NAME not in chosen.text
    assert NAME in said.text
    assert planned.status_code == 303
    assert purposes(served) == ["first_visit"]


def test_it_is_copied_from_the_last_one(served: Served, browser: Browser, filler: Goods) -> None:
    ana = register(served.house, NAME).patient_uid
    doctor = served.clinic.practitioner
    session(
        served.house,
        ana,
        planned_at=now() - timedelta(days=30),
        room_uid=served.clinic.room.uid,
        practitioner_uid=doctor.person_uid,
        needs=(NeedOf(product_uid=filler.uid, quantity=1_500),),
    )

    offered = make(browser, served, act=f"patient:{ana}")
    copied = make(browser, served, act="copy", patient_uid=ana)
    address = f"/c/{served.clinic.uid}/sessions/new?patient={ana}&copy=1"

    assert "As the last time" in offered.text
    for page in (copied.text, browser.get(address).text):
        assert 'value="Filler"' in page and 'value="1.5 mL"' in page
        assert f'selected value="{served.clinic.room.uid}"' in page
        assert f'selected value="{doctor.person_uid}"' in page


def test_needs_come_from_a_recipe_as_its_cocktail_or_as_what_goes_in(
    served: Served, browser: Browser, filler: Goods
) -> None:
    served.clinic.practitioner  # noqa: B018 - who approves the recipe
    recipe = cocktails.recipe(
        served.house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3_000)
    ).recipe_uid

    cocktail = make(browser, served, act="cocktail", recipe_uid=recipe, **row(0, "Filler", "1 mL"))
    parts = make(browser, served, act="parts", recipe_uid=recipe)

    assert 'value="Glow"' in cocktail.text and 'value="Filler"' in cocktail.text
    assert 'value="Filler"' in parts.text and 'value="3 mL"' in parts.text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({}, "find the patient, or write a new one"),
        ({"new_name": NAME, "on": ""}, "Look at what is marked"),
        ({"new_name": NAME, "at": "25:99"}, "Look at what is marked"),
        ({"new_name": NAME, "on": "yesterday"}, "Look at what is marked"),
        ({"new_name": NAME, "room_uid": "nonsense"}, "Look at what is marked"),
        ({"new_name": NAME, **row(0, "No such <b>")}, "Choose one of the list"),
        ({"new_name": NAME, **row(0, "Filler", "-3")}, "is not a quantity"),
        ({"new_name": NAME, **row(0, "Filler", "3 pieces")}, "is not a unit"),
        ({"new_name": NAME, **row(0, "Filler", "3 mg")}, "counted in mL"),
        ({"new_name": NAME, **row(0, "", "3 mL")}, "Say of what"),
        ({"patient_uid": "0" * 36}, "There is no patient"),
        ({"new_name": "x" * 201}, "Look at what is marked"),
    ],
)
def test_what_cannot_be_planned_keeps_what_was_typed(
    served: Served, browser: Browser, filler: Goods, form: dict[str, str], told: str
) -> None:
    refused = make(browser, served, **{"find": "still here", **form})

    assert refused.status_code in (404, 422)
    assert told.replace("'", "&#39;") in refused.text
    assert "<b>" not in refused.text
    assert rows(served.store, TreatmentSession) == []
    assert rows(served.store, Patient) == []


def test_a_plan_is_changed_by_who_has_seen_it(served: Served, browser: Browser, filler: Goods) -> None:
    visit = session(
        served.house,
        planned_at=now(),
        room_uid=served.clinic.room.uid,
        needs=(NeedOf(product_uid=filler.uid, quantity=1_500),),
    )
    address = f"/c/{served.clinic.uid}/sessions/{visit}/plan"
    shown = browser.get(address).text
    form = {"key": key("plan"), "on": day(later=1), "at": "09:00", "version": "1", **row(0, "Filler", "2 mL")}

    kept = browser.send(address, address, act="more", **form)
    changed = browser.send(address, address, **form)
    stale = browser.send(address, address, **{**form, "key": key("plan")})

    assert 'value="1.5 mL"' in shown and "Change the plan" in shown
    assert 'value="2 mL"' in kept.text
    assert (changed.status_code, stale.status_code) == (303, 412)
    planned = rows(served.store, TreatmentSession, uid=visit)[0]
    assert (planned.version, planned.room_id) == (2, None)
    assert [each.quantity for each in rows(served.store, Need, session_id=planned.id)] == [2_000]
    assert served.logged_in(served.clinic.auditor).get(address).status_code == 403


def test_who_plans_nothing_gets_no_form(served: Served) -> None:
    address = f"/c/{served.clinic.uid}/sessions/new"
    assert served.logged_in(served.clinic.auditor).get(address).status_code == 403
    assert served.logged_in(served.clinic.administrator).get(address).status_code == 403


def test_a_past_day_is_asked_about_and_made_when_it_is_meant(served: Served, browser: Browser) -> None:
    ana = register(served.house, NAME).patient_uid

    asked = make(browser, served, key="past-00001", patient_uid=ana, on="2020-01-01")
    meant = make(browser, served, key="past-00001", patient_uid=ana, on="2020-01-01", past_is_meant="y")

    assert asked.status_code == 422
    assert "1 Jan 2020 is past" in asked.text and 'name="past_is_meant"' in asked.text
    assert meant.status_code == 303
    assert len(rows(served.store, TreatmentSession)) == 1
    assert make(browser, served, new_name="Bea Invented", on="2020-01-01").status_code == 422
    assert len(rows(served.store, Patient)) == 1, "nobody is registered for what is only asked about"
    assert 'name="past_is_meant"' not in browser.get(f"/c/{served.clinic.uid}/sessions/new").text
