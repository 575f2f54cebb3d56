"""Tablets, badges and PINs for tests: made by the operations, used as people use them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from stockroom.access.bearer import token_hash
from stockroom.access.passwords import hash_password
from stockroom.actor import Actor
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.clock import now
from stockroom.db.store import Store
from stockroom.operations.issue_badge import IssueBadge, issue_badge
from stockroom.operations.register_tablet import RegisterTablet, register_tablet
from stockroom.operations.set_pin import SetPin, set_pin
from tests.builders import Clinic, key
from tests.serving import SALT, Browser, Served

COOKIE = "stockroom-tablet"
PIN = "271828"
CODES = {"A": "7K4A7K4A7K4A", "B": "M3XAM3XAM3XA", "C": "P2RAP2RAP2RA"}


def register(
    clinic: Clinic, *, name: str = "Tablet 1", secret: str = "s" * 43, at: datetime | None = None
) -> str:
    """A tablet of the clinic's room, and its uid."""
    command = RegisterTablet(name=name, room_uid=clinic.room.uid, secret_hash=token_hash(secret))
    return register_tablet(
        clinic.store, command, actor=clinic.manager, key=key("tablet"), now=at or now()
    ).tablet_uid


def give_pin(store: Store, person: Actor, pin: str = PIN) -> None:
    set_pin(store, SetPin(pin_hash=hash_password(pin, salt=SALT)), actor=person, key=key("pin"), now=now())


def give_badge(clinic: Clinic, person: Actor, code: str = CODES["A"]) -> str:
    """A badge with this code, as a scanner reads it."""
    hashed = clinic.store.keyring.digest("badge", code.encode())
    command = IssueBadge(person_uid=person.person_uid, code_hash=hashed)
    issue_badge(clinic.store, command, actor=clinic.administrator, key=key("badge"), now=now())
    return write_label(OwnLabel(LabelKind.STAFF_BADGE, code))


def at_tablet(served: Served, clinic: Clinic | None = None, *, secret: str = "s" * 43) -> Browser:
    """The browser of a registered tablet, at which nobody is signed on yet."""
    register(clinic or served.clinic, secret=secret)
    browser = served.browser()
    browser.client.set_cookie(COOKIE, secret)
    return browser


def sign_on(browser: Browser, **shown: Any) -> Any:
    """Send the form of the tablet's page."""
    return browser.send("/tablet", "/tablet", **shown)


def signed_on_as(browser: Browser) -> str:
    """Whose page the tablet shows; empty when it asks who is there."""
    answer = browser.get("/", follow_redirects=True)
    found = re.search(r'data-person-name="([^"]*)"', answer.text)
    return found[1] if found else ""
