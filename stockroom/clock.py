"""What time is it?  The only reader of the clock."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """The present instant, aware and in UTC."""
    return datetime.now(UTC)


def civil_date(at: datetime, zone: str) -> date:
    """The calendar date that a wall in `zone` shows at the instant `at` (aware)."""
    return at.astimezone(ZoneInfo(zone)).date()
