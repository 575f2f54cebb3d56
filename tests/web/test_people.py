"""Are people made known, given roles, and switched off, by those who may?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, select

from stockroom.actor import Actor
from stockroom.models import Person, User
from stockroom.vocabulary import Role
from tests.serving import PASSWORD, Browser, Served
from tests.web.sending import fill_in, hidden_of, post

FORM: dict[str, Any] = {
    "name": "Ana <b>Demo",
    "profession": "nurse",
    "authorisations": ["inject"],
    "authorised_from": "2026-01-02",
    "email": "Ana@Vitosha.test",
    "first_password": PASSWORD,
    "roles": ["nurse", "auditor"],
}


@pytest.fixture
def administrator(served: Served) -> Browser:
    return served.logged_in(served.clinic.administrator)


@pytest.fixture
def page(served: Served) -> str:
    return f"/c/{served.clinic.uid}/administration/people"


def _of(page: str, actor: Actor) -> str:
    return f"{page}/{actor.person_uid}"


def test_a_new_person_logs_in_with_the_first_password_in_the_roles_that_were_ticked(
    served: Served, administrator: Browser, page: str
) -> None:
    done = fill_in(administrator, f"{page}/new", **FORM)
    shown = administrator.get(done.headers["Location"]).text
    herself = served.browser()

    assert done.status_code == 303
    for words in (
        "Ana &lt;b&gt;Demo",
        "ana@vitosha.test",
        "Take nurse away",
        "Take auditor away",
        "2 Jan 2026",
    ):
        assert words in shown
    assert PASSWORD not in shown and "<b>" not in shown
    assert herself.log_in("ana@vitosha.test").status_code == 302
    assert herself.get(f"/c/{served.clinic.uid}/stock").location == "/account/password"
    own = "seven blue cartridges"
    chosen = {"current_password": PASSWORD, "new_password": own, "new_password_again": own}
    herself.send("/account/password", "/account/password", **chosen)
    assert herself.log_in("ana@vitosha.test", own).status_code == 302
    assert herself.get(f"/c/{served.clinic.uid}/stock").status_code == 200


def test_a_new_person_sent_twice_is_employed_once(served: Served, administrator: Browser, page: str) -> None:
    form = {**hidden_of(administrator, f"{page}/new"), **FORM}

    first, again = (post(administrator, f"{page}/new", form) for _ in range(2))

    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    with served.store.reading() as connection:
        names = connection.execute(select(Person.name).where(Person.name == FORM["name"])).all()
    assert len(names) == 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"),
        ({"profession": ""}, "profession"),
        ({"email": "nowhere"}, "email"),
        ({"email": ""}, "email"),
        ({"first_password": ""}, "first_password"),
        ({"first_password": "short"}, "first_password"),
        ({"first_password": "ana@vitosha.test"}, "first_password"),
        ({"roles": ["queen"]}, "roles"),
        ({"authorised_from": "soon"}, "authorised_from"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nobody_is_employed(
    served: Served, administrator: Browser, page: str, changed: dict[str, Any], field: str
) -> None:
    answer = fill_in(administrator, f"{page}/new", **{**FORM, **changed})

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert 'id="authorisations-inject" name="authorisations" value="inject" checked' in answer.text
    assert PASSWORD not in answer.text
    with served.store.reading() as connection:
        assert connection.execute(select(Person.id).where(Person.name == FORM["name"])).first() is None


def test_an_address_that_is_taken_is_said_beside_it(
    served: Served, administrator: Browser, page: str
) -> None:
    email = served.email_of(served.clinic.nurse)

    answer = fill_in(administrator, f"{page}/new", **{**FORM, "email": email})

    assert answer.status_code == 422
    assert 'id="email-wrong"' in answer.text and f'value="{email}"' in answer.text


def test_a_person_without_a_log_in_is_known_and_holds_no_role(administrator: Browser, page: str) -> None:
    form = {"name": "Silent Demo", "profession": "cleaner", "authorised_from": "", "email": ""}

    done = fill_in(administrator, f"{page}/new", first_password="", **form)

    assert "cannot log in" in administrator.get(done.headers["Location"]).text
    assert "Silent Demo" not in administrator.get(page).text
    assert "Silent Demo" in administrator.get(f"{page}?all=1").text


def test_a_role_is_given_and_taken(served: Served, administrator: Browser, page: str) -> None:
    nurse = _of(page, served.clinic.nurse)

    given = fill_in(administrator, nurse, action=f"{nurse}/roles", role="manager")
    twofold = administrator.get(page).text
    taken = fill_in(administrator, nurse, action=f"{nurse}/roles/removal", role="nurse")

    assert given.status_code == taken.status_code == 303
    assert "manager, nurse" in twofold
    assert "Take nurse away" not in administrator.get(nurse).text


def test_nobody_gives_a_role_to_himself(served: Served, administrator: Browser, page: str) -> None:
    oneself = _of(page, served.clinic.administrator)
    nurse = _of(page, served.clinic.nurse)
    form = hidden_of(administrator, nurse, action=f"{nurse}/roles")

    answer = post(administrator, f"{oneself}/roles", {**form, "role": "practitioner"})

    assert answer.status_code == 403
    assert "never to himself or herself" in answer.text
    shown = administrator.get(oneself).text
    assert "ask another administrator" in shown and "Switch off" not in shown


def test_the_last_administrator_stays_one(served: Served, administrator: Browser, page: str) -> None:
    oneself = _of(page, served.clinic.administrator)

    answer = fill_in(administrator, oneself, action=f"{oneself}/roles/removal", role="administrator")

    assert answer.status_code == 409
    assert "last administrator" in answer.text and "Take administrator away" in answer.text


def test_a_log_in_is_switched_off_and_on_again(served: Served, administrator: Browser, page: str) -> None:
    nurse = _of(page, served.clinic.nurse)
    email = served.email_with_password(served.clinic.nurse)

    off = fill_in(administrator, nurse, action=f"{nurse}/log-in")
    shut_out = served.browser().log_in(email)
    listed = administrator.get(page).text
    on = fill_in(administrator, nurse, action=f"{nurse}/log-in")

    assert off.status_code == on.status_code == 303
    assert shut_out.status_code == 200
    assert "switched off" in listed
    assert served.browser().log_in(email).status_code == 302


def test_a_log_in_with_a_role_elsewhere_says_so(served: Served, administrator: Browser, page: str) -> None:
    there = served.house.another_clinic()

    shown = administrator.get(_of(page, there.nurse)).text

    assert "Rila (nurse)" in shown and "this log-in opens nothing here" in shown
    assert there.nurse.person_uid not in administrator.get(page).text


def test_a_role_for_a_person_without_a_log_in_is_not_found(
    served: Served, administrator: Browser, page: str
) -> None:
    done = fill_in(
        administrator, f"{page}/new", name="Silent", profession="cleaner", email="", first_password=""
    )
    nurse = _of(page, served.clinic.nurse)
    form = hidden_of(administrator, nurse, action=f"{nurse}/roles")

    answer = post(administrator, f"{done.headers['Location']}/roles", {**form, "role": "nurse"})

    assert answer.status_code == 404
    assert administrator.get(f"{page}/nonsense").status_code == 404


def test_many_people_cost_no_more_statements(served: Served, administrator: Browser, page: str) -> None:
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    counts = []
    for _ in range(2):
        served.clinic.employ(Role.NURSE, authorised=("inject",))
        statements.clear()
        administrator.get(page)
        counts.append(len(statements))

    assert counts[0] == counts[1] < 15


def test_a_password_is_kept_as_argon2id(served: Served, administrator: Browser, page: str) -> None:
    fill_in(administrator, f"{page}/new", **FORM)

    with served.store.reading() as connection:
        kept = connection.execute(select(User.password).where(User.email == "ana@vitosha.test")).scalar_one()
    assert kept is not None and kept.startswith("$argon2id$")
