"""Is every route refused to every role that the tables do not permit it, and to a browser's cookie where it is the API's?

The cells are made from the routes that are served, so that a new route is asked the day it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from stockroom.access.guards import GUARDS, actions_of, guard_of
from stockroom.db.base import Base
from stockroom.db.transaction import CHANGES
from stockroom.models import JournalEntry
from stockroom.rules.permissions import permitted
from stockroom.vocabulary import Action, Role
from tests.api.asking import NOBODYS_UID
from tests.builders import key
from tests.serving import Served

API = "/api/v1/"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"})
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
REFUSED = frozenset({"action_forbidden", "token_too_narrow"})


def _cells(served: Served) -> Iterator[tuple[Rule, str, str]]:
    """Every route that asks for an action, with an address that names nothing of anybody's."""
    for rule in served.app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            asked = guard_of(rule, method)
            if asked is not None and actions_of(asked):
                yield rule, method, _path(served, rule)


def _path(served: Served, rule: Rule) -> str:
    path = re.sub(r"<(?:[a-z]+:)?clinic_uid>", served.clinic.uid, rule.rule)
    path = re.sub(r"<(?:[a-z]+:)?[a-z_]*uid>", NOBODYS_UID, path).replace("<role>", "nurse")
    return re.sub(r"<[^>]*>", "1", path)


def _code(answer: Any) -> str:
    told = answer.get_json(silent=True) or {}
    return str(told.get("code", ""))


@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_every_route_of_the_api_lets_in_exactly_the_roles_of_the_tables(served: Served, role: Role) -> None:
    actor = replace(
        getattr(served.clinic, role.value), is_system=True
    )  # hands out a token as the terminal does
    api = served.api(served.token(actor))
    cells = [cell for cell in _cells(served) if cell[0].rule.startswith(API)]
    wrong = []
    for rule, method, path in cells:
        asked = guard_of(rule, method)
        assert asked is not None
        headers = {"Idempotency-Key": key()}
        answer = api.open(path, method=method, headers=headers, json={} if method in UNSAFE else None)
        is_let_in = bool(actions_of(asked) & permitted({role}))
        if is_let_in is (_code(answer) in REFUSED) or (not is_let_in and answer.status_code != 403):
            wrong.append((role.value, method, rule.rule, answer.status_code, _code(answer)))
        if answer.data and answer.mimetype not in (
            "application/json",
            "application/problem+json",
            "text/csv",
        ):
            wrong.append((role.value, method, rule.rule, answer.mimetype, ""))

    assert len(cells) > 100
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_every_screen_is_refused_to_the_roles_that_the_tables_do_not_permit(
    served: Served, role: Role
) -> None:
    browser = served.logged_in(getattr(served.clinic, role.value))
    token = browser.anti_forgery_token("/account/password")
    wrong = []
    for rule, method, path in _cells(served):
        asked = guard_of(rule, method)
        if asked is None or rule.rule.startswith(API) or actions_of(asked) & permitted({role}):
            continue
        answer = browser.client.open(
            path, method=method, data={"csrf_token": token} if method in UNSAFE else None
        )
        if answer.status_code != 403 or "Ask somebody who is" not in answer.text:
            wrong.append((role.value, method, rule.rule, answer.status_code))

    assert wrong == []


def test_a_browsers_cookie_drives_no_write_of_the_api_whatever_is_sent(served: Served) -> None:
    browser = served.logged_in(served.clinic.manager)
    token = browser.anti_forgery_token("/account/password")
    for rule, method, path in _cells(served):
        if not rule.rule.startswith(API) or method not in UNSAFE:
            continue
        for body in (
            {"json": {}},
            {"data": {"csrf_token": token}},
            {"data": "{}", "content_type": "text/plain"},
        ):
            answer = browser.client.open(path, method=method, headers={"X-CSRFToken": token}, **body)
            assert answer.status_code == 401, f"{method} {rule.rule}"


def test_only_the_methods_that_are_documented_answer_and_no_header_changes_them(served: Served) -> None:
    api = served.api(served.token(served.clinic.manager))
    description = api.get("/api/v1/openapi.json").get_json()
    adapter = served.app.url_map.bind("localhost")
    for path, methods in description["paths"].items():
        known = {method.upper() for method in methods if method != "parameters"}
        known |= {"HEAD"} if "GET" in known else set()
        address = re.sub(r"\{[a-z_]*uid\}", NOBODYS_UID, path)
        address = address.replace("{role}", "nurse").replace("{n}", "1").replace("{kind}", "areas")
        for method in METHODS - known:
            if adapter.test(address, method):
                continue  # another route, whose last part may be any word
            answer = api.open(address, method=method)
            assert answer.status_code == 405, f"{method} {path}"
            assert set(answer.headers["Allow"].split(", ")) >= known
        if "GET" in known and "DELETE" not in known:
            for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
                answer = api.post(address, headers={header: "DELETE", "Idempotency-Key": key()}, json={})
                assert "DELETE" not in answer.headers.get("Allow", ""), path


def test_no_list_takes_a_filter_that_it_does_not_know(served: Served) -> None:
    manager, administrator = (
        served.api(served.token(actor)) for actor in (served.clinic.manager, served.clinic.administrator)
    )
    description = manager.get("/api/v1/openapi.json").get_json()
    lists = [
        path
        for path, methods in description["paths"].items()
        if "{" not in path
        and any(each.get("in") == "query" for each in methods.get("get", {}).get("parameters", ()))
    ]

    assert len(lists) > 15
    for path in lists:
        api = administrator if GUARDS[f"GET {path}"] is Action.MAINTAIN_USERS else manager
        for query in (
            "user__password__startswith=a",
            "filters[created_by.email][like]=a",
            "order_by=id",
            "limit=5&limit=6",
        ):
            answer = api.get(f"{path}?{query}")
            assert (answer.status_code, _code(answer)) == (422, "invalid_fields"), f"{path}?{query}"
        for hostile in ("' OR '1'='1", "1;--", "id) DESC,(SELECT 1", "%00", "\x00"):
            answer = api.get(path, query_string={"cursor": hostile, "limit": "1"})
            assert answer.status_code in (400, 422), f"{path} {hostile!r}"


def test_looking_changes_nothing_but_what_was_looked_at(served: Served) -> None:
    """Disclosures, refusals, files that leave and when a log-in was last seen are written down; nothing else is."""
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    api = served.api(served.token(served.clinic.manager))
    browser = served.logged_in(served.clinic.manager)
    before = _contents(served)

    for rule in served.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        for uid in (NOBODYS_UID, lot.uid, served.clinic.uid):
            path = _path(served, rule).replace(NOBODYS_UID, uid)
            for method in ("GET", "HEAD"):
                (api if rule.rule.startswith(API) else browser.client).open(
                    path, method=method, buffered=True
                )

    assert _contents(served) == before


def _contents(served: Served) -> dict[str, list[tuple[Any, ...]]]:
    kept = set(Base.metadata.tables) - {"journal_entry", "journal_head", "disclosed_patient", "log_in"}
    with served.store.reading() as connection:
        told: dict[str, list[tuple[Any, ...]]] = {
            name: sorted(map(tuple, connection.execute(Base.metadata.tables[name].select())), key=repr)
            for name in sorted(kept)
        }
        acts = connection.execute(
            select(JournalEntry.kind, JournalEntry.seq).where(JournalEntry.stream == CHANGES)
        )
        told["acts"] = sorted(tuple(row) for row in acts if row.kind not in ("refusal", "export"))
    return told
