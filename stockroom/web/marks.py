"""Which word stands beside an expiry, and how loud is it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask import Flask
from flask_babel import gettext, ngettext

from stockroom.access.acting import present
from stockroom.web.formats import today_here
from stockroom.web.spans import show_span

SOON = timedelta(days=60)
VERY_SOON = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A word beside a date, and how loud it is."""

    word: str
    loudness: str
    """Of Bootstrap's: danger or warning."""


def day_mark(expires_on: date | None, today: date) -> Mark | None:
    """Say what is to be known of a printed expiry today; a lot is good through the end of its day."""
    if expires_on is None or expires_on > today + SOON:
        return None
    if expires_on < today:
        return Mark(word=gettext("expired"), loudness="danger")
    days = (expires_on - today).days
    return Mark(
        word=gettext("today") if days == 0 else ngettext("in %(num)s day", "in %(num)s days", days),
        loudness="warning",
    )


def instant_mark(limit: datetime | None, at: datetime) -> Mark | None:
    """Say what is to be known at `at` of the instant from which a thing may not be used."""
    if limit is None or limit > at + VERY_SOON:
        return None
    if limit <= at:
        return Mark(word=gettext("time is over"), loudness="danger")
    hours, minutes = divmod(int((limit - at).total_seconds()) // 60, 60)
    word = gettext("%(hours)s h %(minutes)s min left", hours=hours, minutes=f"{minutes:02d}")
    return Mark(word=word, loudness="warning")


def register_marks(app: Flask) -> None:
    """Make the marks filters of every template."""
    app.jinja_env.filters["day_mark"] = lambda day: day_mark(day, today_here())
    app.jinja_env.filters["instant_mark"] = lambda limit: instant_mark(limit, present())
    app.jinja_env.filters["span"] = show_span
