"""Who printed a paper, and when?  One line that stands on what leaves on paper."""

from __future__ import annotations

from flask_babel import gettext

from stockroom.access.acting import present
from stockroom.web.labels_view import acting_name
from stockroom.web.record_words import at_wall


def printed_by() -> str:
    """The reader's name and the present time."""
    return gettext("Printed by %(name)s, %(at)s", name=acting_name(), at=at_wall(present()))
