"""How does a log-in end?  By its row, so that the cookie in the browser, and every copy of it, opens nothing more."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, update

from stockroom.db.transaction import Work
from stockroom.models import LogIn


def end_log_ins(work: Work, user_id: int, *, uids: Collection[str] | None = None) -> tuple[str, ...]:
    """End these log-ins of a user, or all of them; give the uids of those that were still open."""
    wanted = [LogIn.user_id == user_id, LogIn.ended_at.is_(None)]
    if uids is not None:
        wanted.append(LogIn.uid.in_(sorted(uids)))
    open_ones = tuple(work.connection.execute(select(LogIn.uid).where(*wanted).order_by(LogIn.id)).scalars())
    work.connection.execute(update(LogIn).where(*wanted).values(ended_at=work.recorded_at))
    return open_ones
