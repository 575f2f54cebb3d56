"""How is a person told by mail of what happened to his or her log-in?  In the transaction in which it happened."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from stockroom.db.built_once import adding
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.models import Membership, OutboxMessage
from stockroom.notices import MessageState

NOTICE = "notice"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What is told, in the words of the entrance; no secret, no patient."""

    subject: str
    body: str


def tell_by_mail(work: Work, user_id: int, letter: Letter) -> None:
    """Put a letter to this user into the outbox; nothing for somebody who works in no clinic."""
    clinic = select(func.min(Membership.clinic_id)).where(Membership.user_id == user_id)
    clinic_id = work.connection.execute(clinic).scalar_one()
    if clinic_id is None:
        return
    uid = new_uid(work.now)
    row = {
        "uid": uid,
        "clinic_id": clinic_id,
        "key": f"{NOTICE}-{uid}",
        "kind": NOTICE,
        "user_id": user_id,
        "subject": letter.subject,
        "body": letter.body,
        "created_at": work.recorded_at,
        "state": MessageState.WAITING,
        "fence": 0,
        "attempts": 0,
        "next_attempt_at": work.recorded_at,
        "last_failure": "",
    }
    work.connection.execute(adding(OutboxMessage), row)
    work.payload["message"] = uid
