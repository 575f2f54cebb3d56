"""Who is let in by a token or a log-in, to which clinic, for which action?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, update

from stockroom.access.bearer import draw_token, token_hash
from stockroom.clock import now
from stockroom.models import ApiToken
from stockroom.operations.employ import GiveRole, SwitchLogIn, TakeRole, give_role, switch_log_in, take_role
from stockroom.operations.revoke_token import RevokeToken, revoke_token
from stockroom.vocabulary import Action, Role
from tests.builders import key
from tests.serving import Served

NEW_CLINIC = {
    "name": "Rila",
    "time_zone": "Europe/Sofia",
    "country": "BG",
    "currency": "EUR",
    "books_begin_on": "2026-03-01",
}


def test_a_token_opens_the_api_and_nothing_else_does(served: Served) -> None:
    token = served.token(served.clinic.nurse)
    browser = served.logged_in(served.clinic.manager)

    assert served.api(token).get("/api/v1/clinics").status_code == 200
    assert served.api().get("/api/v1/clinics").status_code == 401
    assert served.api().get(f"/api/v1/clinics?token={token}").status_code == 401
    assert browser.get("/api/v1/clinics").status_code == 401
    assert browser.client.get("/", headers={"Authentication-Token": token}).location.startswith("/c/")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer x",
        "Token {0}",
        "Bearer {0} {0}",
        "Bearer {1}",
        "bearer {0}x",
    ],
)
def test_anything_but_a_whole_token_is_answered_401_with_a_challenge(served: Served, header: str) -> None:
    token = served.token(served.clinic.nurse)

    answer = served.api().get(
        "/api/v1/clinics", headers={"Authorization": header.format(token, draw_token())}
    )

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.content_type == "application/problem+json"


def test_the_database_never_holds_the_token_and_its_hash_opens_nothing(served: Served) -> None:
    token = served.token(served.clinic.nurse)
    path = served.store.engine.url.database or ""

    kept = token_hash(token)

    with open(path, "rb") as database, open(path + "-wal", "rb") as recent:
        assert token.encode() not in database.read() + recent.read()
    assert served.api(kept).get("/api/v1/clinics").status_code == 401


def test_a_token_that_ran_out_opens_nothing(served: Served) -> None:
    token = served.token(served.clinic.nurse)
    with served.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(ApiToken).values(expires_at=now() - timedelta(seconds=1)))

    assert served.api(token).get("/api/v1/clinics").status_code == 401


def test_a_revoked_token_opens_nothing_from_the_next_request_on(served: Served) -> None:
    nurse = served.clinic.nurse
    api = served.api(served.token(nurse))
    uid = api.get("/api/v1/tokens").get_json()["items"][0]["uid"]

    revoke_token(served.store, RevokeToken(token_uid=uid), actor=nurse, key=key(), now=now())

    assert api.get("/api/v1/tokens").status_code == 401


def test_a_token_ends_with_its_users_log_in_and_roles(served: Served) -> None:
    nurse, manager = served.clinic.nurse, served.clinic.manager
    first, second = served.api(served.token(nurse)), served.api(served.token(manager))
    system = served.clinic.system

    switched_off = SwitchLogIn(user_uid=served.uid_of_user(nurse), active=False)
    switch_log_in(served.store, switched_off, actor=system, key=key(), now=now())
    taken = TakeRole(user_uid=served.uid_of_user(manager), role=Role.MANAGER)
    take_role(served.store, taken, actor=system, key=key(), now=now())

    assert first.get("/api/v1/clinics").status_code == 401
    assert second.get("/api/v1/clinics").status_code == 401


def test_a_role_given_a_moment_ago_counts(served: Served) -> None:
    nurse = served.clinic.nurse
    api = served.api(served.token(nurse))
    headers = {"Idempotency-Key": key()}
    before = api.post("/api/v1/clinics", json=NEW_CLINIC, headers=headers).status_code

    given = GiveRole(user_uid=served.uid_of_user(nurse), role=Role.MANAGER)
    give_role(served.store, given, actor=served.clinic.system, key=key(), now=now())

    assert before == 403
    assert api.post("/api/v1/clinics", json=NEW_CLINIC, headers=headers).status_code == 201


def test_a_narrow_token_does_only_what_it_names(served: Served) -> None:
    api = served.api(served.token(served.clinic.manager, actions=(Action.READ_STOCK,)))

    allowed = api.get("/api/v1/clinics")
    refused = api.post("/api/v1/clinics", json=NEW_CLINIC, headers={"Idempotency-Key": key()})

    assert allowed.status_code == 200
    assert refused.status_code == 403
    assert refused.get_json()["code"] == "token_too_narrow"
    assert refused.get_json()["action"] == "maintain_clinic"


def test_a_token_costs_one_statement_to_look_at(served: Served) -> None:
    api = served.api(served.token(served.clinic.nurse))
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))

    api.get("/api/v1/tokens")

    assert len(statements) == 2, statements  # the token, then the page


def test_another_clinics_pages_are_not_found_whether_or_not_there_is_one(served: Served) -> None:
    other = served.house.another_clinic("Rila")
    browser = served.logged_in(served.clinic.nurse)
    nowhere = "01a20116-1800-752d-9691-926cd9ec78cb"

    seen = {browser.get(f"/c/{uid}/tokens").status_code for uid in (other.uid, nowhere, "x" * 300)}

    assert seen == {404}
    assert browser.get(f"/c/{served.clinic.uid}/tokens").status_code == 200


def test_another_clinics_ids_are_not_found_by_a_token(served: Served) -> None:
    other = served.house.another_clinic("Rila")
    api = served.api(served.token(served.clinic.nurse))
    theirs = served.api(served.token(other.nurse))
    token_uid = theirs.get("/api/v1/tokens").get_json()["items"][0]["uid"]

    clinic = api.get(f"/api/v1/clinics/{other.uid}")
    revoked = api.post(f"/api/v1/tokens/{token_uid}/revocation", headers={"Idempotency-Key": key()})

    assert clinic.status_code == revoked.status_code == 404
    assert theirs.get("/api/v1/tokens").status_code == 200


def test_a_page_asked_for_without_a_log_in_comes_after_it(served: Served) -> None:
    page = f"/c/{served.clinic.uid}/tokens"
    email = served.email_with_password(served.clinic.nurse)
    browser = served.browser()

    sent_away = browser.get(page)
    came_in = browser.log_in(email, next=page)

    assert sent_away.status_code == 302
    assert sent_away.location.startswith("/login?next=")
    assert came_in.location == page


def test_a_role_that_may_not_is_told_who_may(served: Served) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    answer = auditor.get(f"/c/{served.clinic.uid}/tokens")

    assert answer.status_code == 403
    assert "Ask somebody who is" in answer.text


def test_a_form_from_another_site_or_another_log_in_changes_nothing(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    page = f"/c/{served.clinic.uid}/tokens"
    other = served.logged_in(served.clinic.manager).anti_forgery_token(page)

    answers = [
        browser.client.post(page, data={"name": "a", "days": "9", **sent})
        for sent in ({}, {"csrf_token": "x"}, {"csrf_token": other})
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 403]
    assert "None yet" in browser.get(page).text


def test_a_route_that_asks_for_one_of_several_lets_in_whoever_has_one_and_the_act_asks_precisely(
    served: Served,
) -> None:
    practitioner, administrator = served.clinic.practitioner, served.clinic.administrator
    signs_only = served.api(served.token(practitioner, actions=(Action.SIGN_SESSION,)))
    reads_only = served.api(served.token(practitioner, actions=(Action.READ_STOCK,)))
    path = "/api/v1/sessions/01a20116-1800-752d-9691-926cd9ec78cb/state"

    def answered(api: Any, state: str) -> tuple[int, str]:
        answer = api.post(path, json={"state": state}, headers={"Idempotency-Key": key()})
        return answer.status_code, answer.get_json()["code"]

    assert answered(signs_only, "signed") == (404, "thing_not_found")
    assert answered(signs_only, "arrived") == (403, "token_too_narrow")
    assert answered(reads_only, "signed") == (403, "token_too_narrow")
    assert answered(served.api(served.token(administrator)), "signed") == (403, "action_forbidden")
