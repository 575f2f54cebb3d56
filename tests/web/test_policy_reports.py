"""Is what a browser was kept from loading logged, without a word that somebody could have planted?"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from stockroom.web import policy_reports
from stockroom.web.policy_reports import PER_MINUTE_MAX, Throttle
from tests.serving import Served

OLD = {"csp-report": {"violated-directive": "img-src 'self'", "blocked-uri": "https://evil.test/x?name=Vera"}}
NEW = [{"type": "csp-violation", "body": {"effectiveDirective": "script-src-elem", "blockedURL": "inline"}}]


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy_reports, "throttle", Throttle(PER_MINUTE_MAX))


def _sent(served: Served, body: Any, *, content_type: str = "application/csp-report") -> list[dict[str, Any]]:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    with capture_logs() as logged:
        answer = served.app.test_client().post("/policy-reports", data=data, content_type=content_type)
    assert (answer.status_code, answer.data) == (204, b"")
    return [dict(each) for each in logged if each["event"].startswith("blocked")]


def test_what_was_blocked_is_logged_by_rule_and_origin(served: Served) -> None:
    old = _sent(served, OLD)
    new = _sent(served, NEW, content_type="application/reports+json")

    assert [(each["directive"], each["blocked"]) for each in (*old, *new)] == [
        ("img-src", "https://evil.test"),
        ("script-src-elem", "inline"),
    ]
    assert "Vera" not in str(old)


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[" * 10_000,
        [1, None, "x"],
        {"csp-report": "x"},
        {},
        b"\xff",
        b"{" + b" " * 20_000 + b"}",
    ],
)
def test_what_is_no_report_is_answered_the_same_and_logs_nothing(served: Served, body: Any) -> None:
    assert _sent(served, body) == []


def test_a_line_that_was_planted_is_not_logged(served: Served) -> None:
    planted = {"csp-report": {"violated-directive": "x\nroot", "blocked-uri": "a\nb"}}

    assert [(each["directive"], each["blocked"]) for each in _sent(served, planted)] == [("?", "ab")]


def test_another_kind_of_body_is_not_read(served: Served) -> None:
    assert _sent(served, OLD, content_type="application/json") == []


def test_so_many_a_minute_are_logged_and_no_more(served: Served) -> None:
    logged = [line for _ in range(PER_MINUTE_MAX + 5) for line in _sent(served, OLD)]

    assert len(logged) == PER_MINUTE_MAX


def test_after_a_minute_more_pass_and_it_is_said_how_many_did_not() -> None:
    at = [datetime(2026, 3, 2, tzinfo=UTC)]
    throttle = Throttle(1, clock=lambda: at[0])

    first = [throttle.passes() for _ in range(3)]
    at[0] += timedelta(minutes=1)
    with capture_logs() as logged:
        later = throttle.passes()

    assert (first, later) == ([True, False, False], True)
    assert logged[0]["count"] == 2


def test_every_page_says_where_to_report(served: Served) -> None:
    policy = served.browser().get("/login").headers["Content-Security-Policy"]

    assert "report-uri /policy-reports" in policy
