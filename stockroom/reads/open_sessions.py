"""Which sessions is a cocktail for?  Named by uid, and none of them over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, Row

from stockroom.errors import Refused, extracted
from stockroom.models import TreatmentSession
from stockroom.reads.finding import many_by_uid
from stockroom.vocabulary import CLOSED_SESSION_STATES

SESSIONS_MAX = 50


@dataclass(eq=False, kw_only=True)
class SessionOver(Refused):
    """Nothing is prepared for a visit that is over."""

    code: ClassVar[str] = "session_over"
    message: ClassVar[str] = extracted(
        "Session {short_code} is {state}: nothing is prepared for it any more. Choose today's session."
    )
    short_code: str
    state: str


def open_sessions(connection: Connection, clinic_id: int, uids: Iterable[str]) -> tuple[Row[Any], ...]:
    """Give the sessions of the clinic, each once.  Raises ThingNotFound, SessionOver."""
    found = many_by_uid(connection, TreatmentSession, uids, thing="session", clinic_id=clinic_id)
    for row in found.values():
        if row.state in CLOSED_SESSION_STATES:
            raise SessionOver(short_code=row.short_code, state=row.state.replace("_", " "))
    return tuple(found.values())
