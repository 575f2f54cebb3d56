"""How does a log-in get another password?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.db.identifiers import random_bytes
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Forbidden, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.letters import Letter, tell_by_mail
from stockroom.ledger.log_ins import end_log_ins
from stockroom.models import User
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class PasswordNotYours(Forbidden):
    """Nobody chooses another person's password, whatever his role."""

    code: ClassVar[str] = "password_not_yours"
    message: ClassVar[str] = extracted("You can change your own password only.")


@dataclass(frozen=True, kw_only=True)
class SetPassword:
    """A new password, hashed by the entrance; nothing below it sees the password itself."""

    user_uid: str
    password_hash: str
    ends_sessions: bool = True
    """False when only the hash was renewed and the password is the same."""
    letter: Letter | None = None
    """What the owner is told of it by mail."""


@dataclass(frozen=True, kw_only=True)
class PasswordSet:
    user_uid: str


def set_password(store: Store, command: SetPassword, *, actor: Actor, key: str, now: datetime) -> PasswordSet:
    """Set one's own password, or from the terminal anybody's; every log-in of it ends, the present one too.

    Raises ThingNotFound, PasswordNotYours.
    """
    # READ_STOCK is what every role holds: whoever may be here at all may change the own password.
    return perform(
        store,
        Act(kind="password.set", action=Action.READ_STOCK, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _set(work, command),
        answer=PasswordSet,
        actor=actor,
        key=key,
        now=now,
    )


def _set(work: Work, command: SetPassword) -> PasswordSet:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    by_token = work.actor.token_id is not None
    if not work.actor.is_system and (by_token or user.id != work.actor.user_id):
        raise PasswordNotYours()
    values: dict[str, object] = {"password": command.password_hash}
    if command.ends_sessions:
        values.update(fs_uniquifier=random_bytes(32).hex(), first_password_until=None)
        end_log_ins(work, user.id)
    work.connection.execute(update(User).where(User.id == user.id).values(values))
    if command.letter is not None:
        tell_by_mail(work, user.id, command.letter)
    work.payload.update(user=user.uid, ends_sessions=command.ends_sessions)
    return PasswordSet(user_uid=user.uid)
