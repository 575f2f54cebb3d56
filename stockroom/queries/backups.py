"""Which backups were made and proven, and when the last one?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import BackupMade, JournalHead, OrganisationHead

KEPT_IN_MIND = 1_000
"""So many of the newest are carried into a database that is put back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRow:
    """A backup that was restored beside and whose books were true there."""

    backup_uid: str
    made_at: datetime
    verified_at: datetime
    file_name: str
    size_bytes: int


def last_backup(connection: Connection) -> BackupRow | None:
    """Give the newest backup by when it was made, None where there is none; one statement."""
    return next(iter(backups(connection, limit=1)), None)


def backups(connection: Connection, *, limit: int = KEPT_IN_MIND) -> tuple[BackupRow, ...]:
    """Give the backups, the newest first; one statement."""
    rows = connection.execute(
        select(
            BackupMade.uid.label("backup_uid"),
            BackupMade.made_at,
            BackupMade.verified_at,
            BackupMade.file_name,
            BackupMade.size_bytes,
        )
        .order_by(BackupMade.made_at.desc(), BackupMade.id.desc())
        .limit(limit)
    )
    return tuple(BackupRow(**row._mapping) for row in rows)


def newest_entry_at(connection: Connection) -> datetime | None:
    """Give when the newest act of any journal was recorded: what a copy of this database holds; two statements."""
    heads = [
        *connection.execute(select(JournalHead.recorded_at)).scalars(),
        *connection.execute(select(OrganisationHead.recorded_at)).scalars(),
    ]
    return max(heads, default=None)
