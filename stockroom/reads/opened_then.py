"""What did an opening break that has already happened, by what was true then?  Nothing stops it any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from stockroom.clock import civil_date
from stockroom.ledger.deviations import Broke
from stockroom.reads.beginnings import broken_by_dating
from stockroom.reads.lateness import broken_by_lateness
from stockroom.reads.things_then import things_then
from stockroom.rules.usability import Purpose, Thing, broken_rules


def opened_against(
    connection: Connection, clinic_id: int, thing: Thing, *, at: datetime, now: datetime, zone: str
) -> tuple[Broke, ...]:
    """Give the rules that opening `thing` broke at an instant, and those of writing it down only `now`."""
    then = things_then(connection, clinic_id, [thing], at=at, zone=zone)
    was = then[thing.lot_id, thing.location_id]
    broken = broken_rules(was, now=at, today=civil_date(at, zone), purpose=Purpose.OPEN)
    rules = [each.rule for each in broken]
    rules += broken_by_lateness(connection, clinic_id, at, now=now)
    rules += [rule for rule, _ in broken_by_dating(connection, clinic_id, [was], at=at)]
    return tuple(Broke(rule=rule, lot_id=thing.lot_id) for rule in rules)
