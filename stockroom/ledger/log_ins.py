"""How does a log-in come to be, and how does it end?

It ends by its row, so that the cookie in the browser, and every copy of it, opens nothing more.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.transaction import Work
from stockroom.errors import ThingNotFound
from stockroom.models import LogIn, SignOn, Tablet, User
from stockroom.vocabulary import SignOnWay

KEPT = timedelta(days=90)
"""How long the row of a log-in is kept; who logged in when stands in the journal for good."""
DEVICE_LENGTH_MAX = 200


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


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """The browser in which a log-in begins."""

    token_hash: str
    """Of the random token in its cookie."""
    device: str
    """What it says of itself."""
    address: str
    """The network address; in the row, for its owner to recognise, and in no journal."""


def begin_log_in(work: Work, user_id: int, beginning: Beginning) -> str:
    """Begin a log-in and return its uid; rows of log-ins that are long over go.

    Its times are the clock's and not the books': it is to end by the clock, also by one that stepped back.
    """
    work.connection.execute(delete(LogIn).where(LogIn.began_at < work.asked_at - KEPT))
    uid = new_uid(work.now)
    work.connection.execute(
        insert(LogIn).values(
            uid=uid,
            user_id=user_id,
            token_hash=beginning.token_hash,
            device=beginning.device[:DEVICE_LENGTH_MAX],
            address=beginning.address,
            began_at=work.asked_at,
            last_seen_at=work.asked_at,
        )
    )
    return uid


def begin_at_tablet(work: Work, log_in_uid: str, tablet_uid: str, way: SignOnWay) -> tuple[str, ...]:
    """Make a log-in one of a tablet; whoever was signed on there is so no more: give the uids of those log-ins.

    Raises ThingNotFound for a tablet that is revoked or of nobody's.
    """
    tablet = work.connection.execute(
        select(Tablet.id).where(Tablet.uid == tablet_uid, Tablet.revoked_at.is_(None))
    ).first()
    if tablet is None:
        raise ThingNotFound(thing="tablet", uid=tablet_uid[:40])
    ended = end_at_tablet(work, tablet.id)
    log_in_id = work.connection.execute(select(LogIn.id).where(LogIn.uid == log_in_uid)).scalar_one()
    work.connection.execute(insert(SignOn).values(log_in_id=log_in_id, tablet_id=tablet.id, way=way.value))
    return ended


def end_at_tablet(work: Work, tablet_id: int) -> tuple[str, ...]:
    """End the log-ins at a tablet; give the uids of those that were still open."""
    here = select(SignOn.log_in_id).where(SignOn.tablet_id == tablet_id)
    wanted = (LogIn.id.in_(here), LogIn.ended_at.is_(None))
    open_ones = tuple(work.connection.execute(select(LogIn.uid).where(*wanted).order_by(LogIn.id)).scalars())
    if open_ones:
        work.connection.execute(update(LogIn).where(*wanted).values(ended_at=work.recorded_at))
    return open_ones


def end_log_ins(work: Work, user_id: int, *, uids: Collection[str] | None = None) -> tuple[str, ...]:
    """End these log-ins of a user, or all of them; give the uids of those that were still open."""
    wanted = [LogIn.user_id == user_id, LogIn.ended_at.is_(None)]
    if uids is not None:
        wanted.append(LogIn.uid.in_(sorted(uids)))
    open_ones = tuple(work.connection.execute(select(LogIn.uid).where(*wanted).order_by(LogIn.id)).scalars())
    work.connection.execute(update(LogIn).where(*wanted).values(ended_at=work.recorded_at))
    return open_ones
