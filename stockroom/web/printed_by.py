"""Who printed a paper, and when?  One line that stands on what leaves on paper."""

from __future__ import annotations

from flask_babel import gettext
from sqlalchemy import select

from stockroom.access.acting import acting, installation, present
from stockroom.models import Person
from stockroom.web.record_words import at_wall


def printed_by() -> str:
    """The reader's name and the present time."""
    with installation().reading() as connection:
        name = connection.execute(select(Person.name).where(Person.id == acting().person_id)).scalar_one()
    return gettext("Printed by %(name)s, %(at)s", name=name, at=at_wall(present()))
