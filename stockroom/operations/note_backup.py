"""How is it kept that a backup was made and proven to come back?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.models import BackupMade
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class NoteBackup:
    """A backup that was restored beside and whose books were true there."""

    backup_uid: str
    made_at: datetime
    """All that was committed before is in it."""
    verified_at: datetime
    file_name: str
    """Without its folder."""
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class BackupNoted:
    backup_uid: str
    is_new: bool
    """False for one that was known before."""


def note_backup(store: Store, command: NoteBackup, *, actor: Actor, key: str, now: datetime) -> BackupNoted:
    """Keep that a backup was made and proven; one that is known already is left as it is.

    Raises InvalidValue for a file of no size, or one that was proven before it was made.
    """
    if command.size_bytes <= 0:
        raise InvalidValue(field="size_bytes", problem="a backup holds something")
    if command.verified_at < command.made_at:
        raise InvalidValue(field="verified_at", problem="nothing is proven before it is made")
    return perform(
        store,
        Act(kind="backup.note", action=Action.RUN_JOB, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _note(work, command),
        answer=BackupNoted,
        actor=actor,
        key=key,
        now=now,
    )


def _note(work: Work, command: NoteBackup) -> BackupNoted:
    known = select(BackupMade.id).where(BackupMade.uid == command.backup_uid)
    is_new = work.connection.execute(known).first() is None
    if is_new:
        work.connection.execute(
            insert(BackupMade),
            {
                "uid": command.backup_uid,
                "made_at": command.made_at,
                "verified_at": command.verified_at,
                "file_name": command.file_name,
                "size_bytes": command.size_bytes,
                "recorded_at": work.recorded_at,
            },
        )
    work.payload.update(
        backup=command.backup_uid, made_at=command.made_at, size_bytes=command.size_bytes, is_new=is_new
    )
    return BackupNoted(backup_uid=command.backup_uid, is_new=is_new)
