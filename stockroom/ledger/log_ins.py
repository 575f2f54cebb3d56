"""How does a log-in come to be, and how does it end?

It ends by its row, so that the cookie in the browser, and every copy of it, opens nothing more.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import insert, select, update

from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.transaction import Work
from stockroom.models import LogIn, User


def add_log_in(
    work: Work,
    person_id: int,
    address: str,
    *,
    password_hash: str | None,
    first_password_until: datetime | None,
) -> str:
    """Give a person the means to log in, without any role, and return its uid."""
    uid = new_uid(work.now)
    work.connection.execute(
        insert(User).values(
            uid=uid,
            person_id=person_id,
            email=address,
            password=password_hash,
            active=True,
            fs_uniquifier=random_bytes(32).hex(),
            created_at=work.recorded_at,
            first_password_until=first_password_until,
        )
    )
    return uid


def end_log_ins(work: Work, user_id: int, *, uids: Collection[str] | None = None) -> tuple[str, ...]:
    """End these log-ins of a user, or all of them; give the uids of those that were still open."""
    wanted = [LogIn.user_id == user_id, LogIn.ended_at.is_(None)]
    if uids is not None:
        wanted.append(LogIn.uid.in_(sorted(uids)))
    open_ones = tuple(work.connection.execute(select(LogIn.uid).where(*wanted).order_by(LogIn.id)).scalars())
    work.connection.execute(update(LogIn).where(*wanted).values(ended_at=work.recorded_at))
    return open_ones
