"""What does a clinic's journal say?  Pages of entries in their order, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from stockroom.db.transaction import CHANGES
from stockroom.models import JournalEntry, Movement, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry; its payload is canonical JSON of uids and numbers."""

    seq: int
    recorded_at: datetime
    actor_uid: str
    actor: str | None
    roles: str
    device: str
    kind: str
    key: str | None
    payload: str
    previous_hash: str
    hash: str
    happened_at: datetime | None
    """When it really happened, where the entry is of a movement that was recorded late."""


def entries(
    connection: Connection,
    clinic_id: int,
    *,
    stream: str = CHANGES,
    kind: str | None = None,
    actor_uid: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> tuple[EntryRow, ...]:
    """Give at most `limit` entries before number `before` (None: from the newest on); two statements.

    Of one kind, or of one person, where that is asked.
    """
    statement = (
        select(
            JournalEntry.seq,
            JournalEntry.recorded_at,
            JournalEntry.actor_uid,
            JournalEntry.roles,
            JournalEntry.device,
            JournalEntry.kind,
            JournalEntry.key,
            JournalEntry.payload,
            JournalEntry.previous_hash,
            JournalEntry.hash,
            Movement.occurred_at.label("happened_at"),
        )
        .outerjoin(
            Movement,
            and_(
                JournalEntry.stream == CHANGES,
                Movement.clinic_id == JournalEntry.clinic_id,
                Movement.seq == JournalEntry.seq,
                Movement.is_late,
            ),
        )
        .where(JournalEntry.clinic_id == clinic_id, JournalEntry.stream == stream)
        .order_by(JournalEntry.seq.desc())
        .limit(limit)
    )
    if kind is not None:
        statement = statement.where(JournalEntry.kind == kind)
    if actor_uid is not None:
        statement = statement.where(JournalEntry.actor_uid == actor_uid)
    if before is not None:
        statement = statement.where(JournalEntry.seq < before)
    rows = connection.execute(statement).all()
    people = select(Person.uid, Person.name).where(Person.uid.in_({row.actor_uid for row in rows}))
    names = {row.uid: row.name for row in connection.execute(people)} if rows else {}
    return tuple(EntryRow(actor=names.get(row.actor_uid), **row._mapping) for row in rows)
