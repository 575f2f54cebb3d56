"""Does every failure look the same from outside, and say nothing of our insides?"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

import stockroom
from stockroom import errors
from stockroom.http.problems import OWN_MEMBERS, STATUS, status_of
from tests.builders import key
from tests.serving import Served

HEADERS = {
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cross-Origin-Opener-Policy",
    "X-Frame-Options",
    "Permissions-Policy",
}


def _all_errors() -> list[type[errors.StockroomError]]:
    for module in pkgutil.walk_packages(stockroom.__path__, "stockroom."):
        if not module.name.startswith(("stockroom.__main__", "stockroom.demo")):
            importlib.import_module(module.name)
    found: list[type[errors.StockroomError]] = []
    waiting = [errors.StockroomError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found += children
        waiting += children
    return found


def test_no_fact_of_an_error_hides_a_member_of_the_problem() -> None:
    hidden = {
        f"{error.__name__}.{fact}"
        for error in _all_errors()
        if is_dataclass(error)
        for fact in {field.name for field in fields(error)} & OWN_MEMBERS
    }

    assert hidden == set()


@pytest.mark.parametrize(("family", "status"), STATUS.items())
def test_each_family_has_its_status(family: type[errors.StockroomError], status: int) -> None:
    assert status_of(family()) == status


def _raising(served: Served, error: Exception, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The API's and the screens' answer when a view raises this."""

    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setitem(served.app.view_functions, "clinics.Clinics", refuse)
    monkeypatch.setitem(served.app.view_functions, "tokens_page.own", refuse)
    api = served.api(served.token(served.clinic.nurse)).get("/api/v1/clinics")
    page = served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/tokens")
    return api, page


def test_a_foreseen_error_is_told_with_its_code_and_facts(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, page = _raising(served, errors.ThingNotFound(thing="lot", uid="x"), monkeypatch)

    problem = api.get_json()
    assert api.status_code == page.status_code == 404
    assert api.content_type == "application/problem+json"
    assert problem.pop("request_id") == api.headers["X-Request-Id"]
    assert problem == {
        "type": "urn:stockroom:problem:thing_not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no lot x in this clinic. Check the number or scan it again.",
        "code": "thing_not_found",
        "instance": "/api/v1/clinics",
        "thing": "lot",
        "uid": "x",
    }
    assert "There is no lot x in this clinic" in page.text


def test_an_unforeseen_error_is_an_id_and_nothing_else(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    api, page = _raising(served, RuntimeError("SELECT secret FROM patient"), monkeypatch)

    assert api.status_code == page.status_code == 500
    assert api.get_json()["code"] == "internal_server_error"
    for answer in (api, page):
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text
        assert answer.headers["X-Request-Id"] in answer.text
        assert set(answer.headers.keys()) >= HEADERS
    assert any(getattr(record, "request_id", "") == api.headers["X-Request-Id"] for record in caplog.records)


def test_a_silent_database_is_503_and_says_when_to_come_back(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, page = _raising(served, OperationalError("SELECT 1", {}, Exception("disk I/O error")), monkeypatch)

    assert api.status_code == page.status_code == 503
    assert int(api.headers["Retry-After"]) > 0
    assert "disk" not in api.text + page.text


def test_when_the_database_is_gone_the_answer_still_has_its_headers(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    with served.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.exec_driver_sql("ALTER TABLE user_account RENAME TO lost")

    answer = browser.get("/")

    assert answer.status_code == 503
    assert set(answer.headers.keys()) >= HEADERS
    assert "SELECT" not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/api/v1/nothing", {}, 404, "not_found"),
        ("DELETE", "/api/v1/clinics", {}, 405, "method_not_allowed"),
        (
            "POST",
            "/api/v1/clinics",
            {"data": "{}", "content_type": "text/plain"},
            415,
            "unsupported_media_type",
        ),
        ("POST", "/api/v1/clinics", {"data": {"name": "x"}}, 415, "unsupported_media_type"),
        (
            "POST",
            "/api/v1/clinics",
            {"data": "{", "content_type": "application/json"},
            400,
            "body_unreadable",
        ),
        ("POST", "/api/v1/clinics", {"json": {"colour": "red"}}, 422, "invalid_fields"),
        (
            "POST",
            "/api/v1/clinics",
            {"data": b"x" * 3_000_000, "content_type": "application/json"},
            413,
            None,
        ),
        ("GET", "/api/v1/clinics?limit=1000000000", {}, 422, "invalid_fields"),
        ("GET", "/api/v1/clinics?limit=1&limit=2", {}, 422, "invalid_fields"),
        ("GET", "/api/v1/clinics?user__password__startswith=a", {}, 422, "invalid_fields"),
        ("GET", "/api/v1/clinics?cursor=1;--", {}, 422, "invalid_fields"),
        ("GET", "/api/v1/clinics/9223372036854775808", {}, 404, "thing_not_found"),
        ("GET", "/api/v1/clinics/%00", {}, 404, "thing_not_found"),
    ],
)
def test_what_the_framework_refuses_is_a_problem_too(
    served: Served, method: str, path: str, sent: dict[str, Any], status: int, code: str | None
) -> None:
    api = served.api(served.token(served.clinic.manager))

    answer = api.open(path, method=method, headers={"Idempotency-Key": key()}, **sent)

    problem = answer.get_json()
    assert answer.status_code == problem["status"] == status
    assert answer.content_type == "application/problem+json"
    assert problem["detail"]
    assert code is None or problem["code"] == code
    assert set(answer.headers.keys()) >= HEADERS
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("given", [None, "", " ", "a b", "ü", "x" * 201])
def test_a_write_without_a_proper_key_is_refused_before_it_is_read(served: Served, given: str | None) -> None:
    api = served.api(served.token(served.clinic.manager))
    headers = {} if given is None else {"Idempotency-Key": given}

    answer = api.post("/api/v1/clinics", json={}, headers=headers)

    assert answer.status_code == 400
    assert answer.get_json()["code"] == "key_missing"


def test_unknown_fields_are_named(served: Served) -> None:
    api = served.api(served.token(served.clinic.manager))

    answer = api.post("/api/v1/clinics", json={"clinic_id": 1}, headers={"Idempotency-Key": key()})

    assert answer.get_json()["errors"]["json"]["clinic_id"] == ["Unknown field."]


def test_a_missing_page_is_a_page(served: Served) -> None:
    answer = served.app.test_client().get("/nothing")

    assert answer.status_code == 404
    assert answer.content_type == "text/html; charset=utf-8"
    assert "There is nothing at this address" in answer.text
