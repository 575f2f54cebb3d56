"""Does a log-in live in the database, so that it ends there for every copy of its cookie?"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError

from config import LOG_IN_IDLE_USUAL, SettingsUnfit, load_settings
from stockroom.clock import now
from stockroom.models import LogIn, OrganisationEntry, OutboxMessage
from stockroom.operations.employ import GiveRole, SwitchLogIn, TakeRole, give_role, switch_log_in, take_role
from stockroom.vocabulary import Role
from tests.builders import key
from tests.serving import Browser, Served


def _rows(served: Served) -> list[Any]:
    with served.store.reading() as connection:
        return list(connection.execute(select(LogIn.__table__).order_by(LogIn.id)))


def _at(monkeypatch: pytest.MonkeyPatch, instant: datetime) -> None:
    monkeypatch.setattr("stockroom.access.log_ins.now", lambda: instant)


def _copy(served: Served, browser: Browser) -> Browser:
    """Somebody who took the cookie."""
    thief = served.browser()
    cookie = browser.client.get_cookie("stockroom")
    assert cookie is not None
    thief.client.set_cookie("stockroom", cookie.value)
    return thief


def _is_in(browser: Browser) -> bool:
    return browser.get("/").location != "/login"


def _menu(served: Served) -> str:
    return f"/c/{served.clinic.uid}/tokens"


def test_a_log_in_is_a_row_that_holds_the_hash_of_the_cookies_token_only(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)

    (row,) = _rows(served)
    with browser.client.session_transaction() as session:
        token = session["log_in"]

    assert len(token) == 43 and token not in str(row)
    assert (row.device.startswith("Werkzeug"), row.address, row.ended_at) == (True, "127.0.0.1", None)


def test_logging_out_ends_every_copy_of_the_cookie(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    thief = _copy(served, browser)
    assert _is_in(thief)

    left = browser.send(_menu(served), "/logout")

    assert left.headers["Clear-Site-Data"] == '"cache"'
    assert not _is_in(thief) and not _is_in(browser)
    assert _rows(served)[0].ended_at is not None


def test_coming_in_going_out_and_a_wrong_password_name_their_requests(served: Served) -> None:
    browser, email = served.browser(), served.email_with_password(served.clinic.nurse)

    requests = [
        browser.log_in(email, "not the password").headers["X-Request-Id"],
        browser.log_in(email).headers["X-Request-Id"],
        browser.send(_menu(served), "/logout").headers["X-Request-Id"],
    ]

    with served.store.reading() as connection:
        kinds = select(OrganisationEntry.payload).where(OrganisationEntry.kind.like("log_in.%"))
        told = connection.execute(kinds.order_by(OrganisationEntry.seq)).scalars().all()
    assert requests == list(dict.fromkeys(json.loads(each)["request"] for each in told))


def test_a_deleted_row_ends_the_log_in_and_a_planted_cookie_begins_none(served: Served) -> None:
    browser = served.browser()
    browser.get("/login")
    planted = _copy(served, browser)
    assert browser.log_in(served.email_with_password(served.clinic.nurse)).status_code == 302
    assert _is_in(browser) and not _is_in(planted)

    with served.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(LogIn.__table__.delete())

    assert not _is_in(browser)


def test_a_log_in_that_nobody_uses_ends(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = served.logged_in(served.clinic.nurse)
    began = now()

    _at(monkeypatch, began + LOG_IN_IDLE_USUAL - timedelta(seconds=5))
    assert _is_in(browser)
    _at(monkeypatch, began + 2 * LOG_IN_IDLE_USUAL - timedelta(seconds=10))
    assert _is_in(browser)
    _at(monkeypatch, began + 3 * LOG_IN_IDLE_USUAL)

    assert not _is_in(browser)


@pytest.mark.parametrize("back", [timedelta(hours=2), timedelta(days=3653)])
def test_a_clock_that_steps_back_makes_no_log_in_hold_longer(
    served: Served, monkeypatch: pytest.MonkeyPatch, back: timedelta
) -> None:
    before = served.logged_in(served.clinic.nurse)
    stepped = now() - back

    _at(monkeypatch, stepped)
    assert not _is_in(before)
    after = served.logged_in(served.clinic.nurse)
    _at(monkeypatch, stepped + LOG_IN_IDLE_USUAL - timedelta(seconds=5))
    assert _is_in(after)
    _at(monkeypatch, stepped + 2 * LOG_IN_IDLE_USUAL)

    assert not _is_in(after)


def test_what_a_page_asks_by_itself_keeps_no_log_in_alive(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = served.logged_in(served.clinic.nurse)
    began = now()

    for minutes in (10, 20, 29):
        _at(monkeypatch, began + timedelta(minutes=minutes))
        assert browser.get("/", headers={"X-Background": "1"}).location != "/login"
    _at(monkeypatch, began + timedelta(minutes=31))

    assert not _is_in(browser)


def test_a_log_in_ends_after_a_working_day_however_busy(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = served.logged_in(served.clinic.nurse)
    began = now()

    for minutes in range(25, 12 * 60, 25):
        _at(monkeypatch, began + timedelta(minutes=minutes))
        assert _is_in(browser)
    _at(monkeypatch, began + timedelta(hours=12, minutes=1))

    assert not _is_in(browser)


def test_when_it_was_last_seen_is_written_to_the_minute_and_in_no_journal(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = served.logged_in(served.clinic.nurse)
    entries = select(func.count()).select_from(OrganisationEntry)
    with served.store.reading() as connection:
        before = connection.execute(entries).scalar_one()
    began = _rows(served)[0].last_seen_at

    seen = []
    for seconds in (30, 50, 70, 100, 140):
        _at(monkeypatch, began + timedelta(seconds=seconds))
        browser.get("/")
        seen.append((_rows(served)[0].last_seen_at - began).total_seconds())

    assert seen == [0, 0, 70, 70, 140]
    with served.store.reading() as connection:
        assert connection.execute(entries).scalar_one() == before


@pytest.mark.parametrize("change", ["password", "switched off", "role given", "role taken"])
def test_a_change_of_password_role_or_log_in_ends_all_of_them(served: Served, change: str) -> None:
    nurse, system = served.clinic.nurse, served.clinic.system
    first, second = served.logged_in(nurse), served.browser()
    second.log_in(served.email_of(nurse))
    other = served.logged_in(served.clinic.manager)
    uid = served.uid_of_user(nurse)

    if change == "password":
        served.email_with_password(nurse)
    elif change == "switched off":
        switched = SwitchLogIn(user_uid=uid, active=False)
        switch_log_in(served.store, switched, actor=system, key=key(), now=now())
    elif change == "role given":
        given = GiveRole(user_uid=uid, role=Role.AUDITOR)
        give_role(served.store, given, actor=system, key=key(), now=now())
    else:
        taken = TakeRole(user_uid=uid, role=Role.NURSE)
        take_role(served.store, taken, actor=system, key=key(), now=now())

    assert not _is_in(first) and not _is_in(second)
    assert _is_in(other)


def test_a_role_that_was_held_already_ends_nothing(served: Served) -> None:
    nurse = served.clinic.nurse
    browser = served.logged_in(nurse)

    given = GiveRole(user_uid=served.uid_of_user(nurse), role=Role.NURSE)
    give_role(served.store, given, actor=served.clinic.system, key=key(), now=now())

    assert _is_in(browser)


def test_a_log_in_that_cannot_be_noted_as_seen_is_let_in_all_the_same(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = served.logged_in(served.clinic.nurse)
    _at(monkeypatch, now() + timedelta(minutes=5))

    def full(*told: Any) -> None:
        if told[2].startswith("UPDATE log_in"):
            raise OperationalError(told[2], {}, Exception("database or disk is full"))

    event.listen(served.store.engine, "before_cursor_execute", full)

    assert _is_in(browser)


def test_rows_of_long_ago_are_cleared_away_at_the_next_log_in(served: Served) -> None:
    served.logged_in(served.clinic.nurse)
    with served.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(LogIn).values(began_at=now() - timedelta(days=91)))

    served.logged_in(served.clinic.manager)

    assert len(_rows(served)) == 1


@pytest.mark.parametrize(("given", "minutes"), [("", 30), ("15", 15), ("720", 720)])
def test_how_long_a_log_in_may_lie_idle_is_a_setting(tmp_path: Path, given: str, minutes: int) -> None:
    settings = load_settings(
        environment={"STOCKROOM_INSTANCE": str(tmp_path), "STOCKROOM_LOG_IN_IDLE_MINUTES": given}
    )

    assert settings.log_in_idle == timedelta(minutes=minutes)


@pytest.mark.parametrize("given", ["0", "721", "-1", "a", "1.5"])
def test_an_idle_time_that_makes_no_sense_stops_the_start(tmp_path: Path, given: str) -> None:
    with pytest.raises(SettingsUnfit):
        load_settings(
            environment={"STOCKROOM_INSTANCE": str(tmp_path), "STOCKROOM_LOG_IN_IDLE_MINUTES": given}
        )


def test_a_person_hears_of_a_log_in_from_a_device_that_is_new(served: Served) -> None:
    email = served.email_with_password(served.clinic.nurse)
    devices = (
        "Mozilla/5.0 (iPad; CPU OS 18_1) Safari/604.1",
        "Mozilla/5.0 (iPad; CPU OS 18_2) Safari/605.9",
        "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0",
    )

    told = []
    for device in devices:
        browser = served.browser()
        browser.client.environ_base["HTTP_USER_AGENT"] = device
        browser.log_in(email)
        with served.store.reading() as connection:
            told.append(connection.execute(select(OutboxMessage.subject, OutboxMessage.body)).all())

    assert [len(letters) for letters in told] == [0, 0, 1]
    assert "new device" in told[2][0].subject and devices[2] in told[2][0].body
