"""How does a copy of the journals' heads leave the house once a day?  As a letter to whoever keeps watch over them.

An anchor file lies on the machine whose administrator might change the books; a letter lies in somebody else's box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Row, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import instant_text
from stockroom.ledger.memberships import holds
from stockroom.models import JournalHead, Membership, OrganisationHead, OutboxMessage, User
from stockroom.notices import MessageState
from stockroom.outside.anchor_file import Anchor, as_line, signed
from stockroom.reads.job_runs import Claim, require_held
from stockroom.vocabulary import Action, Role

HEADS = "heads"
READ_BY = (Role.AUDITOR, Role.ADMINISTRATOR)


@dataclass(frozen=True, kw_only=True)
class MailHeads:
    """The words around the heads; the heads themselves are read in the act."""

    day: date
    """By the clinic's wall: one letter a person and day."""
    subject: str
    before: str
    """What stands above them, in the words of the entrance."""
    claim: Claim | None = None


@dataclass(frozen=True, kw_only=True)
class HeadsMailed:
    message_uids: tuple[str, ...]
    """Of the letters that this act wrote; none for who has the day's already."""


def mail_heads(store: Store, command: MailHeads, *, actor: Actor, key: str, now: datetime) -> HeadsMailed:
    """Put a letter with number and hash of every journal's newest entry into the outbox, for each who reads them.

    Raises RunTakenOver.
    """
    return perform(
        store,
        Act(kind="heads.mail", action=Action.RUN_JOB),
        command=[command.day],
        body=lambda work: _mail(work, command),
        answer=HeadsMailed,
        actor=actor,
        key=key,
        now=now,
    )


def _mail(work: Work, command: MailHeads) -> HeadsMailed:
    if command.claim is not None:
        require_held(work.connection, command.claim)
    heads = _heads(work)
    body = "\n".join((command.before, "", *heads, ""))
    told_before = set(
        work.connection.execute(
            select(OutboxMessage.user_id).where(
                OutboxMessage.clinic_id == work.clinic_id,
                OutboxMessage.key.startswith(_key(command.day, ""), autoescape=True),
            )
        ).scalars()
    )
    letters = [
        _letter(work, command, user_id=row.id, user_uid=row.uid, body=body)
        for row in _readers(work)
        if row.id not in told_before
    ]
    if letters:
        work.connection.execute(insert(OutboxMessage), letters)
    uids = tuple(str(letter["uid"]) for letter in letters)
    work.payload.update(day=command.day, messages=uids)
    return HeadsMailed(message_uids=uids)


def _key(day: date, user_uid: str) -> str:
    return f"{HEADS}/{day.isoformat()}/{user_uid}"


def _heads(work: Work) -> list[str]:
    """A line of an anchor file for each journal of this clinic and for the organisation's, as before this act."""
    organisation = work.connection.execute(select(OrganisationHead.seq, OrganisationHead.hash)).one()
    own = work.connection.execute(
        select(JournalHead.stream, JournalHead.seq, JournalHead.hash)
        .where(JournalHead.clinic_id == work.clinic_id)
        .order_by(JournalHead.stream)
    )
    at = instant_text(work.recorded_at)
    anchors = [
        Anchor(journal="organisation", seq=organisation.seq, hash=organisation.hash, anchored_at=at),
        *(
            Anchor(
                journal=f"{work.actor.clinic_uid}:{row.stream}", seq=row.seq, hash=row.hash, anchored_at=at
            )
            for row in own
        ),
    ]
    return [as_line(signed(anchor, work.store.anchor_keeping.key)) for anchor in anchors]


def _readers(work: Work) -> Sequence[Row[int, str]]:
    statement = (
        select(User.id, User.uid)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.clinic_id == work.clinic_id,
            Membership.role.in_(READ_BY),
            User.active,
            holds(work.now),
        )
        .distinct()
        .order_by(User.id)
    )
    return work.connection.execute(statement).all()


def _letter(work: Work, command: MailHeads, *, user_id: int, user_uid: str, body: str) -> dict[str, object]:
    return {
        "uid": new_uid(work.now),
        "clinic_id": work.clinic_id,
        "key": _key(command.day, user_uid),
        "kind": HEADS,
        "user_id": user_id,
        "subject": command.subject,
        "body": body,
        "created_at": work.recorded_at,
        "state": MessageState.WAITING,
        "fence": 0,
        "attempts": 0,
        "next_attempt_at": work.recorded_at,
        "last_failure": "",
    }
