"""Is whoever is not authorised to an act asked about it on the page, before it is done and once in a session?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from stockroom.actor import Actor
from stockroom.clock import now
from stockroom.models import CautionAnswer, Preparation
from stockroom.operations.authorise import Authorise, authorise
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.vocabulary import ContainerType, HoldReason, Role
from tests.api.calling import Caller
from tests.builders import key
from tests.devices import device
from tests.serving import Browser, Served
from tests.sessions import rows, session
from tests.web.benching import code, page_of, scan

WHY = {"override_reason": "nobody else is here"}


@pytest.fixture
def nurse(served: Served) -> Actor:
    """A nurse to whom nobody gave any authorisation, in a clinic where such are given."""
    clinic = served.clinic
    for kind in ("inject", "compound", "receive", "release_hold"):
        grant = Authorise(person_uid=clinic.auditor.person_uid, kind=kind, from_on=date(2026, 1, 1))
        authorise(served.store, grant, actor=clinic.administrator, key=key(), now=now())
    return clinic.employ(Role.NURSE, authorised=())


def answered(browser: Browser, page: str, action: str, word: str, **form: Any) -> None:
    """Send a form that is refused with the question, and again with the answer."""
    asked = browser.send(page, action, key=key(), **form)
    assert asked.status_code == 422
    assert "is not authorised to" in asked.text and f'value="{word}"' in asked.text, asked.text
    assert 'name="override_reason"' in asked.text
    silent = browser.send(page, action, key=key(), override_rules=word, **form)
    assert silent.status_code == 422
    assert browser.send(page, action, key=key(), override_rules=word, **WHY, **form).status_code == 303


def test_a_session_asks_once_and_shows_what_was_answered(served: Served, nurse: Actor) -> None:
    browser, visit = served.logged_in(nurse), session(served.house, planned_at=now())
    filler = served.house.product("Filler", content_quantity=1_000, container_type=ContainerType.SINGLE_DOSE)
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=9)
    pen = device(served.house, now=now())
    there = page_of(served, visit)

    answered(browser, f"{there}/devices", f"{there}/devices", "not_authorised_to_inject", device_uid=pen)
    given = {"scan": code(filler, lot), "technique": "nappage", "given_by": nurse.person_uid}
    answered(browser, there, f"{there}/scan", "not_authorised_to_inject", **given)

    assert scan(browser, served, visit, **given).status_code == 303
    page = browser.get(there).text
    assert "Asked and answered" in page and WHY["override_reason"] in page
    assert len(rows(served.store, CautionAnswer)) == 2


def test_preparing_and_a_release_ask_before_anything_is_done(served: Served, nurse: Actor) -> None:
    browser, clinic = served.logged_in(nurse), f"/c/{served.clinic.uid}"
    visit = session(served.house, planned_at=now())
    start = {"recipe_uid": "", "reason": "dry skin", "dose_count": "1", "session_uids": visit}
    answered(browser, f"{clinic}/prepare", f"{clinic}/prepare", "not_authorised_to_compound", **start)
    assert len(rows(served.store, Preparation)) == 1

    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "F1")
    place = PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot.uid)
    held = place_hold(served.store, place, actor=nurse, key=key(), now=now()).hold_uid
    manager, there = served.logged_in(served.clinic.manager), f"{clinic}/holds/{held}/release"
    answered(manager, there, there, "not_authorised_to_release_hold", note="looked at it")


def test_a_program_answers_in_its_request(served: Served, nurse: Actor) -> None:
    visit, caller = session(served.house, planned_at=now()), Caller(served, nurse)
    filler = served.house.product("Filler", content_quantity=1_000, container_type=ContainerType.SINGLE_DOSE)
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=9)
    thing = {"lot_uid": lot.uid}
    body = {
        "lines": [
            {
                "thing": thing, "quantity": {"quantity": "1", "unit": "mL"}, "technique": "nappage",
                "practitioner_uid": nurse.person_uid,
            }
        ]
    }  # fmt: skip
    address = f"/sessions/{visit}/usages"

    asked = caller.post(address, body, status=422)
    assert (asked["code"], asked["rules"]) == ("authorisation_asked", ["not_authorised_to_inject"])
    body["override"] = {"rules": asked["rules"], "reason": WHY["override_reason"]}  # type: ignore[assignment]
    assert caller.post(address, body, status=201)["overridden"] == []
