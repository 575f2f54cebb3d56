"""How does a device become a tablet of a room, and how does it stop being one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import insert, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.log_ins import end_at_tablet
from stockroom.models import Location, Tablet
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action, LocationKind

NAME_LENGTH_MAX = 60


@dataclass(eq=False, kw_only=True)
class TabletRevoked(Conflict):
    """The tablet was revoked before."""

    code: ClassVar[str] = "tablet_revoked"
    message: ClassVar[str] = extracted("This tablet was revoked before. It opens nothing any more.")
    tablet: str


@dataclass(frozen=True, kw_only=True)
class RegisterTablet:
    """A device of the actor's clinic that stands in a room; the entrance drew its secret."""

    name: str
    room_uid: str
    secret_hash: str
    """Of the random secret in the device's cookie; nothing below the entrance sees the secret."""


@dataclass(frozen=True, kw_only=True)
class TabletRegistered:
    tablet_uid: str


@dataclass(frozen=True, kw_only=True)
class RevokeTablet:
    tablet_uid: str


@dataclass(frozen=True, kw_only=True)
class TabletGone:
    tablet_uid: str
    ended: tuple[str, ...]
    """The log-ins at it that ended with it."""


def register_tablet(
    store: Store, command: RegisterTablet, *, actor: Actor, key: str, now: datetime
) -> TabletRegistered:
    """Register a device for a room of the clinic.

    Raises ThingNotFound for what is no room here, InvalidValue for a name that is empty, too long or taken, or
    a room that is closed.
    """
    return perform(
        store,
        Act(kind="tablet.register", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _register(work, command),
        answer=TabletRegistered,
        actor=actor,
        key=key,
        now=now,
    )


def revoke_tablet(
    store: Store, command: RevokeTablet, *, actor: Actor, key: str, now: datetime
) -> TabletGone:
    """Make a device open nothing from now on; whoever is signed on there is so no more.

    Raises ThingNotFound, TabletRevoked.
    """
    return perform(
        store,
        Act(kind="tablet.revoke", action=Action.MAINTAIN_CLINIC, also_locks=(ORGANISATION,)),
        command=command,
        body=lambda work: _revoke(work, command),
        answer=TabletGone,
        actor=actor,
        key=key,
        now=now,
    )


def _register(work: Work, command: RegisterTablet) -> TabletRegistered:
    name = " ".join(command.name.split())
    room = one_by_uid(work.connection, Location, command.room_uid, thing="room", clinic_id=work.clinic_id)
    if room.kind != LocationKind.ROOM or room.closed_at is not None:
        raise InvalidValue(field="room_uid", problem="a room that is in use")
    if not 0 < len(name) <= NAME_LENGTH_MAX:
        raise InvalidValue(field="name", problem=f"1 to {NAME_LENGTH_MAX} characters")
    taken = select(Tablet.id).where(
        Tablet.clinic_id == work.clinic_id, Tablet.name == name, Tablet.revoked_at.is_(None)
    )
    if work.connection.execute(taken).first() is not None:
        raise InvalidValue(field="name", problem="another tablet here is called so: revoke it first")
    uid = new_uid(work.now)
    work.connection.execute(
        insert(Tablet).values(
            uid=uid,
            clinic_id=work.clinic_id,
            room_id=room.id,
            name=name,
            secret_hash=command.secret_hash,
            registered_at=work.recorded_at,
            registered_by_id=work.actor.person_id,
        )
    )
    work.payload.update(tablet=uid, name=name, room=room.uid)
    return TabletRegistered(tablet_uid=uid)


def _revoke(work: Work, command: RevokeTablet) -> TabletGone:
    row = one_by_uid(work.connection, Tablet, command.tablet_uid, thing="tablet", clinic_id=work.clinic_id)
    if row.revoked_at is not None:
        raise TabletRevoked(tablet=row.uid)
    work.connection.execute(
        update(Tablet)
        .where(Tablet.clinic_id == work.clinic_id, Tablet.id == row.id)
        .values(revoked_at=work.recorded_at, revoked_by_id=work.actor.person_id)
    )
    ended = end_at_tablet(work, row.id)
    work.payload.update(tablet=row.uid, ended=list(ended))
    return TabletGone(tablet_uid=row.uid, ended=ended)
