"""Which places of this clinic are meant, and may goods lie there?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, select

from stockroom.errors import Refused, extracted
from stockroom.models import Location
from stockroom.reads.finding import many_by_uid
from stockroom.vocabulary import SHELF_KINDS, LocationKind


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


@dataclass(eq=False, kw_only=True)
class LocationNameTaken(Refused):
    """Another place of the clinic has this name."""

    code: ClassVar[str] = "location_name_taken"
    message: ClassVar[str] = extracted("There is a place called {name} already. Give this one another name.")
    name: str


def name_is_taken(connection: Connection, clinic_id: int, name: str, *, but: int = 0) -> bool:
    """Answer whether a place of the clinic other than `but`, open or closed, has this name."""
    taken = select(Location.id).where(
        Location.clinic_id == clinic_id,
        Location.name == name,
        Location.kind != LocationKind.CONTAINER,
        Location.id != but,
    )
    return connection.execute(taken).first() is not None


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
