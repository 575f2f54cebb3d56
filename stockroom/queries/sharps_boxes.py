"""Which sharps boxes stand open, wait to be collected, or are gone, and which must be closed?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import Location, Person, SharpsBox
from stockroom.queries.paging import is_uid

GONE_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SharpsBoxRow:
    """A box with everybody who did something with it."""

    uid: str
    short_code: str
    room_uid: str
    room: str
    waste_stream: str
    opened_at: datetime
    opened_by: str
    close_by_on: date
    closed_at: datetime | None
    closed_by: str | None
    close_reason: str | None
    collected_at: datetime | None
    collected_by: str | None
    collection_note: str


def sharps_boxes(connection: Connection, clinic_id: int) -> tuple[SharpsBoxRow, ...]:
    """Give the boxes that are not collected, those to be closed first; one statement."""
    waiting = _boxes(clinic_id).where(SharpsBox.collected_at.is_(None))
    rows = connection.execute(
        waiting.order_by(SharpsBox.closed_at.is_not(None), SharpsBox.close_by_on, SharpsBox.id)
    )
    return tuple(SharpsBoxRow(**row._mapping) for row in rows)


def sharps_box(connection: Connection, clinic_id: int, *, uid: str) -> SharpsBoxRow | None:
    """Give one box, whatever became of it; None where there is none with this id.  One statement, or none."""
    if not is_uid(uid):
        return None
    row = connection.execute(_boxes(clinic_id).where(SharpsBox.uid == uid)).first()
    return None if row is None else SharpsBoxRow(**row._mapping)


def sharps_boxes_gone(
    connection: Connection, clinic_id: int, *, limit: int = GONE_SHOWN
) -> tuple[SharpsBoxRow, ...]:
    """Give the boxes that were collected, the newest first; one statement."""
    gone = _boxes(clinic_id).where(SharpsBox.collected_at.is_not(None))
    rows = connection.execute(gone.order_by(SharpsBox.collected_at.desc(), SharpsBox.id.desc()).limit(limit))
    return tuple(SharpsBoxRow(**row._mapping) for row in rows)


def sharps_boxes_due(connection: Connection, clinic_id: int, *, today: date) -> tuple[SharpsBoxRow, ...]:
    """Give the open boxes whose last day is today or over; one statement."""
    due = _boxes(clinic_id).where(SharpsBox.closed_at.is_(None), SharpsBox.close_by_on <= today)
    rows = connection.execute(due.order_by(SharpsBox.close_by_on, SharpsBox.id))
    return tuple(SharpsBoxRow(**row._mapping) for row in rows)


def _boxes(clinic_id: int) -> Any:
    closer, collector = aliased(Person), aliased(Person)
    return (
        select(
            SharpsBox.uid,
            SharpsBox.short_code,
            Location.uid.label("room_uid"),
            Location.name.label("room"),
            SharpsBox.waste_stream,
            SharpsBox.opened_at,
            Person.name.label("opened_by"),
            SharpsBox.close_by_on,
            SharpsBox.closed_at,
            closer.name.label("closed_by"),
            SharpsBox.close_reason,
            SharpsBox.collected_at,
            collector.name.label("collected_by"),
            SharpsBox.collection_note,
        )
        .join(Location, and_(Location.clinic_id == SharpsBox.clinic_id, Location.id == SharpsBox.room_id))
        .join(Person, Person.id == SharpsBox.opened_by_id)
        .outerjoin(closer, closer.id == SharpsBox.closed_by_id)
        .outerjoin(collector, collector.id == SharpsBox.collected_by_id)
        .where(SharpsBox.clinic_id == clinic_id)
    )
