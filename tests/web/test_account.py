"""Does a person see where she is logged in, end that, and change her password, and nobody else do it for her?"""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.models import OutboxMessage
from tests.serving import PASSWORD, Browser, Served

LOG_INS, CHANGE = "/account/log-ins", "/account/password"
NEW = "seven blue cartridges"


def _two(served: Served) -> tuple[Browser, Browser]:
    here, there = served.logged_in(served.clinic.nurse), served.browser()
    there.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
    )
    there.log_in(served.email_of(served.clinic.nurse))
    return here, there


def _is_in(browser: Browser) -> bool:
    return browser.get("/").location != "/login"


def _changed(browser: Browser, current: str = PASSWORD, new: str = NEW, again: str | None = None) -> Any:
    form = {
        "current_password": current,
        "new_password": new,
        "new_password_again": new if again is None else again,
    }
    return browser.send(CHANGE, CHANGE, **form)


def test_one_sees_where_one_is_logged_in_and_ends_one_of_them(served: Served) -> None:
    here, there = _two(served)
    served.logged_in(served.clinic.manager)

    page = here.get(LOG_INS).text
    endings = re.findall(r'action="(/account/log-ins/[0-9a-f-]+/ending)"', page)
    answer = here.send(LOG_INS, endings[0])

    assert "Firefox on Windows" in page and "this browser" in page and "127.0.0.1" in page
    assert len(endings) == 1
    assert answer.location == LOG_INS
    assert _is_in(here) and not _is_in(there)


def test_one_logs_out_everywhere_else_at_once(served: Served) -> None:
    here, there = _two(served)

    here.send(LOG_INS, "/account/log-ins/ending")
    nothing_left = here.send(LOG_INS, "/account/log-ins/ending")

    assert _is_in(here) and not _is_in(there)
    assert nothing_left.status_code == 303


def test_another_persons_log_in_is_not_found(served: Served) -> None:
    nurse, there = _two(served)
    manager = served.logged_in(served.clinic.manager)
    (theirs,) = re.findall(r'action="(/account/log-ins/[0-9a-f-]+/ending)"', nurse.get(LOG_INS).text)

    assert manager.send(LOG_INS, theirs).status_code == 404
    assert manager.send(LOG_INS, "/account/log-ins/x/ending").status_code == 404
    assert _is_in(there)


def test_a_new_password_ends_every_log_in_and_is_the_one_that_counts(served: Served) -> None:
    here, there = _two(served)
    email = served.email_of(served.clinic.nurse)

    answer = _changed(here)

    assert answer.location == "/login"
    assert "The password was changed" in here.get("/login").text
    assert not _is_in(here) and not _is_in(there)
    assert served.browser().log_in(email).status_code == 200
    assert served.browser().log_in(email, NEW).status_code == 302
    with served.store.reading() as connection:
        letters = connection.execute(select(OutboxMessage.subject, OutboxMessage.body)).all()
    assert "your password was changed" in letters[-1].subject
    assert not any(secret in letter.body for letter in letters for secret in (NEW, PASSWORD))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"current": "another password"}, "This is not the present password"),
        ({"current": ""}, "This is not the present password"),
        ({"new": "too short"}, "at least 12 characters"),
        ({"new": "passwordpassword"}, "guessed first"),
        ({"new": "Vitosha opens at nine"}, "a name that everybody here knows"),
        ({"new": "x" * 1025}, "at most 1024"),
        ({"again": "seven blue cartridge"}, "do not agree"),
    ],
)
def test_a_password_that_will_not_do_is_refused_beside_its_field(
    served: Served, form: dict[str, str], said: str
) -> None:
    browser = served.logged_in(served.clinic.nurse)

    answer = _changed(browser, **form)

    assert answer.status_code == 422 and said in answer.text
    assert PASSWORD not in answer.text and NEW not in answer.text
    assert _is_in(browser)
    assert served.browser().log_in(served.email_of(served.clinic.nurse)).status_code == 302


def test_whoever_found_an_open_tablet_guesses_the_password_no_oftener_than_at_the_door(
    served: Served,
) -> None:
    browser = served.logged_in(served.clinic.nurse)

    statuses = [_changed(browser, f"a wrong password {n}").status_code for n in range(12)]

    assert statuses == [422] * 10 + [429] * 2


def test_these_pages_ask_for_a_log_in_and_for_a_form_of_their_own(served: Served) -> None:
    stranger = served.browser()
    nurse = served.logged_in(served.clinic.nurse)

    for page in (LOG_INS, CHANGE):
        assert stranger.get(page).location.startswith("/login")
    assert nurse.client.post(CHANGE, data={"current_password": PASSWORD}).status_code == 403
    assert nurse.client.post("/account/log-ins/ending").status_code == 403
