"""Which tablets does a clinic have, and who is signed on at each?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import Badge, Location, LogIn, Person, Pin, SignOn, Tablet, User
from stockroom.queries.paging import is_uid

_TABLETS_MAX = 200
PRINTED_WITHIN = timedelta(minutes=15)
"""So long after it was given a badge can be printed: its code is kept nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TabletRow:
    """A registered device, standing or revoked."""

    uid: str
    name: str
    room_name: str
    registered_at: datetime
    registered_by: str
    revoked_at: datetime | None
    signed_on: str | None
    """The name of who is signed on now, or was until the screen was last left alone."""
    last_seen_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BadgeAndPin:
    """By what a person signs on at tablets."""

    badge_uid: str | None
    badge_issued_at: datetime | None
    pin_set_at: datetime | None


def tablets_of(connection: Connection, clinic_id: int) -> tuple[TabletRow, ...]:
    """Give the tablets of a clinic, those that stand first, by name; one statement."""
    by, on = aliased(Person), aliased(Person)
    rows = connection.execute(
        select(
            Tablet.uid,
            Tablet.name,
            Location.name.label("room_name"),
            Tablet.registered_at,
            by.name.label("registered_by"),
            Tablet.revoked_at,
            on.name.label("signed_on"),
            LogIn.last_seen_at,
        )
        .join(Location, and_(Location.clinic_id == Tablet.clinic_id, Location.id == Tablet.room_id))
        .join(by, by.id == Tablet.registered_by_id)
        .outerjoin(
            LogIn,
            and_(
                LogIn.ended_at.is_(None),
                LogIn.id.in_(select(SignOn.log_in_id).where(SignOn.tablet_id == Tablet.id)),
            ),
        )
        .outerjoin(User, User.id == LogIn.user_id)
        .outerjoin(on, on.id == User.person_id)
        .where(Tablet.clinic_id == clinic_id)
        .order_by(Tablet.revoked_at.is_not(None), Tablet.name, Tablet.id.desc())
        .limit(_TABLETS_MAX)
    )
    return tuple(TabletRow(**row._mapping) for row in rows)


def badge_and_pin(connection: Connection, person_uid: str) -> BadgeAndPin:
    """Give by what a person signs on; nothing of it is secret.  One statement."""
    row = connection.execute(
        select(Badge.uid, Badge.issued_at, Pin.set_at)
        .select_from(Person)
        .outerjoin(Badge, and_(Badge.person_id == Person.id, Badge.revoked_at.is_(None)))
        .outerjoin(Pin, Pin.person_id == Person.id)
        .where(Person.uid == person_uid)
    ).first()
    if row is None:
        return BadgeAndPin(badge_uid=None, badge_issued_at=None, pin_set_at=None)
    return BadgeAndPin(badge_uid=row.uid, badge_issued_at=row.issued_at, pin_set_at=row.set_at)


def badge_hash_is_of(connection: Connection, person_uid: str, code_hash: str, *, now: datetime) -> bool:
    """Whether it is the badge that a person was given within the last quarter of an hour; one statement."""
    found = (
        select(Badge.id)
        .join(Person, Person.id == Badge.person_id)
        .where(
            Person.uid == person_uid,
            Badge.code_hash == code_hash,
            Badge.revoked_at.is_(None),
            Badge.issued_at > now - PRINTED_WITHIN,
        )
    )
    return is_uid(person_uid) and connection.execute(found).first() is not None
