"""Which places, and which other accounts of the ledger, does a clinic have?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from stockroom.errors import ThingNotFound
from stockroom.models import Location
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.vocabulary import SHELF_KINDS, LocationKind


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
    shelves = _of_clinic(clinic_id).where(Location.kind.in_(sorted(SHELF_KINDS)))
    return tuple(LocationRow(**row._mapping) for row in connection.execute(shelves.order_by(Location.name)))


def accounts(
    connection: Connection,
    clinic_id: int,
    *,
    kind: LocationKind | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[LocationRow]:
    """Give the clinic's places and virtual accounts but no containers; one statement.

    Raises CursorUnreadable.
    """
    statement = _of_clinic(clinic_id).where(Location.kind != LocationKind.CONTAINER)
    if kind is not None:
        statement = statement.where(Location.kind == kind)
    return page_of(
        connection, statement, Location, lambda row: LocationRow(**row._mapping), after=after, limit=limit
    )


def account(connection: Connection, clinic_id: int, *, uid: str) -> LocationRow:
    """Give one place or virtual account; one statement.  Raises ThingNotFound."""
    is_it = _of_clinic(clinic_id).where(Location.uid == uid, Location.kind != LocationKind.CONTAINER)
    found = connection.execute(is_it).first() if is_uid(uid) else None
    if found is None:
        raise ThingNotFound(thing="place", uid=uid[:40])
    return LocationRow(**found._mapping)


def _of_clinic(clinic_id: int) -> Any:
    columns: list[Any] = [getattr(Location, name) for name in LocationRow.__dataclass_fields__]
    return select(*columns).where(Location.clinic_id == clinic_id)
