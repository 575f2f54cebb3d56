"""Where does an opened container stand, and which movement opened it?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, and_, select

from stockroom.models import Line, Location, Movement, Placing
from stockroom.vocabulary import SHELF_KINDS


def stands_where(connection: Connection, clinic_id: int, container_id: int) -> Row[Any]:
    """Give (id, uid) of the place where a container, by its location id, was put last."""
    row: Any = connection.execute(
        select(Location.id, Location.uid)
        .join(Placing, and_(Placing.clinic_id == Location.clinic_id, Placing.location_id == Location.id))
        .where(Placing.clinic_id == clinic_id, Placing.container_id == container_id)
        .order_by(Placing.placed_at.desc(), Placing.id.desc())
        .limit(1)
    ).one()
    found: Row[Any] = row
    return found


def opening_of(connection: Connection, clinic_id: int, container_id: int) -> Row[Any]:
    """Give (id, uid) of the movement by which a container was filled from its shelf, as it is booked now."""
    row: Any = connection.execute(
        select(Movement.id, Movement.uid)
        .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.from_id))
        .where(
            Line.clinic_id == clinic_id,
            Line.to_id == container_id,
            Line.reverses_line_id.is_(None),
            Location.kind.in_(SHELF_KINDS),
        )
        .order_by(Movement.id.desc())
        .limit(1)
    ).one()
    found: Row[Any] = row
    return found
