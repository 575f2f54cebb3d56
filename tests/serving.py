"""A real application on a temporary SQLite file, with people who can log in, for tests of the entrances."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import select

from config import Settings
from stockroom.access import logging_in, passwords
from stockroom.access.bearer import draw_token, token_hash
from stockroom.access.passwords import hash_password
from stockroom.actor import Actor
from stockroom.app import create_app, store_of
from stockroom.clock import now
from stockroom.db.store import Store
from stockroom.models import User
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.operations.set_password import SetPassword, set_password
from stockroom.vocabulary import Action
from tests.builders import House, key
from tests.page_inspection import faults_of
from tests.warm_engines import warmed

_COSTS = ("TIME_COST", "MEMORY_COST_KIB", "PARALLELISM")
_AT_LOG_IN = "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS"
_FULL_COST = {name: getattr(passwords, name) for name in _COSTS}
_FULL_COST_AT_LOG_IN = logging_in.SETTINGS[_AT_LOG_IN]


def _hash_cheaply() -> None:
    """Hundreds of tests log in, and none of them has a password that is worth a tenth of a second."""
    for name, cost in zip(_COSTS, (1, 8, 1), strict=True):
        setattr(passwords, name, cost)
    logging_in.SETTINGS[_AT_LOG_IN] = {
        "argon2__time_cost": 1,
        "argon2__memory_cost": 8,
        "argon2__parallelism": 1,
    }


_hash_cheaply()

PASSWORD = "three green ampoules"
SALT = "a salt for tests that is long enough"


def settings_for(database_url: str, folder: Path, **changed: Any) -> Settings:
    """Settings as a small clinic has them."""
    given: dict[str, Any] = {
        "database_url": database_url,
        "instance": folder,
        "anchor_file": folder / "anchors.jsonl",
        "secret_key": "a secret for tests that is long enough",
        "password_salt": SALT,
        "installation_key": bytes(range(32)),
    }
    return Settings(**{**given, **changed})


class Served:
    """An application with a house in it."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.store: Store = store_of(app)
        self.house = House(self.store)
        self.clinic = self.house.clinic

    def browser(self) -> Browser:
        return Browser(self.app.test_client())

    def logged_in(self, actor: Actor) -> Browser:
        """A browser in which the actor has logged in."""
        browser = self.browser()
        assert browser.log_in(self.email_with_password(actor)).status_code == 302
        return browser

    def email_of(self, actor: Actor) -> str:
        with self.store.reading() as connection:
            return connection.execute(select(User.email).where(User.id == actor.user_id)).scalar_one()

    def uid_of_user(self, actor: Actor) -> str:
        with self.store.reading() as connection:
            return connection.execute(select(User.uid).where(User.id == actor.user_id)).scalar_one()

    def email_with_password(self, actor: Actor, password: str = PASSWORD) -> str:
        """Give the actor's log-in this password, and give its address."""
        command = SetPassword(
            user_uid=self.uid_of_user(actor), password_hash=hash_password(password, salt=SALT)
        )
        set_password(self.store, command, actor=self.house.system, key=key("password"), now=now())
        return self.email_of(actor)

    def token(
        self, actor: Actor, *, actions: tuple[Action, ...] | None = None, life: timedelta = timedelta(days=1)
    ) -> str:
        """A fresh token of the actor's."""
        token = draw_token()
        command = MintToken(
            name="test", token_hash=token_hash(token), actions=actions, expires_at=now() + life
        )
        mint_token(self.store, command, actor=actor, key=key("mint"), now=now())
        return token

    def api(self, token: str | None = None) -> FlaskClient:
        """A client that sends a token."""
        client = self.app.test_client(use_cookies=False)
        if token is not None:
            client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client


class Browser:
    """A client with cookies that fills in forms as they were sent to it, and inspects each page that it is shown."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> Any:
        return _inspected(path, self.client.get(path, buffered=True, **more))

    def anti_forgery_token(self, path: str) -> str:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert found is not None, f"{path} has no form"
        return found[1]

    def log_in(self, email: str, password: str = PASSWORD, **more: Any) -> Any:
        form = {
            "csrf_token": self.anti_forgery_token("/login"),
            "email": email,
            "password": password,
            **more,
        }
        return self.client.post("/login", data=form)

    def send(self, page: str, action: str, **form: Any) -> Any:
        """Send a form that stands on `page` to `action`."""
        answer = self.client.post(action, data={"csrf_token": self.anti_forgery_token(page), **form})
        return _inspected(action, answer)


def _inspected(path: str, answer: Any) -> Any:
    """The answer, once its page (if it is one) was found to be good HTML."""
    if answer.mimetype == "text/html" and answer.status_code not in (301, 302, 303, 307, 308):
        faults = faults_of(answer.text)
        assert not faults, f"{path}: " + "; ".join(faults[:10])
    return answer


class _Compiled(BytecodeCache):
    """Templates that an application of this process has compiled serve the next one too."""

    def __init__(self) -> None:
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def serve(database_url: str, folder: Path, **changed: Any) -> Served:
    """Start an application on a fresh, migrated database."""
    app = create_app(settings_for(database_url, folder, **changed))
    app.jinja_env.bytecode_cache = _COMPILED
    warmed(store_of(app).engine)
    return Served(app)


@pytest.fixture
def passwords_at_full_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords cost what they cost in a clinic; to be asked for before `served`."""
    for name, cost in _FULL_COST.items():
        monkeypatch.setattr(passwords, name, cost)
    monkeypatch.setitem(logging_in.SETTINGS, _AT_LOG_IN, _FULL_COST_AT_LOG_IN)


@pytest.fixture
def served(sqlite_url: str, tmp_path: Path) -> Iterator[Served]:
    """A served house; for the conftest of an entrance's tests."""
    running = serve(sqlite_url, tmp_path)
    yield running
    running.store.engine.dispose()
