"""What the bench answers while a cocktail is made: an earlier lot, a second pair of eyes, a patient who stays away."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import PassedOverLot, PreparationSession
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.write_recipe import ComponentOf
from stockroom.vocabulary import ContainerType, SessionState
from tests.builders import Goods, key
from tests.cocktails import recipe
from tests.patients import ask, register
from tests.serving import PASSWORD, Served
from tests.sessions import session
from tests.web.test_prepare import Making, code, rows_of


@pytest.fixture
def making(served: Served) -> Making:
    return Making(served)


@pytest.fixture
def booster(served: Served) -> Goods:
    return served.house.product(
        "Booster", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE, in_use_minutes=None
    )


@pytest.fixture
def visit(served: Served) -> str:
    return _visit(served, "Ana Imaginary")


def _visit(served: Served, name: str) -> str:
    uid = register(served.house, name).patient_uid
    ask(served.house, uid)
    return session(served.house, uid, planned_at=now())


def _hidden(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form of a stop that gives this answer."""
    forms = re.findall(r"<form.*?</form>", page, re.S)
    (form,) = [each for each in forms if f'value="{action}"' in each]
    return dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', form))


def test_one_tap_answers_why_an_earlier_lot_is_not_taken_and_the_counts_hear_of_it(
    served: Served, making: Making, booster: Goods, visit: str
) -> None:
    soon = served.clinic.lot_on_shelf(booster, "SOON", expires_on=date(2030, 6, 1))
    later = served.clinic.lot_on_shelf(booster, "LATER", expires_on=date(2031, 6, 1))
    making.begin("", visit, reason="own request")

    stopped = making.scan(code(booster, later), amount="1")
    said = _hidden(stopped.text, "not_there")
    said.pop("csrf_token", None)
    added = making.send("scan", **said)

    assert (stopped.status_code, added.status_code) == (422, 303), added.text
    assert "Lot SOON" in stopped.text and "Add it all the same" not in stopped.text
    assert [row.answer for row in rows_of(served.store, PassedOverLot)] == ["not_there"]
    assert "SOON" in making.page() and "not there" in making.page()
    counts = making.browser.get(f"/c/{served.clinic.uid}/counts").text
    assert f"lot={soon.uid}" in counts and "Missed at the bench" in counts


def test_what_was_answered_is_not_asked_again_at_the_next_scan_nor_advised_any_more(
    served: Served, making: Making, booster: Goods, visit: str
) -> None:
    served.clinic.lot_on_shelf(booster, "SOON", expires_on=date(2030, 6, 1))
    later = served.clinic.lot_on_shelf(booster, "LATER", presentations=4, expires_on=date(2031, 6, 1))
    part = ComponentOf(product_uid=booster.uid, quantity=2000)
    glow = recipe(served.house, "Glow", part, output_quantity=2000).recipe_uid
    making.begin(glow, visit, dose_count="2")
    advised = making.page()

    said = _hidden(making.scan(code(booster, later), amount="2").text, "damaged")
    said.pop("csrf_token", None)
    first, second = making.send("scan", **said), making.scan(code(booster, later))

    assert "lot SOON in" in advised
    assert (first.status_code, second.status_code) == (303, 303), second.text
    assert "lot SOON in" not in making.browser.get(first.headers["Location"]).text
    assert [row.answer for row in rows_of(served.store, PassedOverLot)] == ["damaged"]


def test_the_second_person_proves_who_it_is_before_a_cocktail_is_made(
    served: Served, making: Making, booster: Goods, visit: str
) -> None:
    values = {"second_check_of_cocktails": True}
    set_settings(
        served.store,
        SetSettings(values=values, version=1),
        actor=served.clinic.administrator,
        key=key(),
        now=now(),
    )
    lot = served.clinic.lot_on_shelf(booster, "B1")
    making.begin("", visit, reason="own request")
    making.scan(code(booster, lot), amount="1")
    doctor = served.email_of(served.clinic.practitioner)
    served.logged_in(served.clinic.practitioner)

    alone = making.finish()
    wrong = making.finish(second_email=doctor, second_password="wrong " + PASSWORD)
    made = making.finish(second_email=doctor, second_password=PASSWORD)

    assert (alone.status_code, wrong.status_code) == (422, 403)
    assert "this clinic asks for it" in alone.text
    assert made.status_code == 303, made.text
    assert "Checked by" in making.page() and "Practitioner Vitosha" in making.page()


def test_the_same_session_twice_leads_to_the_first_one_and_a_volume_is_scaled(
    served: Served, making: Making, booster: Goods, visit: str
) -> None:
    glow = recipe(
        served.house,
        "Glow",
        ComponentOf(product_uid=booster.uid, quantity=2000),
        output_quantity=2000,
    ).recipe_uid
    making.begin(glow, visit, wanted="1.5")
    second = Making(served, served.clinic.practitioner)

    asked = second.begin(glow, visit)
    unreadable = second.begin(glow, visit, wanted="much")
    again = second.begin(glow, visit, again_reason="a second syringe")

    assert (asked.status_code, unreadable.status_code, again.status_code) == (409, 422, 303)
    assert making.path in asked.text and "Go on with that one" in asked.text
    assert "1.5 mL" in making.page() and "a second syringe" in second.page()


def test_what_is_left_after_a_cancelled_session_is_given_to_another_or_discarded(
    served: Served, making: Making, visit: str
) -> None:
    water = served.house.product("Water", content_quantity=2000, container_type=ContainerType.NONE)
    lot = served.clinic.lot_on_shelf(water, "W1")
    making.begin("", visit, reason="own request")
    making.scan(code(water, lot), amount="1")
    assert making.finish().status_code == 303
    boris = _visit(served, "Boris Imaginary")
    gone = AdvanceSession(session_uid=visit, to=SessionState.CANCELLED)
    advance_session(served.store, gone, actor=served.clinic.nurse, key=key(), now=now())

    page = making.page()
    of_session = making.browser.get(f"/c/{served.clinic.uid}/sessions/{visit}").text
    listed = making.browser.get(making.home).text
    given = making.send("reassignment", session_uids=[boris])

    assert "give it to another session" in of_session and "its session is over" in listed
    assert "Made for a session that is over" in page and "Discard it" in page and "Boris" in page
    assert given.status_code == 303, given.text
    assert "Boris" in making.page() and "session that is over" not in making.page()
    with served.store.reading() as connection:
        assert len(connection.execute(select(PreparationSession.session_id)).all()) == 2


def test_a_use_in_a_session_is_answered_with_one_tap_too(served: Served, booster: Goods, visit: str) -> None:
    served.clinic.lot_on_shelf(booster, "SOON", expires_on=date(2030, 6, 1))
    later = served.clinic.lot_on_shelf(booster, "LATER", expires_on=date(2031, 6, 1))
    nurse: Any = served.logged_in(served.clinic.nurse)
    page = f"/c/{served.clinic.uid}/sessions/{visit}"

    stopped = nurse.send(page, f"{page}/scan", key=key("use"), scan=code(booster, later), extra="yes")
    said = _hidden(stopped.text, "damaged")
    said.pop("csrf_token", None)
    used = nurse.send(page, f"{page}/scan", **said)

    assert (stopped.status_code, used.status_code) == (422, 303), used.text
    assert [row.answer for row in rows_of(served.store, PassedOverLot)] == ["damaged"]
