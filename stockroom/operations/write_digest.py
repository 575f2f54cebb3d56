"""How does a day's mail get into the outbox?  Once for each person, clinic and day, while there is something to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.models import Alert, Membership, OutboxMessage, User
from stockroom.notices import MessageState
from stockroom.reads.finding import one_by_uid
from stockroom.reads.job_runs import Claim, require_held
from stockroom.vocabulary import Action

DIGEST = "digest"


@dataclass(frozen=True, kw_only=True)
class WriteDigest:
    """What one person is told of a clinic's day; products, lots and places, never a patient (L14)."""

    user_uid: str
    day: date
    """By the clinic's wall."""
    subject: str
    body: str
    alert_uids: tuple[str, ...]
    """What it names."""
    claim: Claim | None = None


@dataclass(frozen=True, kw_only=True)
class DigestWritten:
    message_uid: str | None
    """None when there was nothing (any more) to tell, or nobody (any more) to be told."""


def digest_key(user_uid: str, day: date) -> str:
    """Give what the day's mail of one person is known by in the clinic's outbox."""
    return f"{DIGEST}/{day.isoformat()}/{user_uid}"


def write_digest(
    store: Store, command: WriteDigest, *, actor: Actor, key: str, now: datetime
) -> DigestWritten:
    """Put the day's mail of one person into the outbox, if any of what it names still stands.

    Decided and written in one transaction.  Raises ThingNotFound, RunTakenOver.
    """
    return perform(
        store,
        Act(kind="digest.write", action=Action.RUN_JOB),
        # Who takes a run over repeats its acts: the same person and day are the same act.
        command=[command.user_uid, command.day],
        body=lambda work: _write(work, command),
        answer=DigestWritten,
        actor=actor,
        key=key,
        now=now,
    )


def _write(work: Work, command: WriteDigest) -> DigestWritten:
    if command.claim is not None:
        require_held(work.connection, command.claim)
    user = one_by_uid(work.connection, User, command.user_uid, thing="log-in")
    earlier = _earlier(work, command)
    stands = _standing_count(work, command)
    work.payload.update(user=user.uid, day=command.day, alerts=stands)
    if earlier is not None or not stands or not _works_here(work, user):
        return DigestWritten(message_uid=earlier)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(OutboxMessage).values(
            uid=uid,
            clinic_id=work.clinic_id,
            key=digest_key(command.user_uid, command.day),
            kind=DIGEST,
            user_id=user.id,
            subject=command.subject,
            body=command.body,
            created_at=work.recorded_at,
            state=MessageState.WAITING,
            fence=0,
            attempts=0,
            next_attempt_at=work.recorded_at,
            last_failure="",
        )
    )
    work.payload["message"] = uid
    return DigestWritten(message_uid=uid)


def _earlier(work: Work, command: WriteDigest) -> str | None:
    return work.connection.execute(
        select(OutboxMessage.uid).where(
            OutboxMessage.clinic_id == work.clinic_id,
            OutboxMessage.key == digest_key(command.user_uid, command.day),
        )
    ).scalar_one_or_none()


def _standing_count(work: Work, command: WriteDigest) -> int:
    counted = select(func.count()).where(
        Alert.clinic_id == work.clinic_id,
        Alert.uid.in_(command.alert_uids),
        Alert.resolved_at.is_(None),
    )
    return int(work.connection.execute(counted).scalar_one())


def _works_here(work: Work, user: Any) -> bool:
    held = select(Membership.role).where(
        Membership.user_id == user.id, Membership.clinic_id == work.clinic_id
    )
    return bool(user.active) and work.connection.execute(held).first() is not None
