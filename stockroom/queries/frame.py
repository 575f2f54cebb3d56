"""What does every page's frame show of its reader: the name, and how much waits?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from stockroom.models import Alert, Person


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Who is signed in, and how many alerts of the clinic are open."""

    person_name: str
    open_alert_count: int


_FRAME = select(
    Person.name,
    select(func.count())
    .select_from(Alert)
    .where(Alert.clinic_id == bindparam("clinic"), Alert.resolved_at.is_(None))
    .scalar_subquery(),
).where(Person.id == bindparam("person"))


def frame_of(connection: Connection, clinic_id: int, *, person_id: int) -> Frame:
    """Give what the frame of a page shows; one statement."""
    name, count = connection.execute(_FRAME, {"clinic": clinic_id, "person": person_id}).one()
    return Frame(person_name=name, open_alert_count=count)
