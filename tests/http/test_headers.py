"""Does every answer carry the headers that keep a browser safe?"""

from __future__ import annotations

import logging
import re

import pytest

from tests.serving import Served

WANTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def test_every_route_answers_with_the_security_headers(served: Served) -> None:
    browser = served.logged_in(served.clinic.manager)
    for rule in served.app.url_map.iter_rules():
        path = rule.rule.replace("<clinic_uid>", served.clinic.uid)
        path = re.sub(r"<[^>]*>", "x", path)
        for method in ("GET", "POST"):
            answer = browser.client.open(path, method=method)
            for name, value in WANTED.items():
                assert answer.headers[name] == value, f"{method} {path}"
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy
            assert "unsafe" not in policy
            assert "Server" not in answer.headers
            assert "Access-Control-Allow-Origin" not in answer.headers
            answer.close()


def test_only_static_files_may_be_kept_by_a_browser(served: Served) -> None:
    browser = served.logged_in(served.clinic.manager)

    assert "max-age" in browser.get("/static/stockroom.css").headers["Cache-Control"]
    assert browser.get("/static/nothing").headers["Cache-Control"] == "no-store"
    assert browser.get("/").headers["Cache-Control"] == "no-store"
    assert browser.get("/api/v1/docs").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/.git/HEAD", "/.env", "/instance/secret_key", "/static/", "/static/../app.py", "/console"]
)
def test_nothing_internal_is_served(served: Served, path: str) -> None:
    assert served.app.test_client().get(path).status_code == 404


def test_pages_hold_no_inline_script_or_style(served: Served) -> None:
    browser = served.logged_in(served.clinic.manager)
    for path in ("/login", "/nothing", f"/c/{served.clinic.uid}/tokens", "/api/v1/docs"):
        text = (served.browser() if path == "/login" else browser).get(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", text), path
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text), path


def test_the_log_names_the_route_and_never_what_was_sent(
    served: Served, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    served.browser().log_in("somebody.private@example.test", "a private password")
    served.app.test_client().get("/nothing?name=private")

    out = capsys.readouterr()
    logged = out.out + out.err + caplog.text  # wherever an earlier test of this process has led the log
    assert "/login" in logged
    assert "private" not in logged
