"""An installation with a few days of the demo in it, a token of every role, and the names of what is there."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Connection, literal, select

from stockroom.access.bearer import draw_token, token_hash
from stockroom.access.guards import GUARDS, actions_of
from stockroom.actor import Actor
from stockroom.app import create_app, store_of
from stockroom.clock import now
from stockroom.db.base import Base
from stockroom.demo.loading import load_demo
from stockroom.demo.log_ins import MAIL_DOMAIN
from stockroom.models import Clinic, Container, Location, Lot, TradeItem, User
from stockroom.operations.employ import Employ, GiveRole, TakeRole, employ, give_role, take_role
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.outside.pdf_text import PdfWithoutText, text_of
from stockroom.reads.actors import actor_of, system_actor
from stockroom.rules.permissions import permitted
from stockroom.vocabulary import CodeScheme, LocationKind, Role
from tests.builders import key
from tests.receiving import gs1
from tests.serving import SALT, settings_for

DAYS = 4
SPARE = f"spare@{MAIL_DOMAIN}"
LEAVERS = 12
_SHELVES = (LocationKind.FRIDGE, LocationKind.CUPBOARD, LocationKind.ROOM)
MAY_CHANGE = re.compile(r"journal_|organisation_|disclosed_patient|log_in_attempt")
"""Tables to which a refusal, a disclosure or a look at a password may add a row."""


_TABLES = {
    "sessions": "treatment_session", "recalls": "recall_case", "people": "person",
    "returns-to-supplier": "supplier_return", "readings": "temperature_reading", "labels": "label_print",
}  # fmt: skip
"""Nouns of the API that are not called what the tables of their rows are."""


def said_by(answer: Any) -> str:
    """What an answer says, on paper too; a sheet of codes alone says nothing."""
    if answer.mimetype != "application/pdf":
        return str(answer.text)
    try:
        return text_of(answer.data)
    except PdfWithoutText:
        return ""


class Populated:
    """The demo behind an application, as its five people meet it in the first of its clinics."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self.app = create_app(settings_for(database_url, folder))
        self.store = store_of(self.app)
        load_demo(self.store, password_salt=SALT, days=DAYS)
        with self.store.reading() as connection:
            clinics = connection.execute(select(Clinic.id, Clinic.uid).order_by(Clinic.id)).all()
        self.clinic_id, self.clinic_uid = clinics[0]
        self.spare_user_uid = self._employ_spare()
        self.tokens = {role: self._mint(role) for role in Role}
        self.leaver_uids = [self.employ_leaver(n)[0] for n in range(LEAVERS)]
        self.spare_token_uids = [self._mint_spare() for _ in range(3)]
        self.description: dict[str, Any] = self.api(Role.NURSE).get("/api/v1/openapi.json").get_json()
        self.refresh()
        self.scans = self._scans()

    def api(self, role: Role) -> FlaskClient:
        """A client with the token of the person of that role."""
        client = self.app.test_client(use_cookies=False)
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens[role]}"
        return client

    def answers(self, role: Role) -> Iterator[str]:
        """What the API tells that role: every list, and up to three things of each kind."""
        for route, guard in GUARDS.items():
            method, _, rule = route.partition(" ")
            if method != "GET" or "/api/v1/" not in rule or not actions_of(guard) & permitted({role}):
                continue
            if "<" not in rule:
                yield rule
            elif rule.count("<") == 1 and "<uid>" in rule:
                noun = rule.split("/")[3]
                table = _TABLES.get(noun, noun.removesuffix("s").replace("-", "_"))
                yield from (rule.replace("<uid>", uid) for uid in self.ours.get(table, ())[:3])

    def _system(self, connection: Connection) -> Actor:
        return system_actor(
            connection, device="contract", clinic_id=self.clinic_id, clinic_uid=self.clinic_uid
        )

    def _actor(self, email: str) -> Actor:
        with self.store.reading() as connection:
            actor = actor_of(connection, email=email, clinic_uid=self.clinic_uid, device="contract")
        assert actor is not None
        return actor

    def employ_leaver(self, n: int) -> tuple[str, str]:
        """Somebody with a role and a token who may leave without ending what a test asks with: uid and token."""
        email = f"leaver-{n}@{MAIL_DOMAIN}"
        command = Employ(name=f"Leaver {n} Invented", profession="nurse", email=email)
        with self.store.reading() as connection:
            system = self._system(connection)
        employed = employ(self.store, command, actor=system, key=key("leaver"), now=now())
        assert employed.user_uid is not None
        role = GiveRole(user_uid=employed.user_uid, role=Role.MANAGER)
        give_role(self.store, role, actor=system, key=key("give"), now=now())
        token = draw_token()
        self._minted(email, token)
        return employed.person_uid, token

    def _employ_spare(self) -> str:
        """Somebody whose log-in and roles may come and go without taking a token away from a test."""
        command = Employ(name="Spare Invented", profession="nurse", email=SPARE)
        with self.store.reading() as connection:
            system = self._system(connection)
        employed = employ(self.store, command, actor=system, key=key("spare"), now=now())
        assert employed.user_uid is not None
        return employed.user_uid

    def _mint(self, role: Role) -> str:
        """A token of a role; an auditor, who writes nothing, got his while he was something else too."""
        email = f"{role.value}@{MAIL_DOMAIN}"
        with self._able_to_mint(role, email):
            token = draw_token()
            self._minted(email, token)
        return token

    @contextmanager
    def _able_to_mint(self, role: Role, email: str) -> Iterator[None]:
        if role is not Role.AUDITOR:
            yield
            return
        with self.store.reading() as connection:
            system = self._system(connection)
            uid = connection.execute(select(User.uid).where(User.email == email)).scalar_one()
        give_role(
            self.store, GiveRole(user_uid=uid, role=Role.MANAGER), actor=system, key=key("give"), now=now()
        )
        yield
        take_role(
            self.store, TakeRole(user_uid=uid, role=Role.MANAGER), actor=system, key=key("take"), now=now()
        )

    def _mint_spare(self) -> str:
        return self._minted(f"{Role.MANAGER}@{MAIL_DOMAIN}", draw_token())

    def _minted(self, email: str, token: str) -> str:
        at = now()
        command = MintToken(
            name="contract", token_hash=token_hash(token), actions=None, expires_at=at + timedelta(days=1)
        )
        return mint_token(self.store, command, actor=self._actor(email), key=key("mint"), now=at).token_uid

    def refresh(self) -> None:
        """Look again which uids every table holds: what this clinic may know of, and what is only another's."""
        ours: dict[str, list[str]] = defaultdict(list)
        theirs: dict[str, list[str]] = defaultdict(list)
        with self.store.reading() as connection:
            for table in Base.metadata.sorted_tables:
                if "uid" not in table.c:
                    continue
                owner = table.c.clinic_id if "clinic_id" in table.c else literal(self.clinic_id)
                for uid, clinic_id in connection.execute(select(table.c.uid, owner).order_by(table.c.id)):
                    (ours if clinic_id == self.clinic_id else theirs)[table.name].append(uid)
            here = select(Location.uid).where(Location.clinic_id == self.clinic_id)
            shelves = here.where(Location.kind.in_(_SHELVES))
            containers = here.join(Container, Container.location_id == Location.id)
            ours["location"] = list(connection.execute(shelves).scalars())
            ours["container"] = list(connection.execute(containers).scalars())
        ours["user_account"], ours["api_token"] = [self.spare_user_uid], self.spare_token_uids
        self.ours, self.theirs = ours, theirs

    def _scans(self) -> list[str]:
        """What the packs of this clinic's lots say."""
        asked = (
            select(TradeItem.code, Lot.number, Lot.expires_on)
            .join(Lot, Lot.product_id == TradeItem.product_id)
            .where(Lot.clinic_id == self.clinic_id, TradeItem.scheme == CodeScheme.GTIN)
        )
        with self.store.reading() as connection:
            return [gs1(code, number, expires_on) for code, number, expires_on in connection.execute(asked)]

    def fingerprint(self) -> dict[str, str]:
        """A digest of the whole content of every table that a refusal must leave alone."""
        with self.store.reading() as connection:
            return {
                table.name: _digest(connection.exec_driver_sql(f"SELECT * FROM {table.name}"))
                for table in Base.metadata.sorted_tables
                if not MAY_CHANGE.match(table.name)
            }

    def close(self) -> None:
        self.store.engine.dispose()


def _digest(rows: Iterable[Any]) -> str:
    content = "\n".join(sorted(repr(tuple(row)) for row in rows))
    return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()
