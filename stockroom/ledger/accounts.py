"""Which is the clinic's one account of a virtual kind?"""

from __future__ import annotations

from sqlalchemy import select

from stockroom.db.transaction import Work
from stockroom.models import Location
from stockroom.vocabulary import LocationKind


def accounts(work: Work, *kinds: LocationKind) -> dict[LocationKind, int]:
    """Give the ids of the clinic's virtual accounts of these kinds, in one statement."""
    rows = work.connection.execute(
        select(Location.kind, Location.id).where(
            Location.clinic_id == work.clinic_id, Location.kind.in_(kinds)
        )
    )
    return {LocationKind(row.kind): row.id for row in rows}
