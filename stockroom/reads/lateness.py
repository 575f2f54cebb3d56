"""Which rules does it break that something is written down only now?  Never refused: each is a deviation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from stockroom.reads.closed_periods import is_closed
from stockroom.reads.settings import settings_of
from stockroom.rules.lateness import is_beyond_window
from stockroom.vocabulary import Rule


def broken_by_lateness(
    connection: Connection, clinic_id: int, happened_at: datetime, *, now: datetime
) -> tuple[Rule, ...]:
    """Give the rules that an act of `happened_at` breaks by being recorded at `now`; two statements.

    The books of that time may be closed, and the clinic's window for late entry over.
    """
    rules = []
    if is_closed(connection, clinic_id, happened_at):
        rules.append(Rule.PERIOD_CLOSED)
    hours = settings_of(connection, clinic_id).late_entry_hours
    if is_beyond_window(happened_at, now=now, hours=hours):
        rules.append(Rule.BEYOND_WINDOW)
    return tuple(rules)
