"""Who treats in a session, and in which room?  What an entrance names by uid, as ids."""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.errors import InvalidValue
from stockroom.models import Location, Person
from stockroom.reads.finding import one_by_uid
from stockroom.rules.planning import Seat
from stockroom.vocabulary import SHELF_KINDS


def seat(
    connection: Connection, clinic_id: int, *, practitioner_uid: str | None, room_uid: str | None
) -> Seat:
    """Look both up, in a statement each.  Raises ThingNotFound, InvalidValue for a place that is no room."""
    practitioner_id = room_id = None
    if practitioner_uid is not None:
        practitioner_id = one_by_uid(connection, Person, practitioner_uid, thing="practitioner").id
    if room_uid is not None:
        room = one_by_uid(connection, Location, room_uid, thing="room", clinic_id=clinic_id)
        if room.kind not in SHELF_KINDS:
            raise InvalidValue(field="room_uid", problem="a session takes place in a room")
        room_id = room.id
    return Seat(practitioner_id=practitioner_id, room_id=room_id)
