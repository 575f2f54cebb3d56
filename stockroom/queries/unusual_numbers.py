"""Which unusual numbers of needles or cartridges were answered for in a session, and how?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import Person, RatioAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusualNumber:
    """An unusual number of needles or cartridges, and what was answered about it."""

    kind: str
    counted: int
    usual: int
    answer: str
    answered_by: str
    answered_at: datetime


def unusual_numbers(
    connection: Connection, clinic_id: int, session_ids: Collection[int]
) -> Mapping[int, list[UnusualNumber]]:
    """By session the unusual numbers of needles and cartridges, in the order of their answers."""
    found: dict[int, list[UnusualNumber]] = {}
    rows = connection.execute(
        select(
            RatioAnswer.session_id,
            RatioAnswer.kind,
            RatioAnswer.counted,
            RatioAnswer.usual,
            RatioAnswer.answer,
            Person.name.label("answered_by"),
            RatioAnswer.answered_at,
        )
        .join(Person, Person.id == RatioAnswer.answered_by_id)
        .where(RatioAnswer.clinic_id == clinic_id, RatioAnswer.session_id.in_(sorted(session_ids)))
        .order_by(RatioAnswer.id)
    )
    for row in rows:
        said = {name: value for name, value in row._mapping.items() if name != "session_id"}
        found.setdefault(row.session_id, []).append(UnusualNumber(**said))
    return found
