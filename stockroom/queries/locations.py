"""Which places does a clinic have?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import Location
from stockroom.vocabulary import SHELF_KINDS


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationRow:
    """A fridge, cupboard, room, quarantine or the like."""

    uid: str
    version: int
    kind: str
    name: str
    storage_class: str | None
    short_code: str
    closed_at: datetime | None


def locations(connection: Connection, clinic_id: int) -> tuple[LocationRow, ...]:
    """Give the places at which whole presentations lie, by name; one statement."""
    rows = connection.execute(
        select(
            Location.uid,
            Location.version,
            Location.kind,
            Location.name,
            Location.storage_class,
            Location.short_code,
            Location.closed_at,
        )
        .where(Location.clinic_id == clinic_id, Location.kind.in_(sorted(SHELF_KINDS)))
        .order_by(Location.name)
    )
    return tuple(LocationRow(**row._mapping) for row in rows)
