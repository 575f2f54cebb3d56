"""How is guessing at log-ins slowed down, and how is it known who logged in?

A try is written down before the password is looked at, under the lock of the organisation's journal,
so that however many workers and threads ask at once, no more tries are evaluated than the limit says.
Nobody is locked out for good: the window moves on by itself, and a success clears the account.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.letters import Letter, tell_by_mail
from stockroom.ledger.log_ins import DEVICE_LENGTH_MAX, Beginning, begin_at_tablet, begin_log_in
from stockroom.models import LogIn, LogInAttempt, User
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action, SignOnWay

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT_MAX = 10
TRIES_PER_ADDRESS_MAX = 30
"""Larger than an account's: a whole clinic may stand behind one address."""


@dataclass(eq=False, kw_only=True)
class TooManyLogIns(Conflict):
    """So many tries failed for this account or from this address that the next one is not looked at."""

    code: ClassVar[str] = "too_many_log_ins"
    message: ClassVar[str] = extracted(
        "Too many log-ins failed. Wait {retry_after} seconds, then try again; the password still works."
    )
    retry_after: int


@dataclass(frozen=True, kw_only=True)
class TryLogIn:
    """A try, before its password is looked at."""

    account: str
    """The address as typed; only its blind index is kept."""
    address: str
    """The network address; only a keyed digest of it is kept."""


@dataclass(frozen=True, kw_only=True)
class LogInTried:
    tries: int
    """How many tries for this account, this one included, have failed or are not judged yet."""


@dataclass(frozen=True, kw_only=True)
class NoteLogIn:
    """A try that succeeded: a log-in begins."""

    account: str
    """The address as typed."""
    user_uid: str
    token_hash: str
    """Of the random token that the browser's cookie holds; nothing below the entrance sees the token."""
    device: str
    """What the browser says of itself."""
    address: str
    """The network address; it stands in the row, for its owner to recognise, and in no journal."""
    letter: Letter | None = None
    """What the owner is told by mail when he or she was logged in before, and never with such a device."""
    tablet_uid: str | None = None
    """The registered tablet at which it begins; whoever was signed on there is so no more."""


@dataclass(frozen=True, kw_only=True)
class LogInNoted:
    user_uid: str
    log_in_uid: str


@dataclass(frozen=True, kw_only=True)
class NoteProof:
    """A try that succeeded of somebody who agrees to a thing and logs in nowhere."""

    account: str
    """The address as typed."""
    user_uid: str


@dataclass(frozen=True, kw_only=True)
class ProofNoted:
    user_uid: str


def try_log_in(store: Store, command: TryLogIn, *, actor: Actor, key: str, now: datetime) -> LogInTried:
    """Write down a try; the caller then looks at the password.  Raises TooManyLogIns."""
    account = store.keyring.blind_index("log_in", command.account)
    address = store.keyring.digest("address", command.address.encode())
    return perform(
        store,
        Act(kind="log_in.try", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _try(work, account=account, address=address),
        answer=LogInTried,
        actor=actor,
        key=key,
        now=now,
    )


def note_log_in(store: Store, command: NoteLogIn, *, actor: Actor, key: str, now: datetime) -> LogInNoted:
    """Begin a log-in, write down whose, and clear the account's failed tries.  Raises ThingNotFound."""
    account = store.keyring.blind_index("log_in", command.account)
    return perform(
        store,
        Act(kind="log_in.accept", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _note(work, command, account=account),
        answer=LogInNoted,
        actor=actor,
        key=key,
        now=now,
    )


def note_proof(store: Store, command: NoteProof, *, actor: Actor, key: str, now: datetime) -> ProofNoted:
    """Write down who proved who it is, and clear the account's failed tries.  Raises ThingNotFound."""
    account = store.keyring.blind_index("log_in", command.account)
    return perform(
        store,
        Act(kind="log_in.prove", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _note_proof(work, command, account=account),
        answer=ProofNoted,
        actor=actor,
        key=key,
        now=now,
    )


def _try(work: Work, *, account: str, address: str) -> LogInTried:
    # By the clock and not by the books, which stand still behind a clock that ran ahead: nobody is locked out by it.
    at = work.asked_at
    work.connection.execute(
        delete(LogInAttempt).where(or_(LogInAttempt.at < at - WINDOW, LogInAttempt.at > at + WINDOW))
    )
    tries = _count_within(work, LogInAttempt.account == account, TRIES_PER_ACCOUNT_MAX)
    _count_within(work, LogInAttempt.address == address, TRIES_PER_ADDRESS_MAX)
    work.connection.execute(
        insert(LogInAttempt).values(account=account, address=address, at=at, succeeded=False)
    )
    work.payload.update(account=account, address=address)
    return LogInTried(tries=tries + 1)


def _count_within(work: Work, same: ColumnElement[bool], limit: int) -> int:
    failed = select(func.count().label("tries"), func.min(LogInAttempt.at).label("earliest"))
    row = work.connection.execute(failed.where(same, LogInAttempt.succeeded.is_(False))).one()
    if row.tries >= limit:
        left = row.earliest + WINDOW - work.asked_at
        raise TooManyLogIns(retry_after=max(1, ceil(left.total_seconds())))
    return int(row.tries)


def _note(work: Work, command: NoteLogIn, *, account: str) -> LogInNoted:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    if command.letter is not None and _is_new_device(work, user.id, command.device):
        tell_by_mail(work, user.id, command.letter)
    uid = begin_log_in(
        work,
        user.id,
        Beginning(token_hash=command.token_hash, device=command.device, address=command.address),
    )
    if command.tablet_uid is not None:
        ended = begin_at_tablet(work, uid, command.tablet_uid, SignOnWay.PASSWORD)
        work.payload.update(tablet=command.tablet_uid, ended=list(ended))
    _clear(work, account)
    work.payload.update(user=user.uid, log_in=uid)
    return LogInNoted(user_uid=user.uid, log_in_uid=uid)


def _note_proof(work: Work, command: NoteProof, *, account: str) -> ProofNoted:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    _clear(work, account)
    work.payload.update(user=user.uid)
    return ProofNoted(user_uid=user.uid)


def _clear(work: Work, account: str) -> None:
    work.connection.execute(
        update(LogInAttempt).where(LogInAttempt.account == account).values(succeeded=True)
    )


def _is_new_device(work: Work, user_id: int, device: str) -> bool:
    """Whether the user was logged in before, and never with a device of this kind; a newer version is the same."""
    known = work.connection.execute(select(LogIn.device).where(LogIn.user_id == user_id).distinct()).scalars()
    kinds = {_kind(each) for each in known}
    return bool(kinds) and _kind(device[:DEVICE_LENGTH_MAX]) not in kinds


def _kind(device: str) -> str:
    return re.sub(r"[0-9._]+", "", device)
