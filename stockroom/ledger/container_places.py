"""Where does it lie what is opened?  In a place of its own, named by the code that is written on it."""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.db.built_once import adding_one
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.models import Location
from stockroom.vocabulary import LocationKind


@dataclass(frozen=True, kw_only=True)
class ContainerPlace:
    """The ledger's location of one opened container."""

    id: int
    uid: str
    short_code: str


def new_container_place(work: Work, short_code: str) -> ContainerPlace:
    """Insert the place of a container that is opened now."""
    uid = new_uid(work.now)
    location_id = work.connection.execute(
        adding_one(Location),
        {
            "uid": uid,
            "clinic_id": work.clinic_id,
            "kind": LocationKind.CONTAINER,
            "name": short_code,
            "short_code": short_code,
            "created_at": work.recorded_at,
            "updated_at": work.recorded_at,
        },
    ).scalar_one()
    return ContainerPlace(id=location_id, uid=uid, short_code=short_code)
