"""May a lot be used now where it lies, and if not, why not?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import Location, Lot
from stockroom.queries.clinic_day import today_in
from stockroom.reads.things import Where, things
from stockroom.rules.usability import Purpose, broken_rules
from stockroom.vocabulary import HoldReason, Rule


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stops a lot at one place from being used; nothing when it is usable there."""

    location_uid: str
    rules: tuple[Rule, ...]
    """The gravest first."""
    hold_reasons: tuple[HoldReason, ...]


def standings_of_lot(
    connection: Connection, clinic_id: int, *, lot_uid: str, now: datetime
) -> dict[str, Standing]:
    """Give what stops a lot at each place where some of it lies, by the place's uid; five statements at most."""
    lot_id = connection.execute(
        select(Lot.id).where(Lot.clinic_id == clinic_id, Lot.uid == lot_uid)
    ).scalar_one_or_none()
    if lot_id is None:
        return {}
    found = things(connection, clinic_id, Where(lot_ids=[lot_id]))
    today = today_in(connection, clinic_id, now)
    ids = [each.location_id for each in found]
    places = select(Location.id, Location.uid).where(Location.clinic_id == clinic_id, Location.id.in_(ids))
    uids = {row.id: row.uid for row in connection.execute(places)}
    return {
        uids[each.location_id]: Standing(
            location_uid=uids[each.location_id],
            rules=tuple(
                broken.rule for broken in broken_rules(each, now=now, today=today, purpose=Purpose.ALLOCATE)
            ),
            hold_reasons=each.hold_reasons,
        )
        for each in found
    }
