"""May a lot be used now where it lies, and if not, why not?"""

from __future__ import annotations

from collections.abc import Collection
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

    @property
    def is_kept(self) -> bool:
        """True for what was made or opened for one patient and is stopped by nothing else."""
        return self.rules == (Rule.OTHER_PATIENT,)


def standings_of_lot(
    connection: Connection, clinic_id: int, *, lot_uid: str, now: datetime
) -> dict[str, Standing]:
    """Give what stops a lot at each place where some of it lies, by the place's uid; five statements at most."""
    return standings_of_lots(connection, clinic_id, lot_uids=(lot_uid,), now=now).get(lot_uid, {})


def standings_of_lots(
    connection: Connection, clinic_id: int, *, lot_uids: Collection[str], now: datetime
) -> dict[str, dict[str, Standing]]:
    """Give the same of several lots, by the lot's uid and then the place's; five statements at most, none for no lot.

    A lot of which nothing is left is left out.
    """
    if not lot_uids:
        return {}
    named = select(Lot.id).where(Lot.clinic_id == clinic_id, Lot.uid.in_(lot_uids))
    lot_ids = list(connection.execute(named).scalars())
    if not lot_ids:
        return {}
    found = things(connection, clinic_id, Where(lot_ids=lot_ids))
    today = today_in(connection, clinic_id, now)
    ids = [each.location_id for each in found]
    places = select(Location.id, Location.uid).where(Location.clinic_id == clinic_id, Location.id.in_(ids))
    uids = {row.id: row.uid for row in connection.execute(places)}
    standings: dict[str, dict[str, Standing]] = {}
    for each in found:
        rules = broken_rules(each, now=now, today=today, purpose=Purpose.ALLOCATE)
        standings.setdefault(each.lot_uid, {})[uids[each.location_id]] = Standing(
            location_uid=uids[each.location_id],
            rules=tuple(broken.rule for broken in rules),
            hold_reasons=each.hold_reasons,
        )
    return standings


def stops_of_lots(
    connection: Connection, clinic_id: int, *, lot_uids: Collection[str], now: datetime
) -> dict[str, tuple[Rule, ...]]:
    """Give what stops lots over all their places, by the lot's uid; the statements of `standings_of_lots`."""
    return {
        lot_uid: tuple(dict.fromkeys(rule for standing in here.values() for rule in standing.rules))
        for lot_uid, here in standings_of_lots(connection, clinic_id, lot_uids=lot_uids, now=now).items()
    }
