"""Whose log-in does the browser's cookie name, and does it still hold?

The cookie carries a random token; the database keeps its SHA-256 in a row that can be ended there.  One
statement per request finds the row with its user.  A log-in ends by itself when it was not used for a while
(`config.Settings.log_in_idle`), and a working day after it began.
"""

from __future__ import annotations

import logging
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from flask import current_app, g, request, session
from flask_babel import gettext
from flask_security.utils import set_request_attr
from sqlalchemy import bindparam, select, update

from stockroom.access.acting import installation
from stockroom.access.bearer import token_hash
from stockroom.access.tablets import SLACK, idle_here, tablet_here
from stockroom.actor import Actor
from stockroom.clock import now
from stockroom.db.base import db
from stockroom.db.columns import UTCDateTime
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import unjournalled
from stockroom.errors import Unavailable
from stockroom.ledger.letters import Letter
from stockroom.ledger.memberships import opens
from stockroom.models import LogIn, SignOn, User
from stockroom.operations.end_log_ins import EndLogIns, end_log_ins
from stockroom.operations.note_log_in import NoteLogIn, note_log_in
from stockroom.reads.actors import system_actor

LIFE_MAX = timedelta(hours=12)
"""However busy: a working day, after which the password is asked for again."""
SEEN_TO = timedelta(minutes=1)
"""How exactly it is written down when a log-in was last seen."""
CLOCKS_APART = timedelta(minutes=2)
"""So far may the clocks of several machines be apart; a log-in that was seen later than that is one of before the
clock stepped back, and would hold too long."""
BACKGROUND = "X-Background"
"""A header by which a page says that it asked by itself: nobody is there, and the log-in grows no older."""
_TOKEN = "log_in"  # noqa: S105 - where in the cookie, not what
_log = logging.getLogger(__name__)
_FOUND = (
    select(
        User,
        LogIn.id.label("log_in_id"),
        LogIn.uid.label("log_in_uid"),
        LogIn.last_seen_at,
        SignOn.tablet_id,
        SignOn.way,
    )
    .join(LogIn, LogIn.user_id == User.id)
    .outerjoin(SignOn, SignOn.log_in_id == LogIn.id)
    .where(
        LogIn.token_hash == bindparam("hashed"),
        LogIn.ended_at.is_(None),
        LogIn.last_seen_at > bindparam("idle_since"),
        LogIn.last_seen_at < bindparam("seen_before"),
        LogIn.began_at > bindparam("began_since"),
        User.fs_uniquifier == bindparam("identity"),
        User.active,
        opens(User.id, bindparam("now", type_=UTCDateTime())),
    )
)


def has_ended(user: User) -> bool:
    """Whether every role of this log-in has ended by itself: it was an inspector's."""
    with installation().reading() as connection:
        return not connection.execute(select(opens(user.id, now()))).scalar_one()


def doorkeeper() -> Actor:
    """The installation's own principal: before the password is judged, nobody else is there."""
    with installation().reading() as connection:
        actor = system_actor(connection, device="log-in")
    return replace(actor, request_id=g.get("request_id", ""))


def draw() -> str:
    """Give the token of a new log-in."""
    return secrets.token_urlsafe(32)


def hold(token: str) -> None:
    """Let this browser's cookie hold the token, and forget whatever it held before."""
    session.clear()
    g.pop("csrf_token", None)
    session[_TOKEN] = token


def start(account: str, user: User) -> None:
    """Begin a log-in of `user` in this browser; whatever its cookie held before is forgotten."""
    token = draw()
    at = now()
    tablet = tablet_here()
    command = NoteLogIn(
        account=account,
        user_uid=user.uid,
        token_hash=token_hash(token),
        device=_device(),
        address=request.remote_addr or "",
        letter=Letter(
            subject=gettext("Stockroom: a log-in from a new device"),
            body=gettext(
                "You were logged in on %(day)s at %(time)s UTC with a device that you had not used before:\n\n"
                "%(device)s\n\nIf it was not you, change your password at once.",
                day=at.strftime("%Y-%m-%d"),
                time=at.strftime("%H:%M"),
                device=_device(),
            ),
        ),
        tablet_uid=tablet.uid if tablet is not None else None,
    )
    note_log_in(installation(), command, actor=doorkeeper(), key=f"in-{new_uid(at)}", now=at)
    hold(token)


def _device() -> str:
    return "".join(sign for sign in request.user_agent.string[:200] if sign.isprintable())


@dataclass(frozen=True, kw_only=True)
class Holding:
    """Between which instants a log-in must have been seen, and after which it must have begun, to hold now."""

    idle_since: datetime
    seen_before: datetime
    began_since: datetime


def holding_since() -> Holding:
    """Give the three instants, as of now."""
    at = now()
    return Holding(
        idle_since=at - current_app.extensions["stockroom_log_in_idle"],
        seen_before=at + CLOCKS_APART,
        began_since=at - LIFE_MAX,
    )


def user_of_cookie(identity: str) -> User | None:
    """Give the user whose log-in the cookie names, and note that it was seen; None when it holds no more."""
    token = session.get(_TOKEN)
    if not isinstance(token, str):
        return None
    at, since = now(), holding_since()
    asked = {
        "hashed": token_hash(token),
        "identity": identity,
        **asdict(since),
        "now": at,
    }
    row = db.session.execute(_FOUND, asked).one_or_none()
    db.session.close()
    if row is None or not _is_of_this_device(row.tablet_id, row.last_seen_at, at):
        session.clear()
        return None
    if at - row.last_seen_at >= _seen_to() and BACKGROUND not in request.headers:
        _note_seen(row.log_in_id, at)
    g.log_in_uid, g.sign_on_way = row.log_in_uid, row.way
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    user: User = row.User
    return user


def _is_of_this_device(tablet_id: int | None, seen_at: datetime, at: datetime) -> bool:
    """Whether a log-in is used where it was made: one of a tablet there alone, and while somebody is at it."""
    tablet = tablet_here()
    if tablet is None or tablet_id is None:
        return tablet is None and tablet_id is None
    return tablet.id == tablet_id and at - seen_at < idle_here(tablet) + SLACK


def _seen_to() -> timedelta:
    """How exactly it is written down when this log-in was last seen."""
    tablet = tablet_here()
    return SEEN_TO if tablet is None else min(SEEN_TO, idle_here(tablet) / 6)


def _note_seen(log_in_id: int, at: datetime) -> None:
    """No act, and no entry; when it cannot be written down, the log-in ends a little earlier."""
    try:
        with unjournalled(installation()) as connection:
            connection.execute(update(LogIn).where(LogIn.id == log_in_id).values(last_seen_at=at))
    except Unavailable:
        _log.warning("it could not be noted that a log-in was seen")


def end_this(user: User) -> None:
    """End the log-in of this browser; every copy of its cookie opens nothing more."""
    uid = g.pop("log_in_uid", None)
    session.pop(_TOKEN, None)
    if uid is None:
        return
    at = now()
    command = EndLogIns(user_uid=user.uid, log_in_uids=(uid,))
    end_log_ins(installation(), command, actor=doorkeeper(), key=f"out-{new_uid(at)}", now=at)
