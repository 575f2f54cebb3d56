"""Does an administrator change what is known of a person, and get somebody in again who forgot the password?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from stockroom.actor import Actor
from stockroom.clock import now
from stockroom.models import OutboxMessage, User
from stockroom.operations.give_first_password import GiveFirstPassword, give_first_password
from stockroom.vocabulary import Role
from tests.builders import key
from tests.serving import PASSWORD, Browser, Served
from tests.web.sending import fill_in, hidden_of, post

OWN = "seven blue cartridges"


@pytest.fixture
def administrator(served: Served) -> Browser:
    return served.logged_in(served.clinic.administrator)


def _of(served: Served, actor: Actor) -> str:
    return f"/c/{served.clinic.uid}/administration/people/{actor.person_uid}"


def _given(answer: Any) -> str:
    found = re.search(r'<code class="token[^>]*>([0-9a-z-]+)</code>', answer.text)
    assert found is not None, answer.text
    return found[1]


def _choose(browser: Browser, current: str, new: str = OWN) -> Any:
    form = {"current_password": current, "new_password": new, "new_password_again": new}
    return browser.send("/account/password", "/account/password", **form)


def test_a_forgotten_password_is_answered_by_one_that_opens_only_the_choice_of_another(
    served: Served, administrator: Browser
) -> None:
    nurse = served.logged_in(served.clinic.nurse)
    email, page = served.email_of(served.clinic.nurse), _of(served, served.clinic.nurse)
    today = f"/c/{served.clinic.uid}/today"

    form = hidden_of(administrator, page, action=f"{page}/first-password")
    shown = post(administrator, f"{page}/first-password", form)
    again = post(administrator, f"{page}/first-password", form)
    given = _given(shown)

    assert _given(again) == given, "a second press shows the password that counts"
    assert given not in administrator.get(page).text, "it is shown this once"
    assert nurse.get(today).location.startswith("/login")
    assert served.browser().log_in(email).status_code == 200, "the old one opens nothing"
    entered = served.browser()
    assert entered.log_in(email, given).status_code == 302
    assert entered.get(today).location == "/account/password"
    assert entered.get("/account/log-ins").location == "/account/password"
    assert entered.get("/api/v1/docs").location == "/account/password"
    assert "given to you by somebody else" in entered.get("/account/password").text
    assert _choose(entered, given, given).status_code == 422
    assert _choose(entered, given).location == "/login"
    assert served.browser().log_in(email, given).status_code == 200
    assert entered.log_in(email, OWN).status_code == 302
    assert entered.get(today).status_code == 200


def test_a_given_password_that_ran_out_opens_nothing_and_says_why(served: Served) -> None:
    administrator = served.logged_in(served.clinic.administrator)
    email, page = served.email_of(served.clinic.nurse), _of(served, served.clinic.nurse)
    given = _given(fill_in(administrator, page, action=f"{page}/first-password"))
    with served.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        over = now() - timedelta(seconds=1)
        connection.execute(update(User).where(User.email == email).values(first_password_until=over))

    browser = served.browser()
    answer = browser.log_in(email, given)

    assert answer.status_code == 200 and "they are over" in answer.text
    assert browser.get("/").location == "/login"


def test_the_owner_hears_of_it_and_neither_letter_nor_journal_holds_the_password(
    served: Served, administrator: Browser
) -> None:
    page = _of(served, served.clinic.nurse)

    given = _given(fill_in(administrator, page, action=f"{page}/first-password"))

    with served.store.reading() as connection:
        (letter,) = connection.execute(select(OutboxMessage.subject, OutboxMessage.body)).all()
        dump = connection.exec_driver_sql("SELECT payload || answer FROM organisation_entry").all()
    assert "given another password" in letter.subject and given not in letter.body
    assert not any(given in row[0] for row in dump)


def test_a_password_that_was_handed_over_proves_no_second_person(served: Served) -> None:
    from stockroom.access.proving import NotProven, prove

    actor = served.clinic.practitioner
    email = served.email_with_password(actor)
    with served.store.reading() as connection:
        row = connection.execute(select(User.uid, User.password).where(User.email == email)).one()
    command = GiveFirstPassword(user_uid=row.uid, password_hash=row.password)
    give_first_password(served.store, command, actor=served.house.system, key=key(), now=now())

    with served.app.test_request_context("/"), pytest.raises(NotProven):
        prove(email, PASSWORD)
    with served.app.test_request_context("/"):
        assert prove(email, PASSWORD, may_be_given=True) == actor.person_uid


def test_an_administrator_of_one_clinic_gets_no_log_in_of_another_one(
    served: Served, administrator: Browser
) -> None:
    rila = served.house.another_clinic()
    page = _of(served, rila.administrator)

    answer = fill_in(administrator, page, action=f"{page}/first-password")

    assert answer.status_code == 403 and "Rila" in answer.text
    assert '<code class="token' not in answer.text


def test_an_administrator_sees_where_a_person_is_logged_in_and_ends_one_of_them(
    served: Served, administrator: Browser
) -> None:
    nurse, page = served.clinic.nurse, _of(served, served.clinic.nurse)
    lost = served.logged_in(nurse)
    lost_uid = re.findall(r'name="log_in_uid" value="([^"]+)"', administrator.get(page).text)[0]
    kept = served.browser()
    kept.log_in(served.email_of(nurse))
    listed = administrator.get(page).text

    ended = administrator.send(page, f"{page}/log-ins/ending", log_in_uid=lost_uid, key=key("lost-device"))

    assert listed.count("from 127.0.0.1, since ") == 2 and "Log out there" in listed
    assert ended.status_code == 303
    assert administrator.get(page).text.count("from 127.0.0.1, since ") == 1
    home = f"/c/{served.clinic.uid}/stock"
    assert (lost.get(home).status_code, kept.get(home).status_code) == (302, 200)


def test_ones_own_page_leads_to_ones_own_password(served: Served, administrator: Browser) -> None:
    page, nurse = _of(served, served.clinic.administrator), _of(served, served.clinic.nurse)
    form = hidden_of(administrator, nurse, action=f"{nurse}/first-password")

    answer = post(administrator, f"{page}/first-password", form)

    assert answer.status_code == 422
    assert "/account/log-ins" in administrator.get(page).text


def test_a_person_is_called_otherwise_and_not_over_what_somebody_else_wrote(
    served: Served, administrator: Browser
) -> None:
    page = _of(served, served.clinic.nurse)
    form = hidden_of(administrator, page, action=page)

    done = post(administrator, page, {**form, "name": "Ana <i>Married", "profession": "head nurse"})
    other = {**form, "key": "another-key-0001", "name": "Ana Else", "profession": "nurse"}
    stale = post(administrator, page, other)

    assert done.status_code == 303
    assert "Ana &lt;i&gt;Married" in administrator.get(page).text
    assert stale.status_code == 412 and 'value="Ana Else"' in stale.text


def test_an_address_is_changed_and_a_taken_one_is_said_beside_it(
    served: Served, administrator: Browser
) -> None:
    page, taken = _of(served, served.clinic.nurse), served.email_of(served.clinic.manager)
    served.email_with_password(served.clinic.nurse)

    refused = fill_in(administrator, page, action=f"{page}/address", email=taken)
    done = fill_in(administrator, page, action=f"{page}/address", email="Married@vitosha.test")

    assert refused.status_code == 422 and 'id="email-wrong"' in refused.text
    assert done.status_code == 303
    assert served.browser().log_in("married@vitosha.test").status_code == 302


def test_somebody_without_a_log_in_gets_one(served: Served, administrator: Browser) -> None:
    people = f"/c/{served.clinic.uid}/administration/people"
    known = {"name": "Silent Demo", "profession": "cleaner", "email": "", "first_password": ""}
    page = fill_in(administrator, f"{people}/new", **known).headers["Location"]

    answer = fill_in(administrator, page, action=f"{page}/log-in/new", email="silent@vitosha.test")

    assert served.browser().log_in("silent@vitosha.test", _given(answer)).status_code == 302


def test_an_authorisation_begins_and_ends(served: Served, administrator: Browser) -> None:
    page = _of(served, served.clinic.auditor)

    begun = fill_in(administrator, page, action=f"{page}/authorisations", kind="inject", from_on="2026-01-05")
    overlap = fill_in(
        administrator, page, action=f"{page}/authorisations", kind="inject", from_on="2026-02-05"
    )
    held = administrator.get(page).text
    ended = fill_in(administrator, page, action=f"{page}/authorisations/inject/ending")

    assert begun.status_code == ended.status_code == 303
    assert overlap.status_code == 422 and 'id="from_on-wrong"' in overlap.text
    assert "No longer: inject" in held
    assert "No longer: inject" not in administrator.get(page).text


def test_nobody_but_an_administrator_changes_a_person(served: Served) -> None:
    page = _of(served, served.clinic.nurse)
    for actor in (served.clinic.manager, served.clinic.practitioner, served.clinic.auditor):
        browser = served.logged_in(actor)
        for below in ("", "/address", "/log-in/new", "/log-ins/ending", "/first-password", "/authorisations"):
            answer = browser.send("/account/password", f"{page}{below}", key="a-key-of-a-form-1")
            assert answer.status_code == 403, (actor, below)


def test_a_person_of_nowhere_is_not_found(served: Served, administrator: Browser) -> None:
    page = f"/c/{served.clinic.uid}/administration/people/019cad8f-ac00-700d-8d88-2912ea817faf"
    own = _of(served, served.clinic.administrator)
    form = hidden_of(administrator, own, action=own)

    for below in ("/first-password", "/address"):
        assert post(administrator, f"{page}{below}", form).status_code == 404
    assert served.clinic.employ(Role.NURSE)
