"""Which places of this clinic are meant, and may goods lie there?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, Row

from stockroom.errors import Refused, extracted
from stockroom.models import Location
from stockroom.reads.finding import many_by_uid
from stockroom.vocabulary import SHELF_KINDS


@dataclass(eq=False, kw_only=True)
class NotAShelf(Refused):
    """Whole presentations lie in fridges, cupboards, rooms and the like, not in this."""

    code: ClassVar[str] = "not_a_shelf"
    message: ClassVar[str] = extracted(
        "{place} is of kind {kind}: whole presentations are put into a fridge, freezer, cupboard, room, "
        "quarantine or returns. Choose one of these; an opened vial is opened here, never brought in."
    )
    place: str
    kind: str


@dataclass(eq=False, kw_only=True)
class LocationClosed(Refused):
    """Nothing is put into a place that was given up."""

    code: ClassVar[str] = "location_closed"
    message: ClassVar[str] = extracted("{place} was closed. Choose another place.")
    place: str


def shelves_by_uid(connection: Connection, clinic_id: int, uids: Iterable[str]) -> dict[str, Row[Any]]:
    """Give the places into which goods are put, by uid, in one statement.

    Raises ThingNotFound, NotAShelf, LocationClosed.
    """
    found = many_by_uid(connection, Location, uids, thing="place", clinic_id=clinic_id)
    for row in found.values():
        if row.kind not in SHELF_KINDS:
            raise NotAShelf(place=row.name, kind=row.kind)
        if row.closed_at is not None:
            raise LocationClosed(place=row.name)
    return found
