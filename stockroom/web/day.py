"""Which day does a page show, and when does it begin and end on the clinic's wall?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request

from stockroom.web.formats import today_here, zone_of_page


@dataclass(frozen=True, kw_only=True)
class Day:
    """A civil day in the clinic of the page."""

    on: date
    begins_at: datetime
    ends_at: datetime

    @property
    def before(self) -> date:
        return self.on - timedelta(days=1)

    @property
    def after(self) -> date:
        return self.on + timedelta(days=1)

    @property
    def is_today(self) -> bool:
        return self.on == today_here()


def asked_day() -> Day:
    """The day that the address asks for (`?day=YYYY-MM-DD`); today where it asks for none, or for nonsense."""
    try:
        on = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        on = today_here()
    if not 2000 <= on.year < 9000:
        on = today_here()
    return Day(on=on, begins_at=_midnight(on), ends_at=_midnight(on + timedelta(days=1)))


def _midnight(on: date) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(zone_of_page())).astimezone(UTC)


def instant_here(on: date, at: time) -> datetime:
    """The instant of a time of day on the clinic's wall; of a time that a clock change repeats the first."""
    return datetime.combine(on, at, ZoneInfo(zone_of_page())).astimezone(UTC)
