"""Is logging in safe, for the person and against everybody else?"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from stockroom.access.passwords import hash_password, refuse_weak
from stockroom.clock import now
from stockroom.errors import InvalidValue
from stockroom.models import LogInAttempt, OrganisationEntry, User
from stockroom.operations.employ import SwitchLogIn, switch_log_in
from stockroom.operations.note_log_in import TRIES_PER_ACCOUNT_MAX, WINDOW
from tests.builders import key
from tests.serving import PASSWORD, Served, serve


def test_a_person_logs_in_and_lands_in_her_clinic(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)

    answer = browser.get("/")

    assert answer.status_code == 302
    assert answer.location.startswith(f"/c/{served.clinic.uid}/")


@pytest.mark.parametrize(
    ("typed", "password"),
    [
        ("nurse", "another password"),
        ("nurse", PASSWORD + " "),
        ("nurse", PASSWORD.upper()),
        ("nobody@example.test", PASSWORD),
        ("nurse", "x" * 5000),
        ("nurse", ""),
    ],
    ids=["wrong", "trailing space", "other case", "unknown person", "very long", "empty"],
)
def test_a_wrong_log_in_says_the_same_whatever_was_wrong(served: Served, typed: str, password: str) -> None:
    email = served.email_with_password(served.clinic.nurse)
    browser = served.browser()

    answer = browser.log_in(email if typed == "nurse" else typed, password)

    assert answer.status_code == 200
    assert "The address or the password is not right" in answer.text
    assert browser.get("/").location == "/login"


def test_the_address_is_found_in_any_case(served: Served) -> None:
    email = served.email_with_password(served.clinic.nurse)

    assert served.browser().log_in(email.upper()).status_code == 302


def test_no_log_in_works_on_a_fresh_database_and_nobody_registers(sqlite_url: str, tmp_path: Path) -> None:
    app = serve(sqlite_url, tmp_path).app
    client = app.test_client()

    assert {client.get(path).status_code for path in ("/register", "/reset", "/change", "/us-signin")} == {
        404
    }


def test_a_log_in_without_an_anti_forgery_token_is_refused(served: Served) -> None:
    email = served.email_with_password(served.clinic.nurse)
    browser = served.browser()
    other = served.browser().anti_forgery_token("/login")

    for sent in ({}, {"csrf_token": ""}, {"csrf_token": other}):
        answer = browser.client.post("/login", data={"email": email, "password": PASSWORD, **sent})
        assert answer.status_code == 403

    assert browser.get("/").location == "/login"


def test_guessing_is_stopped_per_account_and_the_owner_gets_in_later(served: Served) -> None:
    email = served.email_with_password(served.clinic.nurse)
    statuses = [served.browser().log_in(email, f"wrong password {n}").status_code for n in range(15)]

    blocked = served.browser().log_in(email)
    with served.store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(LogInAttempt).values(at=now() - WINDOW - timedelta(seconds=1)))
    later = served.browser().log_in(email)

    assert statuses == [200] * TRIES_PER_ACCOUNT_MAX + [429] * (15 - TRIES_PER_ACCOUNT_MAX)
    assert blocked.status_code == 429
    assert int(blocked.headers["Retry-After"]) > 0
    assert later.status_code == 302


def test_a_forged_forwarding_header_does_not_help_guessing(served: Served) -> None:
    for number in range(31):
        browser = served.browser()
        form = {
            "csrf_token": browser.anti_forgery_token("/login"),
            "email": f"nobody{number}@example.test",
            "password": "any password at all",
        }
        answer = browser.client.post("/login", data=form, headers={"X-Forwarded-For": f"10.0.0.{number}"})

    assert answer.status_code == 429


def test_a_success_clears_the_failed_tries(served: Served) -> None:
    email = served.email_with_password(served.clinic.nurse)
    for _ in range(2):
        for number in range(TRIES_PER_ACCOUNT_MAX - 1):
            assert served.browser().log_in(email, f"wrong password {number}").status_code == 200
        assert served.browser().log_in(email).status_code == 302


def test_every_try_and_success_is_in_the_journal_without_the_address(served: Served) -> None:
    email = served.email_with_password(served.clinic.nurse)
    served.browser().log_in(email, "wrong password")
    served.browser().log_in(email)

    with served.store.reading() as connection:
        entries = connection.execute(
            select(OrganisationEntry.kind, OrganisationEntry.payload).where(
                OrganisationEntry.kind.like("log_in.%")
            )
        ).all()
    assert [entry.kind for entry in entries] == ["log_in.try", "log_in.try", "log_in.accept"]
    assert not any(email in entry.payload for entry in entries)


@pytest.mark.usefixtures("passwords_at_full_cost")
def test_a_password_is_kept_as_argon2id_above_the_floor(served: Served) -> None:
    served.email_with_password(served.clinic.nurse)
    served.email_with_password(served.clinic.manager)

    with served.store.reading() as connection:
        hashes = connection.execute(select(User.password).where(User.password.is_not(None))).scalars().all()
    assert len(set(hashes)) == 2
    for kept in hashes:
        assert kept is not None and kept.startswith("$argon2id$v=19$m=32768,t=3,p=1$")


@pytest.mark.usefixtures("passwords_at_full_cost")
def test_a_weaker_hash_is_renewed_at_log_in_through_an_operation(served: Served) -> None:
    from argon2 import PasswordHasher

    import stockroom.access.passwords as passwords

    email = served.email_with_password(served.clinic.nurse)
    strong = passwords.PasswordHasher
    weak_hash = ""
    try:
        passwords.PasswordHasher = lambda **_: PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)  # type: ignore[misc,assignment]
        served.email_with_password(served.clinic.nurse)
    finally:
        passwords.PasswordHasher = strong  # type: ignore[misc]
    with served.store.reading() as connection:
        weak_hash = connection.execute(select(User.password).where(User.email == email)).scalar_one() or ""

    first, second = served.browser().log_in(email), served.browser().log_in(email)

    with served.store.reading() as connection:
        renewed = connection.execute(select(User.password).where(User.email == email)).scalar_one()
        acts = connection.execute(
            select(func.count())
            .select_from(OrganisationEntry)
            .where(OrganisationEntry.kind == "password.set")
        ).scalar_one()
    assert "m=8192" in weak_hash
    assert (first.status_code, second.status_code) == (302, 302)
    assert renewed is not None and "m=32768" in renewed
    assert acts == 3


def test_switching_a_log_in_off_ends_its_open_sessions_at_once(served: Served) -> None:
    nurse = served.clinic.nurse
    browser = served.logged_in(nurse)
    assert browser.get("/").status_code == 302

    switch_log_in(
        served.store,
        SwitchLogIn(user_uid=served.uid_of_user(nurse), active=False),
        actor=served.clinic.administrator,
        key=key(),
        now=now(),
    )

    assert browser.get("/").location == "/login"
    assert served.browser().log_in(served.email_of(nurse)).status_code == 200


def test_logging_out_needs_a_form_and_ends_the_log_in(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    page = f"/c/{served.clinic.uid}/tokens"

    assert browser.client.get("/logout").status_code == 405
    assert browser.client.post("/logout").status_code == 403
    assert browser.send(page, "/logout").status_code == 302

    assert browser.get("/").location == "/login"


@pytest.mark.parametrize(
    "wanted", ["//evil.test", "/\\evil.test", "https:evil.test", "https://evil.test/", "/%09/evil.test"]
)
def test_after_the_log_in_nobody_is_sent_to_another_site(served: Served, wanted: str) -> None:
    email = served.email_with_password(served.clinic.nurse)

    answer = served.browser().log_in(email, next=wanted)

    stays_here = answer.status_code == 200 or re.match(r"/(?![/\\\\])", answer.location)
    assert stays_here


def test_cookies_over_https_are_bound_to_the_host(sqlite_url: str, tmp_path: Path) -> None:
    served = serve(sqlite_url, tmp_path, public_url="https://stock.example.test")
    client = served.app.test_client()

    answer = client.get("/login", base_url="https://stock.example.test")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-stockroom=")
    for part in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
        assert part in cookie
    assert "Domain" not in cookie
    for path in ("/", "/login", "/nothing", "/static/theme.js", "/api/v1/lots", "/api/v1/docs"):
        told = client.get(path, base_url="https://stock.example.test", buffered=True).headers
        assert told["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", path


@pytest.mark.parametrize(
    "password",
    ["short words", "aaaaaaaaaaaaaaaaaaaa", "my name is Ana Petrova", "x" * 1025],
    ids=["short", "one letter", "holds a name", "too long"],
)
def test_a_weak_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidValue):
        refuse_weak(password, known=("Ana Petrova", "ana@example.test"))


def test_a_long_password_is_compared_to_its_last_character(served: Served) -> None:
    password = "".join(f"{number:03}-" for number in range(32))
    email = served.email_with_password(served.clinic.nurse, password)

    statuses = [
        served.browser().log_in(email, typed).status_code
        for typed in (password[:72], password[:-1], password + " ", password)
    ]

    assert len(password) == 128
    assert statuses == [200, 200, 200, 302]


def test_a_password_may_be_pasted_and_filled_in_by_a_manager_of_passwords(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    pages = served.browser().get("/login").text + browser.get("/account/password").text

    assert re.findall(r'autocomplete="((?:current|new)-password)"', pages) == [
        "current-password", "current-password", "new-password", "new-password",
    ]  # fmt: skip
    assert "onpaste" not in pages and "maxlength" not in pages


@pytest.mark.parametrize("password", ["correct horse battery staple", "🌿🌊🪻🌻🍀🌵🌲🌳🍁🍂🍃🪴"])
def test_a_sentence_or_pictures_are_a_good_password(password: str) -> None:
    refuse_weak(password, known=("Ana Petrova",))


def test_the_same_password_gives_another_hash_each_time() -> None:
    given: Any = {hash_password(PASSWORD, salt="salt") for _ in range(2)}

    assert len(given) == 2


@pytest.mark.parametrize(
    "password",
    [
        "password1234", "passwordpassword", "qwertyuiop123", "iloveyou1234", "P@ssw0rd1234", "123456789012",
        "letmeinletmein", "Vitosha2026!", "sunshine1234", "monkeydragon1", "abcabcabcabcabc", "hunter2hunter2",
    ],
)  # fmt: skip
def test_a_password_that_is_guessed_first_is_refused_without_a_network(password: str) -> None:
    with pytest.raises(InvalidValue):
        refuse_weak(password, known=("Ana Petrova", "Vitosha"))


def test_a_very_long_password_is_judged_in_no_time() -> None:
    refuse_weak(
        "every word of this sentence is another one, and none of them is told to anybody " * 12, known=()
    )
