"""Which actor is it?  The installation's own principal, and people by their log-in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Executable, bindparam, select

from stockroom.actor import Actor
from stockroom.clock import now as present
from stockroom.db.columns import UTCDateTime
from stockroom.ledger.memberships import holds
from stockroom.models import Clinic, Membership, Person, User
from stockroom.vocabulary import Role

# Statements of every request, built once.
_HELD = (
    select(
        User.id,
        Person.id.label("person_id"),
        Person.uid,
        Membership.role,
        Clinic.id.label("clinic_id"),
        Clinic.uid.label("clinic_uid"),
    )
    .join(Person, Person.id == User.person_id)
    .join(Membership, Membership.user_id == User.id)
    .join(Clinic, Clinic.id == Membership.clinic_id)
    .where(User.active, Clinic.uid == bindparam("clinic"), holds(bindparam("at", type_=UTCDateTime())))
    .order_by(User.id.desc())
)
_BY_EMAIL = _HELD.where(User.email == bindparam("who"))
_BY_PERSON = _HELD.where(Person.uid == bindparam("who"))


def system_actor(connection: Connection, *, device: str, clinic_id: int = 0, clinic_uid: str = "") -> Actor:
    """Give the installation's own principal, as which jobs and the terminal act; `device` names which."""
    person = connection.execute(select(Person.id, Person.uid).where(Person.is_system)).one()
    return Actor(
        user_id=0,
        person_id=person.id,
        person_uid=person.uid,
        clinic_id=clinic_id,
        clinic_uid=clinic_uid,
        roles=frozenset(),
        is_system=True,
        device=device,
    )


def actor_of(
    connection: Connection, *, email: str, clinic_uid: str, device: str = "", now: datetime | None = None
) -> Actor | None:
    """Give the actor that the log-in `email` is in a clinic; None when it holds no role there (`now`: at present)."""
    return _actor(connection, _BY_EMAIL, email, clinic_uid=clinic_uid, device=device, now=now)


def actor_of_person(
    connection: Connection, *, person_uid: str, clinic_uid: str, device: str = ""
) -> Actor | None:
    """Give the actor that a person is in a clinic, by the newest log-in; None when it holds no role there."""
    return _actor(connection, _BY_PERSON, person_uid, clinic_uid=clinic_uid, device=device, now=None)


def _actor(
    connection: Connection,
    statement: Executable,
    who: str,
    *,
    clinic_uid: str,
    device: str,
    now: datetime | None,
) -> Actor | None:
    asked = {"who": who, "clinic": clinic_uid, "at": now or present()}
    rows = connection.execute(statement, asked).all()
    if not rows:
        return None
    rows = [row for row in rows if row.id == rows[0].id]
    return Actor(
        user_id=rows[0].id,
        person_id=rows[0].person_id,
        person_uid=rows[0].uid,
        clinic_id=rows[0].clinic_id,
        clinic_uid=rows[0].clinic_uid,
        roles=frozenset(Role(row.role) for row in rows),
        device=device,
    )
