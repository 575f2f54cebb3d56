"""Whose bearer token is it?

A token is 256 random bits.  The database keeps its SHA-256, which is enough for a value that nobody
can guess; one indexed statement per request finds the token, its user, clinic and roles.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, select

from stockroom.actor import Actor
from stockroom.barcodes.scanner_habits import ScannerHabits, habits_of
from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.db.glance import Glance
from stockroom.ledger.memberships import holds
from stockroom.models import ApiToken, Clinic, Membership, Person, User
from stockroom.vocabulary import Action, Role

PREFIX = "srt_"
"""By which leak scanners, and people, recognise one of our tokens."""
_LENGTH = len(PREFIX) + 43
_BEARER = Once(
    select(
        ApiToken.id,
        ApiToken.uid,
        ApiToken.name,
        ApiToken.actions,
        ApiToken.user_id,
        User.person_id,
        Person.uid.label("person_uid"),
        ApiToken.clinic_id,
        Clinic.uid.label("clinic_uid"),
        Clinic.time_zone,
        Clinic.scanner_separator,
        Clinic.scanner_layout,
        Membership.role,
    )
    .join(User, User.id == ApiToken.user_id)
    .join(Person, Person.id == User.person_id)
    .join(Clinic, Clinic.id == ApiToken.clinic_id)
    .join(
        Membership,
        and_(
            Membership.user_id == ApiToken.user_id,
            Membership.clinic_id == ApiToken.clinic_id,
            holds(bindparam("now", type_=UTCDateTime())),
        ),
    )
    .where(
        ApiToken.token_hash == bindparam("hashed"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("now", type_=UTCDateTime()),
        User.active,
    )
)
"""Every request runs it."""


@dataclass(frozen=True, kw_only=True)
class Bearer:
    """Who a token speaks for, and what it is limited to (None: all that its user may)."""

    actor: Actor
    zone: str
    """The time zone of its clinic."""
    scanners: ScannerHabits
    """How the clinic's scanners deliver a code."""
    actions: frozenset[Action] | None

    def covers(self, action: Action) -> bool:
        return self.actions is None or action in self.actions


def draw_token() -> str:
    """Give a new token, to be shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Give what the database keeps of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def bearer_of(connection: Connection | Glance, token: str, *, now: datetime) -> Bearer | None:
    """Give whom the token speaks for; None when it is unknown, revoked, run out, or its user switched off."""
    if len(token) != _LENGTH or not token.startswith(PREFIX) or not token.isascii():
        return None
    rows = _BEARER.all(connection, {"hashed": token_hash(token), "now": now})
    if not rows:
        return None
    first = rows[0]
    actor = Actor(
        user_id=first.user_id,
        person_id=first.person_id,
        person_uid=first.person_uid,
        clinic_id=first.clinic_id,
        clinic_uid=first.clinic_uid,
        roles=frozenset(Role(row.role) for row in rows),
        token_id=first.id,
        token_uid=first.uid,
        device=first.name,
    )
    limited = first.actions != "*"
    return Bearer(
        actor=actor,
        zone=first.time_zone,
        scanners=habits_of(first.scanner_separator, first.scanner_layout),
        actions=frozenset(Action(word) for word in first.actions.split()) if limited else None,
    )
