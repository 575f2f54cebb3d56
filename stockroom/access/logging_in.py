"""How does a person log in?  Flask-Security, with argon2, no registration, and every commit in our transaction."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, after_this_request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_login import user_logged_out
from flask_security import LoginForm, RoleMixin, Security, SQLAlchemyUserDatastore
from sqlalchemy import inspect
from werkzeug.exceptions import TooManyRequests

from stockroom.access import kept_forms, log_ins
from stockroom.access.acting import installation
from stockroom.access.admitting import API_PREFIX
from stockroom.access.passwords import LENGTH_MAX, LENGTH_MIN, MEMORY_COST_KIB, PARALLELISM, TIME_COST
from stockroom.clock import now
from stockroom.db.base import db
from stockroom.db.identifiers import new_uid
from stockroom.models import User
from stockroom.operations.note_log_in import TooManyLogIns, TryLogIn, try_log_in
from stockroom.operations.set_password import SetPassword, set_password

SETTINGS: dict[str, object] = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_PASSWORD_SINGLE_HASH": [],
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__time_cost": TIME_COST,
        "argon2__memory_cost": MEMORY_COST_KIB,
        "argon2__parallelism": PARALLELISM,
    },
    "SECURITY_PASSWORD_LENGTH_MIN": LENGTH_MIN,
    "SECURITY_REGISTERABLE": False,
    "SECURITY_RECOVERABLE": False,
    "SECURITY_TRACKABLE": False,
    "SECURITY_RETURN_GENERIC_RESPONSES": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_CSRF_PROTECT_MECHANISMS": ["session"],
    "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
    "SECURITY_FLASH_MESSAGES": False,
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_REDIRECT_ALLOW_SUBDOMAINS": False,
}


class LedgeredUserDatastore(SQLAlchemyUserDatastore):
    """Flask-Security's look at our users.  It never commits: what it changed goes through an operation."""

    def __init__(self) -> None:
        super().__init__(db, User, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **wanted: Any) -> User | None:
        """Give the user detached, with the read ended, so that a later write never waits for it."""
        user = super().find_user(case_insensitive=case_insensitive, **wanted)
        db.session.close()
        return user if isinstance(user, User) else None

    def commit(self) -> None:
        """Keep renewed password hashes by `set_password`; refuse any other change."""
        renewed = [user for user in db.session.dirty if isinstance(user, User)]
        commands = [_renewal(user) for user in renewed]
        db.session.close()
        for command in commands:
            set_password(
                installation(), command, actor=log_ins.doorkeeper(), key=f"renew-{new_uid(now())}", now=now()
            )


def _renewal(user: User) -> SetPassword:
    changed = {attribute.key for attribute in inspect(user).attrs if attribute.history.has_changes()}
    if changed != {"password"} or user.password is None:
        raise RuntimeError(f"the log-in changed {sorted(changed)} of a user; only operations do that")
    return SetPassword(user_uid=user.uid, password_hash=user.password, ends_sessions=False)


class ThrottledLoginForm(LoginForm):
    """The log-in form: a try is counted before the password is looked at, and nobody is remembered."""

    remember = None  # WTForms leaves out a field that is None
    has_run_out = False
    """The password is right, and is one that was given for a while that is over."""
    has_ended = False
    """The password is right, and the account was an inspector's, whose time is over."""

    def validate(self, **options: Any) -> bool:
        """Answer whether the password is right.  Raises TooManyRequests before looking at it."""
        typed = (self.email.data or "").strip()
        password = self.password.data or ""
        if not typed or not password or len(password) > LENGTH_MAX or len(typed) > LENGTH_MAX:
            self.password.data = password[:LENGTH_MAX] if len(password) <= LENGTH_MAX else ""
            return bool(super().validate(**options))
        count_try(typed)
        if not super().validate(**options):
            return False
        assert isinstance(self.user, User)
        if log_ins.has_ended(self.user):
            self.has_ended = True
            return False
        until = self.user.first_password_until
        if until is not None and until <= now():
            self.has_run_out = True
            return False
        log_ins.start(typed, self.user)
        kept_forms.offer_after_log_in()
        return True


def count_try(typed: str) -> None:
    """Write down a try before its password is looked at.  Raises TooManyRequests."""
    at = now()
    command = TryLogIn(account=typed, address=request.remote_addr or "")
    try:
        try_log_in(installation(), command, actor=log_ins.doorkeeper(), key=f"try-{new_uid(at)}", now=at)
    except TooManyLogIns as refused:
        raise TooManyRequests(str(refused), retry_after=refused.retry_after) from None


class CookieSessions(SecureCookieSessionInterface):
    """Flask's sessions in signed cookies; where no cookie came nothing is made ready to read one.

    What a program asks of the API with a token has no session at all.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            by_token = "HTTP_AUTHORIZATION" in request.environ and request.path.startswith(API_PREFIX)
            return None if by_token else self.session_class()
        return super().open_session(app, request)


def set_up_log_in(app: Flask, *, idle: timedelta) -> Security:
    """Register the log-in pages of Flask-Security; `app.config` holds SETTINGS already.

    A log-in ends when no request of it came for as long as `idle`.
    """
    app.session_interface = CookieSessions()
    security = Security(app, LedgeredUserDatastore(), login_form=ThrottledLoginForm)
    security.principal.identity_loaders.clear()  # nobody is looked up by cookie where nobody asks who it is
    security.want_json(lambda _request: False)  # the API has bearer tokens; a log-in is a page
    manager = app.login_manager  # type: ignore[attr-defined]
    manager.request_loader(lambda _request: None)
    manager.user_loader(log_ins.user_of_cookie)
    app.extensions["stockroom_log_in_idle"] = idle
    user_logged_out.connect(_left, app)
    return security


def _left(_app: Flask, *, user: User, **_more: object) -> None:
    if isinstance(user, User):
        log_ins.end_this(user)
    after_this_request(_forgotten_by_the_browser)


def _forgotten_by_the_browser(response: Response) -> Response:
    response.headers["Clear-Site-Data"] = '"cache"'
    return response
