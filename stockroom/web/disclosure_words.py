"""How is said who was shown something of a patient, what for, and where?  The same on screen, paper and in files."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from flask_babel import gettext

from stockroom.queries.disclosures import DisclosureRow
from stockroom.web.formats import NOTHING, show_wall, show_word


def disclosed_words() -> str:
    """What counts as one."""
    return gettext(
        "One line a person, purpose, page and hour; the same page looked at again within it is one."
    )


def time_words(row: DisclosureRow) -> str:
    """When, on the wall of the clinic where she was shown."""
    return show_wall(row.at.astimezone(ZoneInfo(row.time_zone)))


def person_words(row: DisclosureRow) -> str:
    """Who, and as what."""
    if not row.person:
        return gettext("whoever runs the server")
    roles = ", ".join(map(show_word, row.roles))
    return f"{row.person} ({roles})" if roles else row.person


def purpose_words(row: DisclosureRow) -> str:
    """What for."""
    return show_word(row.purpose) if row.purpose else gettext("daily work")


def page_words(row: DisclosureRow) -> str:
    """Where."""
    return show_word(row.page) if row.page else NOTHING
