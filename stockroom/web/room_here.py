"""In which room is this scanned, and what follows from where a thing lies?"""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import Connection

from stockroom.access.acting import acting
from stockroom.access.tablets import tablet_here
from stockroom.reads.tablets import room_of
from stockroom.rules.scanning import Room
from stockroom.rules.usability import Thing
from stockroom.web.forms import say


def room_here(connection: Connection) -> Room | None:
    """The room of the tablet that sent this request, with what lies there; None at any other device."""
    tablet = tablet_here()
    if tablet is None:
        return None
    return room_of(connection, acting().clinic_id, tablet.room_id, name=tablet.room_name)


def say_where_from(thing: Thing | None, room: Room | None) -> None:
    """Say on the next page that something sealed was booked from elsewhere than the room; nothing otherwise."""
    if room is None or thing is None or thing.is_opened or room.holds(thing):
        return
    say(
        gettext(
            "Booked from %(place)s: nothing of this lot lies in %(room)s.",
            place=thing.location_name,
            room=room.name,
        ),
        loudness="warning",
    )
