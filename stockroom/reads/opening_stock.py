"""May a clinic still bring forward what it had before its books began, and as of when?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from stockroom.errors import Conflict, extracted
from stockroom.models import Movement
from stockroom.vocabulary import MovementKind

_OF_OPENING_STOCK = (MovementKind.BRING_FORWARD, MovementKind.REVERSE, MovementKind.CORRECT)


@dataclass(eq=False, kw_only=True)
class BooksUnderWay(Conflict):
    """Goods have come, gone or moved already: opening stock would no longer be what was there before."""

    code: ClassVar[str] = "books_under_way"
    message: ClassVar[str] = extracted(
        "Goods were already booked in this clinic ({kind}), so opening stock is closed. "
        "Count the place instead: what is found there is booked with its reason."
    )
    kind: str


def require_nothing_moved(connection: Connection, clinic_id: int) -> None:
    """Raise BooksUnderWay when something else than opening stock was booked in a clinic."""
    other = (
        select(Movement.kind)
        .where(Movement.clinic_id == clinic_id, Movement.kind.not_in(_OF_OPENING_STOCK))
        .limit(1)
    )
    kind = connection.execute(other).scalar_one_or_none()
    if kind is not None:
        raise BooksUnderWay(kind=kind)


def books_begin_at(clinic: Row[Any]) -> datetime:
    """Give the first instant of the day on which a clinic's books begin; `clinic` is its row."""
    return datetime.combine(clinic.books_begin_on, time(), tzinfo=ZoneInfo(clinic.time_zone)).astimezone(UTC)
