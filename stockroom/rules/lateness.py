"""Is something written down later than the clinic lets things wait?"""

from __future__ import annotations

from datetime import datetime, timedelta


def is_beyond_window(happened_at: datetime, *, now: datetime, hours: int) -> bool:
    """True when more than `hours` lie between what happened and `now`; exactly so many are within."""
    return now - happened_at > timedelta(hours=hours)
