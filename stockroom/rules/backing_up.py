"""Is a backup missed?"""

from __future__ import annotations

from datetime import datetime, timedelta


def is_missed(last_made_at: datetime | None, *, since: datetime | None, now: datetime, hours: int) -> bool:
    """True when no backup was made for more than `hours`; where none ever was, counted from `since`.

    Nobody misses one before there is anything to count from.
    """
    newest = last_made_at or since
    return newest is not None and now - newest > timedelta(hours=hours)
