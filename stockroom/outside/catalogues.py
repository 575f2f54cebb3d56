"""Which words does a language have?  Those of its gettext catalogue, the same as on the screens.

For what is written where no page is drawn, such as mail.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from gettext import NullTranslations
from pathlib import Path
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.support import Translations

LANGUAGE = "en"
"""The language of the screens and of the mail; a catalogue of another one goes into FOLDER."""
FOLDER = Path(__file__).resolve().parents[1] / "translations"


@cache
def words_in(language: str) -> NullTranslations:
    """Give the words of a language; English where there is no catalogue of it."""
    return Translations.load(FOLDER, [language])


def day_in(language: str, day: date) -> str:
    """Write a civil date, such as 3 Mar 2026."""
    return format_date(day, "d MMM yyyy", locale=language)


def wall_in(language: str, at: datetime, zone: str) -> str:
    """Write an instant on the wall of a zone, such as 3 Mar 2026 14:05."""
    return format_datetime(at.astimezone(ZoneInfo(zone)), "d MMM yyyy HH:mm", locale=language)
