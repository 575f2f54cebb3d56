"""Does only the right password prove who somebody is, and is guessing slowed down as at the log-in?"""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from werkzeug.exceptions import TooManyRequests

from stockroom.access.proving import NotProven, prove
from stockroom.clock import now
from stockroom.models import LogIn, LogInAttempt, OrganisationEntry
from stockroom.operations.employ import SwitchLogIn, switch_log_in
from stockroom.operations.note_log_in import TRIES_PER_ACCOUNT_MAX
from tests.builders import key
from tests.serving import PASSWORD, Served


def test_address_and_password_prove_who_it_is_and_log_nobody_in(served: Served) -> None:
    practitioner = served.clinic.practitioner
    email = served.email_with_password(practitioner)

    with served.app.test_request_context():
        proven = prove(f" {email.upper()} ", PASSWORD)

    assert proven == practitioner.person_uid
    with served.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(LogIn)).scalar_one() == 0
        kinds = connection.execute(select(OrganisationEntry.kind).order_by(OrganisationEntry.seq)).scalars()
        assert list(kinds)[-2:] == ["log_in.try", "log_in.prove"]


@pytest.mark.parametrize("password", ["", "another password", PASSWORD.upper(), "x" * 5000])
@pytest.mark.parametrize("is_known", [True, False])
def test_anything_else_proves_nothing_and_says_the_same(
    served: Served, password: str, is_known: bool
) -> None:
    email = served.email_with_password(served.clinic.practitioner)

    with served.app.test_request_context(), pytest.raises(NotProven):
        prove(email if is_known else "nobody@example.test", password)


def test_whoever_was_switched_off_proves_nothing(served: Served) -> None:
    practitioner = served.clinic.practitioner
    email = served.email_with_password(practitioner)
    switch_log_in(
        served.store,
        SwitchLogIn(user_uid=served.uid_of_user(practitioner), active=False),
        actor=served.clinic.administrator,
        key=key("off"),
        now=now(),
    )

    with served.app.test_request_context(), pytest.raises(NotProven):
        prove(email, PASSWORD)


def test_guessing_is_stopped_together_with_the_log_in(served: Served) -> None:
    email = served.email_with_password(served.clinic.practitioner)
    with served.app.test_request_context():
        for n in range(TRIES_PER_ACCOUNT_MAX):
            with pytest.raises(NotProven):
                prove(email, f"wrong password {n}")

        with pytest.raises(TooManyRequests):
            prove(email, PASSWORD)

    assert served.browser().log_in(email).status_code == 429


def test_a_success_clears_the_account(served: Served) -> None:
    email = served.email_with_password(served.clinic.practitioner)
    with served.app.test_request_context():
        for _ in range(TRIES_PER_ACCOUNT_MAX + 2):
            assert prove(email, PASSWORD)

    with served.store.reading() as connection:
        failed = select(func.count()).where(LogInAttempt.succeeded.is_(False))
        assert connection.execute(failed).scalar_one() == 0
