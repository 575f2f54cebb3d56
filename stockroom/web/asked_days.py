"""Of which days does the address of a report ask?  From a first through a last one, by the clinic's calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import request

from stockroom.web.formats import today_here, zone_of_page


@dataclass(frozen=True, kw_only=True)
class AskedDays:
    """The first and the last day, both included."""

    since: date
    until: date

    @property
    def since_at(self) -> datetime:
        """The first instant of the first day."""
        return _midnight(self.since)

    @property
    def until_at(self) -> datetime:
        """The first instant after the last day."""
        return _midnight(self.until + timedelta(days=1))


def asked_days() -> AskedDays:
    """Give what `since` and `until` say; whatever is no day is as if it were not there: a year, through today."""
    until = _day("until") or today_here()
    since = _day("since") or date(until.year - 1, until.month, 1)
    return AskedDays(since=min(since, until), until=until)


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2200, 1, 1) else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone_of_page())).astimezone(UTC)
