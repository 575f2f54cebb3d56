"""In which browsers is a person logged in?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import LogIn, User


@dataclass(frozen=True, slots=True, kw_only=True)
class LogInRow:
    """A log-in that still holds."""

    uid: str
    device: str
    """What the browser said of itself."""
    address: str
    began_at: datetime
    last_seen_at: datetime


def log_ins_of(
    connection: Connection,
    user_uid: str,
    *,
    idle_since: datetime,
    seen_before: datetime,
    began_since: datetime,
) -> tuple[LogInRow, ...]:
    """Give the log-ins of a user that have not ended, seen and begun between these instants; the newest first."""
    rows = connection.execute(
        select(LogIn.uid, LogIn.device, LogIn.address, LogIn.began_at, LogIn.last_seen_at)
        .join(User, User.id == LogIn.user_id)
        .where(
            User.uid == user_uid,
            LogIn.ended_at.is_(None),
            LogIn.last_seen_at > idle_since,
            LogIn.last_seen_at < seen_before,
            LogIn.began_at > began_since,
        )
        .order_by(LogIn.id.desc())
    )
    return tuple(LogInRow(**row._mapping) for row in rows)
