"""Is what was typed still there when the log-in had ended in the meantime, and sent by nobody's hand but hers?"""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any

import pytest

from stockroom.access.kept_forms import BYTES_MAX
from stockroom.clock import now
from tests.serving import PASSWORD, Browser, Served

TYPED = {"name": "Waage '\"<b>", "days": "9", "scan": "0109520000000017\x1d10A1", "key": "one-time"}


def _page(served: Served) -> str:
    return f"/c/{served.clinic.uid}/tokens"


def _late(served: Served, monkeypatch: pytest.MonkeyPatch, **changed: Any) -> tuple[Browser, Any]:
    """A browser whose log-in ended while a form was being filled in, and what sending it was answered."""
    browser = served.logged_in(served.clinic.nurse)
    token = browser.anti_forgery_token(_page(served))
    monkeypatch.setattr("stockroom.access.log_ins.now", lambda: now() + timedelta(hours=13))
    form = {"csrf_token": token, **TYPED, **changed.pop("form", {})}
    answer = browser.client.post(changed.pop("path", _page(served)), data=form, **changed)
    monkeypatch.undo()
    return browser, answer


def _hidden(text: str) -> dict[str, str]:
    found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text)
    return {name: html.unescape(value) for name, value in found}


def _log_in_with(browser: Browser, page: Any, email: str, password: str = PASSWORD) -> Any:
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None
    form = {"csrf_token": token[1], "email": email, "password": password}
    kept = re.search(r'name="kept" value="([^"]+)"', page.text)
    if kept is not None:
        form["kept"] = kept[1]
    return browser.client.post("/login", data=form)


def _minted(browser: Browser, served: Served) -> int:
    return browser.get(_page(served)).text.count("/revocation")


def test_a_form_that_came_too_late_is_offered_after_the_log_in_and_sent_when_told(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, refused = _late(served, monkeypatch)

    offered = _log_in_with(browser, refused, served.email_of(served.clinic.nurse))
    nothing_yet = _minted(browser, served)
    fields = _hidden(offered.text)
    sent = browser.client.post(_page(served), data={**fields, "password": PASSWORD})

    assert refused.status_code == 403 and "NOT RECORDED" in refused.text
    assert "Waage" not in refused.text
    assert offered.status_code == 200 and "This was not recorded" in offered.text
    assert {name: fields[name] for name in TYPED} == TYPED
    assert f'action="{_page(served)}"' in offered.text
    assert (nothing_yet, sent.status_code, _minted(browser, served)) == (0, 200, 1)


def test_another_person_may_send_it_in_her_own_name_and_only_what_she_may(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, refused = _late(served, monkeypatch)
    auditor = served.email_with_password(served.clinic.auditor)

    offered = _log_in_with(browser, refused, auditor)
    sent = browser.client.post(_page(served), data=_hidden(offered.text))

    assert auditor in offered.text
    assert sent.status_code == 403
    assert _minted(served.logged_in(served.clinic.nurse), served) == 0


def test_a_password_is_left_out_and_the_rest_comes_back(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, refused = _late(served, monkeypatch, form={"second_password": "three blue ampoules"})

    fields = _hidden(_log_in_with(browser, refused, served.email_of(served.clinic.nurse)).text)

    assert set(fields) == {*TYPED, "csrf_token"}


def test_a_wrong_password_in_between_loses_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    browser, refused = _late(served, monkeypatch)
    email = served.email_of(served.clinic.nurse)

    wrong = _log_in_with(browser, refused, email, "not the password")
    offered = _log_in_with(browser, wrong, email)

    assert _hidden(offered.text)["name"] == TYPED["name"]


def test_a_form_of_an_earlier_log_in_is_offered_at_once(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    stale = served.logged_in(served.clinic.manager).anti_forgery_token(_page(served))

    offered = browser.client.post(_page(served), data={"csrf_token": stale, **TYPED})
    sent = browser.client.post(_page(served), data={**_hidden(offered.text), "password": PASSWORD})

    assert offered.status_code == 403 and "This was not recorded" in offered.text
    assert (sent.status_code, _minted(browser, served)) == (200, 1)


def test_a_form_without_any_cookie_is_kept_too(served: Served) -> None:
    browser = served.browser()
    refused = browser.client.post(_page(served), data={"csrf_token": "x", **TYPED})

    email = served.email_with_password(served.clinic.nurse)
    offered = _log_in_with(browser, refused, email)

    assert _hidden(offered.text)["name"] == TYPED["name"]


def test_what_was_kept_for_too_long_is_gone_and_said_to_be(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, refused = _late(served, monkeypatch)
    monkeypatch.setattr("stockroom.access.kept_forms.now", lambda: now() + timedelta(minutes=16))

    answer = _log_in_with(browser, refused, served.email_of(served.clinic.nurse))

    assert answer.status_code == 302
    assert "is gone" in browser.get("/", follow_redirects=True).text


@pytest.mark.parametrize("tampered", ["x", "", "é", "gAAAAA"])
def test_what_we_did_not_seal_is_not_offered(served: Served, tampered: str) -> None:
    email = served.email_with_password(served.clinic.nurse)

    assert served.browser().log_in(email, kept=tampered).status_code == 302


@pytest.mark.parametrize(
    "changed",
    [
        {"headers": {"Origin": "https://evil.test"}},
        {"headers": {"Origin": "null"}},
        {"headers": {"Sec-Fetch-Site": "cross-site"}},
        {"path": "/account/password", "form": {"new_password": "three blue ampoules"}},
        {"form": {"name": "x" * (BYTES_MAX + 1)}},
        {"path": "/logout"},
    ],
    ids=["other site", "no site", "cross-site", "the password", "too large", "log-out"],
)
def test_what_must_not_come_back_is_only_forbidden(
    served: Served, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any]
) -> None:
    _, refused = _late(served, monkeypatch, **changed)

    assert refused.status_code == 403
    assert 'name="kept"' not in refused.text


def test_a_form_of_the_browsers_own_site_is_kept(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    _, refused = _late(
        served, monkeypatch, headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    )

    assert 'name="kept"' in refused.text


def test_json_and_routes_that_are_not_there_keep_nothing(served: Served) -> None:
    client = served.browser().client

    assert 'name="kept"' not in client.post(_page(served), json={"a": 1}).text
    assert client.post("/c/x/y", data=TYPED).status_code == 404
    assert client.post("/api/v1/tokens/x/revocation", data=TYPED).status_code == 401
