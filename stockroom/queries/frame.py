"""What does every page's frame show of its reader: the name, and how much waits?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from stockroom.models import Person
from stockroom.queries.standing_alerts import open_count
from stockroom.vocabulary import Role


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Who is signed in, and how many open alerts concern her."""

    person_name: str
    open_alert_count: int


@cache
def _frame(roles: frozenset[Role]) -> Select[Any]:
    return select(Person.name, open_count(roles).scalar_subquery()).where(Person.id == bindparam("person"))


def frame_of(
    connection: Connection, clinic_id: int, *, person_id: int, roles: frozenset[Role], now: datetime
) -> Frame:
    """Give what the frame of a page shows; one statement."""
    asked = {"clinic": clinic_id, "person": person_id, "now": now}
    name, count = connection.execute(_frame(roles), asked).one()
    return Frame(person_name=name, open_alert_count=count)
