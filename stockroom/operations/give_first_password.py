"""How does somebody who forgot the password get in again?  With one that is handed over, and changed at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.db.identifiers import random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.letters import Letter, tell_by_mail
from stockroom.ledger.log_ins import end_log_ins
from stockroom.models import User
from stockroom.reads.finding import one_by_uid
from stockroom.reads.user_accounts import FIRST_PASSWORD_LASTS, require_looks_after
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class GiveFirstPassword:
    """A password that the entrance drew and hashed; nothing below it sees the password itself."""

    user_uid: str
    password_hash: str
    letter: Letter | None = None
    """What the owner is told of it by mail; never the password."""


@dataclass(frozen=True, kw_only=True)
class FirstPasswordGiven:
    user_uid: str
    opens_until: datetime


def give_first_password(
    store: Store, command: GiveFirstPassword, *, actor: Actor, key: str, now: datetime
) -> FirstPasswordGiven:
    """Put a drawn password in the place of the present one; every log-in ends.

    It opens for FIRST_PASSWORD_LASTS, and nothing but the choice of another.
    Raises ThingNotFound, OwnLogIn, AdministeredElsewhere.
    """
    return perform(
        store,
        Act(kind="password.first", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        # The hash is salted, so that the same request sent twice never holds the same one.
        command=replace(command, password_hash="", letter=None),
        body=lambda work: _give(work, command),
        answer=FirstPasswordGiven,
        actor=actor,
        key=key,
        now=now,
    )


def _give(work: Work, command: GiveFirstPassword) -> FirstPasswordGiven:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    require_looks_after(work.connection, work.actor, user.id)
    until = work.now + FIRST_PASSWORD_LASTS
    ended = end_log_ins(work, user.id)
    work.connection.execute(
        update(User)
        .where(User.id == user.id)
        .values(
            password=command.password_hash,
            fs_uniquifier=random_bytes(32).hex(),
            first_password_until=until,
        )
    )
    if command.letter is not None:
        tell_by_mail(work, user.id, command.letter)
    work.payload.update(user=user.uid, opens_until=until, ended=len(ended))
    return FirstPasswordGiven(user_uid=user.uid, opens_until=until)
