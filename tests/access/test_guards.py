"""Is every route in the one table, and is everything else refused?"""

from __future__ import annotations

import re

import pytest

from stockroom.access import guards
from stockroom.access.guards import Door, guard_of, routes, unguarded, without_route
from tests.serving import Served


def test_the_table_and_the_application_name_the_same_routes(served: Served) -> None:
    assert unguarded(served.app.url_map) == frozenset()
    assert without_route(served.app.url_map) == frozenset()


def test_a_route_that_nobody_listed_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(guards.GUARDS, "GET /login")

    assert served.app.test_client().get("/login").status_code == 403


def test_everything_but_the_open_doors_turns_a_stranger_away(served: Served) -> None:
    client = served.app.test_client()
    for rule in served.app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            path = rule.rule
            for argument in rule.arguments:
                path = re.sub(rf"<(?:path:)?{argument}>", "x", path).replace(f"<int:{argument}>", "1")
            if guard_of(rule, method) in (Door.OPEN, Door.UNASKED):
                continue
            answer = client.open(path, method=method)
            assert answer.status_code in (302, 401, 403), f"{method} {path}"


def test_head_is_guarded_as_its_get(served: Served) -> None:
    rule = next(rule for rule in served.app.url_map.iter_rules() if rule.rule == "/api/v1/clinics")

    assert guard_of(rule, "HEAD") == guard_of(rule, "GET")
    assert served.api().head("/api/v1/clinics").status_code == 401


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PATCH", "PROPFIND"])
def test_a_method_that_no_route_has_is_refused(served: Served, method: str) -> None:
    answer = served.api(served.token(served.clinic.nurse)).open("/api/v1/clinics", method=method)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_the_routes_are_written_as_the_table_writes_them(served: Served) -> None:
    assert "POST /api/v1/tokens/<uid>/revocation" in routes(served.app.url_map)
