"""How does a person who is known get a log-in, or a log-in another address?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from sqlalchemy import select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.letters import Letter, tell_by_mail
from stockroom.ledger.log_ins import add_log_in, end_log_ins
from stockroom.models import Person, User
from stockroom.reads.finding import one_by_uid
from stockroom.reads.user_accounts import FIRST_PASSWORD_LASTS, free_address, require_looks_after
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class LogInThere(Conflict):
    """A person has one log-in."""

    code: ClassVar[str] = "log_in_there"
    message: ClassVar[str] = extracted(
        "This person has a log-in already. Change its address, or switch it on."
    )


@dataclass(frozen=True, kw_only=True)
class GiveLogIn:
    """A log-in without any role, for somebody who has none, with a password that is handed over."""

    person_uid: str
    email: str
    password_hash: str


@dataclass(frozen=True, kw_only=True)
class ChangeAddress:
    """The address by which somebody logs in and gets mail from now on."""

    user_uid: str
    email: str
    letter: Letter | None = None
    """What is told at the new address."""


@dataclass(frozen=True, kw_only=True)
class LogInAddressed:
    user_uid: str


def give_log_in(store: Store, command: GiveLogIn, *, actor: Actor, key: str, now: datetime) -> LogInAddressed:
    """Give a person a log-in.  Raises ThingNotFound, LogInThere, InvalidValue, EmailTaken."""
    return perform(
        store,
        Act(kind="log_in.give", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=replace(command, password_hash=""),
        body=lambda work: _give(work, command),
        answer=LogInAddressed,
        actor=actor,
        key=key,
        now=now,
    )


def change_address(
    store: Store, command: ChangeAddress, *, actor: Actor, key: str, now: datetime
) -> LogInAddressed:
    """Change the address of a log-in; it is logged in with the new one from now on.

    Raises ThingNotFound, OwnLogIn, AdministeredElsewhere, InvalidValue, EmailTaken.
    """
    return perform(
        store,
        Act(kind="log_in.address", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=replace(command, letter=None),
        body=lambda work: _change(work, command),
        answer=LogInAddressed,
        actor=actor,
        key=key,
        now=now,
    )


def _give(work: Work, command: GiveLogIn) -> LogInAddressed:
    person = one_by_uid(work.connection, Person, command.person_uid, thing="person")
    if work.connection.execute(select(User.id).where(User.person_id == person.id)).first() is not None:
        raise LogInThere()
    address = free_address(work.connection, command.email)
    until = work.now + FIRST_PASSWORD_LASTS
    uid = add_log_in(
        work, person.id, address, password_hash=command.password_hash, first_password_until=until
    )
    work.payload.update(person=person.uid, user=uid, opens_until=until)
    return LogInAddressed(user_uid=uid)


def _change(work: Work, command: ChangeAddress) -> LogInAddressed:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    require_looks_after(work.connection, work.actor, user.id)
    address = free_address(work.connection, command.email)
    work.connection.execute(update(User).where(User.id == user.id).values(email=address))
    end_log_ins(work, user.id)
    if command.letter is not None:
        tell_by_mail(work, user.id, command.letter)
    work.payload.update(user=user.uid)
    return LogInAddressed(user_uid=user.uid)
