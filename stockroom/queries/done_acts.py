"""Was this request carried out before?  What the journal answers to its author's key."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from stockroom.db.transaction import JournalName
from stockroom.models import JournalEntry


@dataclass(frozen=True, kw_only=True)
class DoneAct:
    """An accepted act: its kind, and the movement that it booked where it booked one."""

    kind: str
    movement_uid: str | None


def act_done(connection: Connection, clinic_id: int, *, author_uid: str, key: str) -> DoneAct | None:
    """Give the act that consumed this author's key in the clinic's journal; one statement."""
    row = connection.execute(
        select(JournalEntry.kind, JournalEntry.answer).where(
            JournalEntry.clinic_id == clinic_id,
            JournalEntry.stream == JournalName(clinic_id=clinic_id).stream,
            JournalEntry.actor_uid == author_uid,
            JournalEntry.key == key,
        )
    ).first()
    if row is None:
        return None
    answer = json.loads(row.answer) if row.answer else {}
    return DoneAct(kind=row.kind, movement_uid=answer.get("movement_uid"))
