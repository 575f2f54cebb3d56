"""Do people change at a tablet by badge or PIN, as nurses and practitioners only, and nobody anywhere else?"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Response
from sqlalchemy import select

from stockroom.access.passwords import hash_password
from stockroom.access.tablets import remember
from stockroom.barcodes.keyboards import Layout, typed_on
from stockroom.clock import now
from stockroom.models import JournalEntry, LogIn, OrganisationEntry, SignOn, SignOnAttempt
from stockroom.operations.employ import GiveRole, give_role
from stockroom.operations.give_first_password import GiveFirstPassword, give_first_password
from stockroom.operations.issue_badge import RevokeBadge, revoke_badge
from stockroom.operations.register_tablet import RevokeTablet, revoke_tablet
from stockroom.rules.pins import WRONG_BEFORE_LOCK
from stockroom.vocabulary import Role
from tests.builders import key
from tests.serving import PASSWORD, SALT, Browser, Served
from tests.tableting import (
    CODES,
    COOKIE,
    PIN,
    at_tablet,
    give_badge,
    give_pin,
    register,
    sign_on,
    signed_on_as,
)


def _today(served: Served) -> str:
    return f"/c/{served.clinic.uid}/today"


def _scan(served: Served, browser: Browser, text: str, **more: Any) -> Any:
    return browser.send(_today(served), f"/c/{served.clinic.uid}/scan", scan=text, **more)


def _hidden(text: str) -> dict[str, str]:
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in found}


def test_a_device_becomes_a_tablet_by_its_own_page_and_its_cookie_lasts(served: Served) -> None:
    clinic = served.clinic
    room, page = clinic.room, f"/c/{clinic.uid}/administration/tablets"
    manager = served.logged_in(clinic.manager)

    form = manager.get(page)
    done = manager.send(page, page, key=_hidden(form.text)["key"], name="Tablet of room 1", room_uid=room.uid)

    cookie = manager.client.get_cookie(COOKIE)
    assert (done.status_code, done.location) == (303, "/tablet")
    assert cookie is not None and len(cookie.value) == 43
    assert cookie.http_only and cookie.same_site == "Strict" and (cookie.max_age or 0) > 3e7
    assert cookie.value not in str(_entries(served, JournalEntry))
    assert manager.get(page).location.startswith("/tablet?")  # who registered it is logged out here


def test_over_https_the_tablets_cookie_is_secure_and_of_this_host_alone(served: Served) -> None:
    served.app.config["SESSION_COOKIE_SECURE"] = True
    answer = Response()
    with served.app.test_request_context("/"):
        remember(answer, "s" * 43)

    said = answer.headers["Set-Cookie"]
    assert said.startswith("__Host-stockroom-tablet=")
    assert "Secure" in said and "HttpOnly" in said and "Path=/" in said and "Domain" not in said


def test_a_badge_or_a_pin_signs_on_and_the_one_before_is_so_no_more(served: Served) -> None:
    nurse, practitioner = served.clinic.nurse, served.clinic.practitioner
    badge = give_badge(served.clinic, nurse)
    give_pin(served.store, practitioner)
    tablet = at_tablet(served)
    assert signed_on_as(tablet) == ""

    first = sign_on(tablet, badge=badge, next=_today(served))
    with tablet.client.session_transaction() as session:
        token_of_first = session["log_in"]
    was = signed_on_as(tablet)
    second = sign_on(tablet, person_uid=practitioner.person_uid, pin=PIN)

    assert (first.status_code, first.location) == (303, _today(served))
    assert (was, second.status_code, signed_on_as(tablet)) == ("Nurse Vitosha", 303, "Practitioner Vitosha")
    with tablet.client.session_transaction() as session:
        assert session["log_in"] != token_of_first
        session["log_in"] = token_of_first
    assert signed_on_as(tablet) == ""  # the first one's token opens nothing any more
    with served.store.reading() as connection:
        ended = connection.execute(select(LogIn.ended_at).order_by(LogIn.id)).scalars().all()
    assert [at is None for at in ended] == [False, True]


def test_a_badge_scanned_on_any_page_changes_the_person_and_the_page_stays(served: Served) -> None:
    badge = give_badge(served.clinic, served.clinic.nurse)
    other = give_badge(served.clinic, served.clinic.practitioner, CODES["B"])
    tablet = at_tablet(served)
    sign_on(tablet, badge=badge)
    page = f"/c/{served.clinic.uid}/stock?q=filler"

    token = tablet.anti_forgery_token(page)
    answer = tablet.client.post(
        f"/c/{served.clinic.uid}/scan",
        data={"csrf_token": token, "scan": other.lower()},
        headers={"Referer": f"http://localhost{page}"},
    )

    assert (answer.status_code, answer.location) == (303, page)
    assert signed_on_as(tablet) == "Practitioner Vitosha"


@pytest.mark.parametrize("layout", [Layout.FRENCH, Layout.GERMAN])
def test_a_badge_typed_for_another_keyboard_signs_on(served: Served, layout: Layout) -> None:
    badge = typed_on(layout, give_badge(served.clinic, served.clinic.nurse))
    other = typed_on(layout, give_badge(served.clinic, served.clinic.practitioner, CODES["B"]))
    tablet = at_tablet(served)

    sign_on(tablet, badge=badge)
    first = signed_on_as(tablet)
    _scan(served, tablet, other)

    assert (first, signed_on_as(tablet)) == ("Nurse Vitosha", "Practitioner Vitosha")


def test_an_unknown_badge_changes_nobody_and_its_code_is_said_nowhere(served: Served) -> None:
    badge = give_badge(served.clinic, served.clinic.nurse)
    tablet = at_tablet(served)
    sign_on(tablet, badge=badge)

    refused = _scan(served, tablet, f"SRB:{CODES['C']}")
    shown = tablet.get(refused.location)

    assert refused.status_code == 303 and "opens nothing" in shown.text and CODES["C"] not in shown.text
    assert signed_on_as(tablet) == "Nurse Vitosha"
    assert CODES["C"] not in str(_entries(served, OrganisationEntry))
    with served.store.reading() as connection:
        tries = connection.execute(select(SignOnAttempt.succeeded)).scalars().all()
    assert sorted(tries) == [False, True]


def test_a_badge_scanned_at_a_computer_that_is_no_tablet_changes_nobody(served: Served) -> None:
    badge = give_badge(served.clinic, served.clinic.practitioner)
    browser = served.logged_in(served.clinic.nurse)

    for typed in (badge, typed_on(Layout.FRENCH, badge)):
        refused = _scan(served, browser, typed)

        assert refused.status_code == 422 and "staff badge" in refused.text
        assert CODES["A"] not in refused.text and html.escape(typed) not in refused.text


def test_a_manager_is_a_nurse_at_a_tablet_and_no_more_than_that(served: Served) -> None:
    clinic = served.clinic
    manager = clinic.manager
    give_role(
        served.store,
        GiveRole(user_uid=served.uid_of_user(manager), role=Role.NURSE),
        actor=clinic.system,
        key=key("role"),
        now=now(),
    )
    give_pin(served.store, manager)
    tablet = at_tablet(served)
    sign_on(tablet, person_uid=manager.person_uid, pin=PIN)

    pages = {
        path: tablet.get(f"/c/{clinic.uid}/{path}").status_code
        for path in ("today", "administration", "journal", "jobs", "tokens")
    }

    assert pages == {"today": 200, "administration": 403, "journal": 403, "jobs": 403, "tokens": 403}
    assert served.logged_in(manager).get(f"/c/{clinic.uid}/administration").status_code == 200


def test_who_is_only_manager_does_not_sign_on_at_a_tablet(served: Served) -> None:
    give_pin(served.store, served.clinic.manager)
    tablet = at_tablet(served)

    refused = sign_on(tablet, person_uid=served.clinic.manager.person_uid, pin=PIN)

    assert refused.status_code == 403 and "only nurses and practitioners" in refused.text
    assert signed_on_as(tablet) == ""


def test_a_password_opens_a_tablet_too_and_a_handed_over_one_its_change_alone(served: Served) -> None:
    clinic = served.clinic
    email = served.email_with_password(clinic.nurse)
    tablet = at_tablet(served)
    assert tablet.log_in(email).status_code in (302, 303) and signed_on_as(tablet) == "Nurse Vitosha"
    assert tablet.get(f"/c/{clinic.uid}/tokens").status_code == 403
    given = GiveFirstPassword(
        user_uid=served.uid_of_user(clinic.nurse), password_hash=hash_password(PASSWORD, salt=SALT)
    )
    give_first_password(served.store, given, actor=clinic.administrator, key=key("first"), now=now())

    assert signed_on_as(tablet) == ""
    tablet.log_in(email)
    assert tablet.get(_today(served)).location == "/account/password"


def test_a_tablet_opens_its_own_clinic_alone(served: Served) -> None:
    nurse, other = served.clinic.nurse, served.house.another_clinic()
    badge = give_badge(served.clinic, nurse)
    give_role(
        served.store,
        GiveRole(user_uid=served.uid_of_user(nurse), role=Role.NURSE),
        actor=other.system,
        key=key("role"),
        now=now(),
    )
    tablet = at_tablet(served)
    sign_on(tablet, badge=badge)

    assert tablet.get(f"/c/{other.uid}/stock").status_code == 404
    assert tablet.get("/").location == f"/c/{served.clinic.uid}/"


def test_a_revoked_tablet_opens_nothing_and_its_cookie_is_that_of_any_browser(served: Served) -> None:
    clinic = served.clinic
    badge = give_badge(clinic, clinic.nurse)
    uid = register(clinic)
    tablet = served.browser()
    tablet.client.set_cookie(COOKIE, "s" * 43)
    sign_on(tablet, badge=badge)
    assert signed_on_as(tablet)

    revoke_tablet(
        served.store, RevokeTablet(tablet_uid=uid), actor=clinic.manager, key=key("revoke"), now=now()
    )

    assert tablet.get(_today(served)).location.startswith("/login")
    assert tablet.get("/tablet").location == "/"


def test_a_revoked_badge_opens_nothing(served: Served) -> None:
    clinic = served.clinic
    badge = give_badge(clinic, clinic.nurse)
    command = RevokeBadge(person_uid=clinic.nurse.person_uid)
    revoke_badge(served.store, command, actor=clinic.administrator, key=key("revoke"), now=now())

    refused = sign_on(at_tablet(served), badge=badge)

    assert refused.status_code == 403 and "opens nothing" in refused.text


def test_a_stolen_cookie_opens_nothing_at_another_device(served: Served) -> None:
    tablet = at_tablet(served)
    sign_on(tablet, badge=give_badge(served.clinic, served.clinic.nurse))
    log_in, device = tablet.client.get_cookie("stockroom"), tablet.client.get_cookie(COOKIE)
    assert log_in is not None and device is not None

    thief, at_another_tablet = served.browser(), served.browser()
    thief.client.set_cookie("stockroom", log_in.value)
    register(served.clinic, name="Tablet 2", secret="t" * 43)
    at_another_tablet.client.set_cookie(COOKIE, "t" * 43)
    at_another_tablet.client.set_cookie("stockroom", log_in.value)
    only_the_device = served.browser()
    only_the_device.client.set_cookie(COOKIE, device.value)

    assert thief.get(_today(served)).location.startswith("/login")
    assert at_another_tablet.get(_today(served)).location.startswith("/tablet")
    assert only_the_device.get(_today(served)).location.startswith("/tablet")  # it says where, never who
    assert signed_on_as(tablet) == "Nurse Vitosha"


def test_a_session_that_was_planted_before_the_sign_on_is_dead_after_it(served: Served) -> None:
    tablet = at_tablet(served)
    tablet.get("/tablet")
    planted = tablet.client.get_cookie("stockroom")
    assert planted is not None
    sign_on(tablet, badge=give_badge(served.clinic, served.clinic.nurse))
    after = tablet.client.get_cookie("stockroom")

    assert after is not None and after.value != planted.value
    tablet.client.set_cookie("stockroom", planted.value)
    assert signed_on_as(tablet) == ""


def test_a_form_of_one_person_sent_after_another_signed_on_is_asked_about(served: Served) -> None:
    clinic = served.clinic
    badges = give_badge(clinic, clinic.nurse), give_badge(clinic, clinic.practitioner, CODES["B"])
    tablet = at_tablet(served)
    sign_on(tablet, badge=badges[0])
    page = f"/c/{clinic.uid}/patients/new"
    opened = _hidden(tablet.get(page).text)
    form = {**opened, "name": "Invented Patient", "born_on": "1990-01-01"}

    sign_on(tablet, badge=badges[1])  # in another tab of the same tablet
    asked = tablet.client.post(page, data=form)
    before = len(_entries(served, JournalEntry))
    fields = _hidden(asked.text)
    sent = tablet.client.post(page, data=fields)

    assert asked.status_code == 403 and "not recorded" in asked.text and "somebody else" in asked.text
    assert sent.status_code == 303
    newest = _entries(served, JournalEntry)[before:]
    assert {row.actor_uid for row in newest} <= {clinic.practitioner.person_uid}


def test_without_a_script_an_idle_tablet_asks_for_the_pin_and_keeps_page_and_form(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic = served.clinic
    give_pin(served.store, clinic.nurse)
    tablet = at_tablet(served)
    sign_on(tablet, person_uid=clinic.nurse.person_uid, pin=PIN)
    page = f"/c/{clinic.uid}/patients/new"
    form = {**_hidden(tablet.get(page).text), "name": "Invented Patient", "second_pin": PIN}

    monkeypatch.setattr("stockroom.access.log_ins.now", lambda: now() + timedelta(seconds=110))
    read = tablet.get(page)
    kept = tablet.client.post(page, data=form)
    monkeypatch.undo()
    there = _hidden(kept.text)
    answer = tablet.client.post("/tablet", data={**there, "person_uid": clinic.nurse.person_uid, "pin": PIN})

    assert read.location == f"/tablet?next={page.replace('/', '%2F')}" or page in read.location
    assert kept.status_code == 403 and "NOT RECORDED" in kept.text and PIN not in kept.text
    assert "not recorded" in answer.text and _hidden(answer.text)["name"] == "Invented Patient"


def test_a_heartbeat_keeps_it_on_and_a_page_that_asks_by_itself_does_not(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    tablet = at_tablet(served)
    sign_on(tablet, badge=give_badge(served.clinic, served.clinic.nurse))
    token = tablet.anti_forgery_token(_today(served))
    began = now()

    def at(seconds: int) -> None:
        monkeypatch.setattr("stockroom.access.log_ins.now", lambda: began + timedelta(seconds=seconds))

    at(80)
    assert tablet.client.post("/tablet/here", data={"csrf_token": token}).status_code == 204
    at(160)
    tablet.get(_today(served), headers={"X-Background": "yes"})
    at(200)
    assert tablet.get(_today(served)).location.startswith("/tablet")


def test_covering_the_screen_ends_the_sign_on_at_once(served: Served) -> None:
    tablet = at_tablet(served)
    sign_on(tablet, badge=give_badge(served.clinic, served.clinic.nurse))
    cookie = tablet.client.get_cookie("stockroom")
    assert cookie is not None

    covered = tablet.send(_today(served), "/tablet/cover", next=_today(served))

    assert covered.status_code == 303 and covered.location.startswith("/tablet")
    tablet.client.set_cookie("stockroom", cookie.value)
    assert signed_on_as(tablet) == ""


def test_five_wrong_pins_lock_the_pin_for_a_while_and_not_the_badge(served: Served) -> None:
    nurse = served.clinic.nurse
    give_pin(served.store, nurse)
    badge = give_badge(served.clinic, nurse)
    tablet = at_tablet(served)

    wrong = [sign_on(tablet, person_uid=nurse.person_uid, pin="000000") for _ in range(WRONG_BEFORE_LOCK)]
    locked = sign_on(tablet, person_uid=nurse.person_uid, pin=PIN)

    assert {answer.status_code for answer in wrong} == {403} and "not right" in wrong[0].text
    assert (locked.status_code, 200 < int(locked.headers["Retry-After"]) <= 300) == (429, True)
    assert signed_on_as(tablet) == ""
    assert sign_on(tablet, badge=badge).status_code == 303 and signed_on_as(tablet) == "Nurse Vitosha"


def test_a_sign_on_needs_the_anti_forgery_token_of_its_page(served: Served) -> None:
    badge = give_badge(served.clinic, served.clinic.nurse)
    tablet = at_tablet(served)

    refused = tablet.client.post("/tablet", data={"badge": badge})

    assert (refused.status_code, refused.location.startswith("/tablet")) == (303, True)
    assert signed_on_as(tablet) == ""
    with served.store.reading() as connection:
        assert connection.execute(select(SignOn.log_in_id)).first() is None


def test_a_sign_on_leads_to_no_other_site(served: Served) -> None:
    badge = give_badge(served.clinic, served.clinic.nurse)
    tablet = at_tablet(served)

    for wanted in ("https://evil.example/", "//evil.example/today", "/\\evil.example", "/api/v1/lots"):
        assert sign_on(tablet, badge=badge, next=wanted).location == "/"


def test_a_program_is_told_who_is_signed_on_now(served: Served) -> None:
    tablet = at_tablet(served)
    form = {
        "csrf_token": tablet.anti_forgery_token("/tablet"),
        "badge": give_badge(served.clinic, served.clinic.nurse),
    }

    said = tablet.client.post("/tablet", data=form, headers={"Accept": "application/json"})
    told = said.get_json()
    wrong = tablet.client.post(
        "/tablet",
        data={"csrf_token": told["csrf_token"], "badge": "SRB:222222"},
        headers={"Accept": "application/json"},
    )

    assert (said.status_code, told["name"]) == (200, "Nurse Vitosha")
    assert (wrong.status_code, list(wrong.get_json())) == (403, ["fault"])


def _entries(served: Served, model: Any) -> list[Any]:
    with served.store.reading() as connection:
        return list(connection.execute(select(model.__table__)))
