"""How is it written down where an opened container stands?  A row each time it is put somewhere; none is changed."""

from __future__ import annotations

from datetime import datetime

from stockroom.db.built_once import adding
from stockroom.db.transaction import Work
from stockroom.models import Placing


def write_placing(work: Work, container_id: int, location_id: int, *, placed_at: datetime) -> None:
    """Write that a container (by its location id) stands at this place from `placed_at` on."""
    work.connection.execute(
        adding(Placing),
        {
            "clinic_id": work.clinic_id,
            "container_id": container_id,
            "location_id": location_id,
            "placed_at": placed_at,
            "recorded_at": work.recorded_at,
            "placed_by_id": work.actor.person_id,
        },
    )
