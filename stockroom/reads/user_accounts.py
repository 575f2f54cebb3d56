"""Whose log-in is it, may this person look after it, and is an address still free?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from sqlalchemy import Connection, select

from stockroom.actor import Actor
from stockroom.errors import Forbidden, InvalidValue, Refused, extracted
from stockroom.models import Clinic, Membership, User
from stockroom.rules.permissions import may_grant
from stockroom.vocabulary import Role

FIRST_PASSWORD_LASTS = timedelta(days=3)
"""A password that was handed over opens for so long, and only so that its owner chooses another."""


@dataclass(eq=False, kw_only=True)
class EmailTaken(Refused):
    """Another log-in has this address."""

    code: ClassVar[str] = "email_taken"
    message: ClassVar[str] = extracted(
        "There is a log-in with this address already. Use it, or another address."
    )


@dataclass(eq=False, kw_only=True)
class AdministeredElsewhere(Forbidden):
    """The person works in a clinic too in which this administrator is none."""

    code: ClassVar[str] = "administered_elsewhere"
    message: ClassVar[str] = extracted(
        "This person works in {clinics} too. Somebody who is an administrator in all of them changes the log-in."
    )
    clinics: str


@dataclass(eq=False, kw_only=True)
class OwnLogIn(Refused):
    """One's own password and address are changed where one proves who one is."""

    code: ClassVar[str] = "own_log_in"
    message: ClassVar[str] = extracted(
        "This is your own log-in. Change its password under your name; another administrator changes its address."
    )


def free_address(connection: Connection, typed: str) -> str:
    """Give an address as it is kept.  Raises InvalidValue for what is none, EmailTaken."""
    address = typed.strip().lower()
    if "@" not in address or any(character.isspace() for character in address):
        raise InvalidValue(field="email", problem="not an address")
    if connection.execute(select(User.id).where(User.email == address)).first() is not None:
        raise EmailTaken()
    return address


def require_looks_after(connection: Connection, actor: Actor, user_id: int) -> None:
    """Raise unless this actor could have given each role that the log-in holds, wherever it holds it.

    Whoever gets hold of a log-in gets hold of its roles.  Raises OwnLogIn, AdministeredElsewhere.
    """
    if actor.is_system:
        return
    if user_id == actor.user_id:
        raise OwnLogIn()
    both = select(Membership.user_id, Membership.clinic_id, Membership.role, Clinic.name).join(
        Clinic, Clinic.id == Membership.clinic_id
    )
    rows = connection.execute(both.where(Membership.user_id.in_([user_id, actor.user_id]))).all()
    mine: dict[int, set[Role]] = {}
    for row in rows:
        if row.user_id == actor.user_id:
            mine.setdefault(row.clinic_id, set()).add(Role(row.role))
    beyond = {
        row.name
        for row in rows
        if row.user_id == user_id and not may_grant(mine.get(row.clinic_id, ()), Role(row.role))
    }
    if beyond:
        raise AdministeredElsewhere(clinics=", ".join(sorted(beyond)))


def require_looks_after_person(connection: Connection, actor: Actor, person_id: int) -> None:
    """Raise unless this actor looks after every log-in of a person, or is that person.

    Raises AdministeredElsewhere.
    """
    if person_id == actor.person_id:
        return
    for user_id in connection.execute(select(User.id).where(User.person_id == person_id)).scalars():
        require_looks_after(connection, actor, user_id)
