"""A clinic whose days pass when a test says so, and the people in it, who speak to Stockroom over HTTP.

week = ClinicWeek(database_url, folder)
nurse = week.nurse
week.it_is("Tuesday", "09:15")
nurse.scans(cocktail, pack).refusal == "wrong_product"
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import select

from stockroom.access.bearer import draw_token, token_hash
from stockroom.actor import Actor
from stockroom.app import create_app, store_of
from stockroom.models import User
from stockroom.operations.employ import GiveRole, TakeRole, give_role, take_role
from stockroom.operations.mint_token import MintToken, mint_token
from stockroom.vocabulary import Role
from tests.builders import House, key
from tests.loopback import HOST, on_loopback
from tests.recalls import notice_sent
from tests.serving import settings_for

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
MONDAY = date(2026, 3, 2)
SOFIA = ZoneInfo("Europe/Sofia")


def on(day: str, time: str = "00:00") -> datetime:
    """An instant of the week, by the clock on the clinic's wall."""
    day_of_week = MONDAY + timedelta(days=DAYS.index(day))
    return datetime.fromisoformat(f"{day_of_week}T{time}").replace(tzinfo=SOFIA)


@dataclass(frozen=True)
class Answer:
    """What Stockroom said to one request."""

    status: int
    body: dict[str, Any]

    @property
    def refusal(self) -> str | None:
        """The code of a refusal; None when it was done."""
        return self.body["code"] if self.status >= 400 else None

    @property
    def told(self) -> dict[str, Any]:
        """What a refusal says besides its code: the facts, and what to do next."""
        assert self.status >= 400, self.body
        return self.body

    def done(self) -> dict[str, Any]:
        """What was done; a refusal fails the test."""
        assert self.status < 400, self.body
        return self.body

    def __getitem__(self, name: str) -> Any:
        return self.done()[name]


class Desk(Protocol):
    """A way to Stockroom."""

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]: ...


class InProcess:
    """Requests handed to the application directly."""

    def __init__(self, app: Any) -> None:
        self._client = app.test_client(use_cookies=False)

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        answer = self._client.open(path, method=method, headers=headers, data=body)
        return answer.status_code, answer.data


class OverTheWire:
    """Requests to a server at a port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    def request(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection(HOST, self._port, timeout=120)
        try:
            connection.request(method, path, body=body or None, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


class ClinicWeek:
    """The clinic, its people, and the clock on its wall; it begins on Monday at eight."""

    def __init__(self, database_url: str, folder: Path) -> None:
        self._at = on("Monday", "08:00")
        self.app = create_app(settings_for(database_url, folder), clock=lambda: self._at)
        self.store = store_of(self.app)
        self.house = House(self.store)
        self.desk: Desk = InProcess(self.app)

    def it_is(self, day: str, time: str) -> None:
        """Let the time pass; it never runs backwards."""
        assert on(day, time) >= self._at
        self._at = on(day, time)

    def somebody(self, actor: Actor) -> Colleague:
        """A person of the house at the desk, with a token for the week."""
        token = draw_token()
        command = MintToken(
            name="tablet", token_hash=token_hash(token), actions=None, expires_at=self._at + timedelta(days=7)
        )
        mint_token(self.store, command, actor=actor, key=key("token"), now=self._at)
        return Colleague(self, token, actor.person_uid)

    def auditor(self) -> Colleague:
        """An auditor, who writes nothing and mints nothing: his token is from when he was a manager."""
        clinic = self.house.clinic
        was_manager = clinic.employ(Role.MANAGER, name="Auditor Vitosha")
        auditor = self.somebody(was_manager)
        with self.store.reading() as connection:
            uid = connection.execute(select(User.uid).where(User.id == was_manager.user_id)).scalar_one()
        for operation, command in (
            (give_role, GiveRole(user_uid=uid, role=Role.AUDITOR)),
            (take_role, TakeRole(user_uid=uid, role=Role.MANAGER)),
        ):
            operation(self.store, command, actor=clinic.system, key=key("role"), now=self._at)
        return auditor

    @contextmanager
    def served(self) -> Iterator[None]:
        """Everybody speaks to a real server on loopback meanwhile."""
        try:
            with on_loopback(self.app, threads=4) as port:
                self.desk = OverTheWire(port)
                yield
        finally:
            self.desk = InProcess(self.app)

    def close(self) -> None:
        self.store.engine.dispose()


class Colleague:
    """Somebody at work: each word is one request."""

    def __init__(self, week: ClinicWeek, token: str, person_uid: str) -> None:
        self._week, self._token, self.person_uid = week, token, person_uid

    def asks(self, path: str, **query: str) -> Answer:
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path)

    def does(self, path: str, **body: Any) -> Answer:
        return self._send("POST", path, body)

    def writes(self, path: str, *, version: int, **body: Any) -> Answer:
        return self._send("PUT", path, body, {"If-Match": f'"{version}"'})

    def _send(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        given = {"Authorization": f"Bearer {self._token}", **(headers or {})}
        if body is not None:
            given |= {"Content-Type": "application/json", "Idempotency-Key": key("week")}
        encoded = b"" if body is None else json.dumps(body).encode()
        status, told = self._week.desk.request(method, f"/api/v1/{path}", given, encoded)
        return Answer(status, json.loads(told))

    # Goods
    def receives(self, delivery_note: str, *lines: dict[str, Any], supplier_uid: str, at: datetime) -> Answer:
        return self.does(
            "receipts",
            supplier_uid=supplier_uid,
            delivery_note=delivery_note,
            arrived_at=at.isoformat(),
            state_on_arrival="good",
            lines=list(lines),
        )

    def reads(self, scan: str) -> Answer:
        return self.does("scans", scan=scan)

    def opens(self, scan: str) -> Answer:
        return self.does("containers", thing={"scan": scan})

    def has(self, lot_uid: str) -> dict[str, str]:
        """What lies of a lot, by the name of the place."""
        places = self.asks(f"lots/{lot_uid}")["places"]
        return {
            place["location_name"]: f"{place['quantity']['quantity']} {place['quantity']['unit']}"
            for place in places
        }

    # Cocktails
    def begins_cocktail(self, recipe_uid: str, session_uid: str) -> Answer:
        return self.does("preparations", recipe_uid=recipe_uid, session_uids=[session_uid])

    def scans(self, cocktail: Answer, scan: str) -> Answer:
        return self.does(f"preparations/{cocktail['preparation_uid']}/ingredients", thing={"scan": scan})

    def finishes_cocktail(self, cocktail: Answer, location_uid: str) -> Answer:
        return self.does(f"preparations/{cocktail['preparation_uid']}/completion", location_uid=location_uid)

    # Visits
    def registers(self, name: str, reference: str) -> str:
        """A new patient, who was asked about allergies and knows of none."""
        uid: str = self.does("patients", name=name, reference=reference)["patient_uid"]
        self.writes(f"patients/{uid}/allergies", version=1, ingredient_uids=[]).done()
        return uid

    def plans_visit(self, patient_uid: str, at: datetime, **more: Any) -> str:
        planned = self.does("sessions", patient_uid=patient_uid, planned_at=at.isoformat(), **more)
        uid: str = planned["session_uid"]
        return uid

    def brings(self, session_uid: str, *states: str) -> None:
        for state in states:
            self.does(f"sessions/{session_uid}/state", state=state).done()

    def uses(self, session_uid: str, *lines: dict[str, Any]) -> Answer:
        return self.does(f"sessions/{session_uid}/usages", lines=list(lines))

    # Putting right
    def takes_back(self, movement_uid: str, reason: str, *line_numbers: int) -> Answer:
        return self.does(f"movements/{movement_uid}/reversal", reason=reason, line_numbers=list(line_numbers))

    def was_really_in(self, session_uid: str, movement_uid: str, reason: str) -> Answer:
        return self.does(f"movements/{movement_uid}/correction", reason=reason, session_uid=session_uid)

    # Recall
    def recalls(self, product_uid: str, lot_number: str, note: str) -> Answer:
        return self.does("recalls", **notice_sent(product_uid, lot_number, reference=note))

    def traces(self, **beginning: str) -> Answer:
        return self.asks("traces", **beginning)


def some(quantity: str, unit: str = "mL") -> dict[str, str]:
    """A quantity as it is written."""
    return {"quantity": quantity, "unit": unit}


def used(scan: str, quantity: str, unit: str = "mL", **more: Any) -> dict[str, Any]:
    """One thing that a patient gets, pointed at with the scanner."""
    return {"thing": {"scan": scan}, "quantity": some(quantity, unit), **more}
