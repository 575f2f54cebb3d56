"""How does somebody prove by badge or PIN who it is, and take over a tablet?"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from flask import current_app, g, request, session
from flask_login import current_user
from flask_security import login_user

from stockroom.access import log_ins
from stockroom.access.acting import installation
from stockroom.access.bearer import token_hash
from stockroom.access.passwords import hash_password
from stockroom.access.tablets import badge_in
from stockroom.barcodes.short_code import ALPHABET, LONGEST
from stockroom.clock import now
from stockroom.db.identifiers import new_uid
from stockroom.errors import Forbidden, extracted
from stockroom.models import User
from stockroom.operations.sign_on import (
    BadgeUnknown,
    Proof,
    StartSignOn,
    TrySignOn,
    sign_on,
    try_sign_on,
)
from stockroom.reads.tablets import TabletHere, pin_hash_of
from stockroom.rules.pins import LENGTH_MAX
from stockroom.vocabulary import SignOnWay


@dataclass(eq=False, kw_only=True)
class PinWrong(Forbidden):
    """The PIN is not this person's; nothing says whether there is one at all."""

    code: ClassVar[str] = "pin_wrong"
    message: ClassVar[str] = extracted("This PIN is not right. Try again, or scan the badge.")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What somebody shows to prove who it is: a badge, or a name with a PIN, or an address with a password."""

    badge: str = ""
    """As it was scanned."""
    person_uid: str = ""
    pin: str = ""
    email: str = ""
    password: str = ""

    @property
    def is_anything(self) -> bool:
        return bool(self.badge.strip() or self.pin or self.email.strip())


def badge_code(key: str) -> str:
    """Give the code of a badge that is issued under a one-time key; a form sent twice gives the same.

    Twelve signs of 25, nearly 56 bits, drawn from the key with the installation's secret.
    """
    secret = str(current_app.config["SECRET_KEY"]).encode()
    number = int.from_bytes(hmac.new(secret, f"badge {key}".encode(), hashlib.sha256).digest(), "big")
    signs = []
    for _ in range(LONGEST):
        number, place = divmod(number, len(ALPHABET))
        signs.append(ALPHABET[place])
    return "".join(signs)


def badge_hash(code: str) -> str:
    """Give what the database keeps of a badge's code: a digest under the installation's key."""
    return installation().keyring.digest("badge", code.encode())


def hash_pin(pin: str) -> str:
    """Give the argon2id hash of a PIN."""
    return hash_password(pin, salt=_salt())


def start(shown: Shown, *, tablet: TabletHere) -> None:
    """Sign somebody on at this tablet; whatever its cookie held before is forgotten.

    Raises BadgeUnknown, PinWrong, NotAtThisBench, PinLocked, PinVoid, TabletLocked, ThingNotFound.
    """
    proof = proof_of(shown, tablet=tablet)
    token, at = log_ins.draw(), now()
    command = StartSignOn(
        proof=proof,
        tablet_uid=tablet.uid,
        token_hash=token_hash(token),
        device=tablet.name,
        address=request.remote_addr or "",
    )
    signed = sign_on(installation(), command, actor=log_ins.doorkeeper(), key=f"on-{new_uid(at)}", now=at)
    log_ins.hold(token)
    user = current_app.extensions["security"].datastore.find_user(uid=signed.user_uid)
    assert isinstance(user, User)
    login_user(user, authn_via=[proof.way.value])
    g.log_in_uid = signed.log_in_uid


def proof_of(shown: Shown, *, tablet: TabletHere | None) -> Proof:
    """Write the try down, then look at what is shown.  A badge is looked up where it is accepted."""
    at = now()
    is_badge = bool(shown.badge.strip())
    tried = try_sign_on(
        installation(),
        TrySignOn(
            person_uid=None if is_badge else shown.person_uid, tablet_uid=tablet.uid if tablet else None
        ),
        actor=log_ins.doorkeeper(),
        key=f"try-{new_uid(at)}",
        now=at,
    )
    if is_badge:
        code = badge_in(shown.badge)
        if code is None:
            raise BadgeUnknown()
        return Proof(attempt_uid=tried.attempt_uid, way=SignOnWay.BADGE, badge_hash=badge_hash(code))
    if not _is_pin_of(shown.person_uid, shown.pin):
        raise PinWrong()
    return Proof(attempt_uid=tried.attempt_uid, way=SignOnWay.PIN, person_uid=shown.person_uid)


def _is_pin_of(person_uid: str, pin: str) -> bool:
    """Whether it is the person's PIN; as slow for somebody who has none."""
    with installation().reading() as connection:
        kept = pin_hash_of(connection, person_uid)
    mixed = hmac.new(_salt().encode(), pin[: LENGTH_MAX + 1].encode(), hashlib.sha512)
    try:
        PasswordHasher().verify(kept or _nobodys(_salt()), base64.b64encode(mixed.digest()))
    except VerificationError:
        return False
    return kept is not None


@lru_cache(maxsize=1)
def _nobodys(salt: str) -> str:
    return hash_password("no PIN at all", salt=salt)


def _salt() -> str:
    return str(current_app.config["SECURITY_PASSWORD_SALT"])


def leave() -> None:
    """End the sign-on of this browser: it opens nothing until somebody shows a badge or PIN."""
    user = current_user._get_current_object()
    if isinstance(user, User):
        log_ins.end_this(user)
    session.clear()
    g.pop("csrf_token", None)
