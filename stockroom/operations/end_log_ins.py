"""How does a log-in end before its time: one's own, or a colleague's by an administrator?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.log_ins import end_log_ins as ended_by
from stockroom.models import LogIn, User
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class EndLogIns:
    """Log-ins of one user that must open nothing more."""

    user_uid: str
    log_in_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LogInsEnded:
    log_in_uids: tuple[str, ...]
    """Those that had not ended before."""


def end_log_ins(store: Store, command: EndLogIns, *, actor: Actor, key: str, now: datetime) -> LogInsEnded:
    """End one's own log-ins, at once and in every worker; the log-out does it as the installation.

    Raises ThingNotFound for what is not a log-in of that user, or not of one's own.
    """
    # READ_STOCK is what every role holds: whoever may be here at all may leave.
    return perform(
        store,
        Act(kind="log_in.end", action=Action.READ_STOCK, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _end(work, command, may_end_all=work.actor.is_system),
        answer=LogInsEnded,
        actor=actor,
        key=key,
        now=now,
    )


def end_colleagues_log_ins(
    store: Store, command: EndLogIns, *, actor: Actor, key: str, now: datetime
) -> LogInsEnded:
    """End log-ins of somebody else, such as one at a device that was lost; her others, and her password, stay.

    For administrators.  Raises ThingNotFound for what is not a log-in of that user.
    """
    return perform(
        store,
        Act(kind="log_in.end_of_colleague", action=Action.MAINTAIN_USERS, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _end(work, command, may_end_all=True),
        answer=LogInsEnded,
        actor=actor,
        key=key,
        now=now,
    )


def _end(work: Work, command: EndLogIns, *, may_end_all: bool) -> LogInsEnded:
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    is_own = work.actor.token_id is None and user.id == work.actor.user_id
    wanted = frozenset(command.log_in_uids)
    count = select(func.count()).where(LogIn.user_id == user.id, LogIn.uid.in_(sorted(wanted)))
    if not (is_own or may_end_all) or work.connection.execute(count).scalar_one() != len(wanted):
        raise ThingNotFound(thing="log-in", uid=", ".join(sorted(wanted))[:40])
    ended = ended_by(work, user.id, uids=wanted)
    work.payload.update(user=user.uid, log_ins=list(ended))
    return LogInsEnded(log_in_uids=ended)
