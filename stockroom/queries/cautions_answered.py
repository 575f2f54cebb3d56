"""Which cautions were answered in a session, by whom, and why did they go on?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import CautionAnswer, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class CautionAnswered:
    """An answer; of several questions that one act answered it stands once."""

    word: str
    """The rule, or the act to which nobody authorised who answered."""
    reason: str
    answered_by: str
    answered_at: datetime


def cautions_answered(connection: Connection, clinic_id: int, session_id: int) -> tuple[CautionAnswered, ...]:
    """Give what is not asked again in a session, in the order in which it was answered; one statement."""
    return answered_in(connection, clinic_id, [session_id]).get(session_id, ())


def answered_in(
    connection: Connection, clinic_id: int, session_ids: Collection[int]
) -> dict[int, tuple[CautionAnswered, ...]]:
    """The same of several sessions, by their ids; those in which nothing was answered are left out."""
    rows = connection.execute(
        select(
            CautionAnswer.session_id,
            CautionAnswer.word,
            CautionAnswer.reason,
            Person.name.label("answered_by"),
            CautionAnswer.answered_at,
        )
        .join(Person, Person.id == CautionAnswer.answered_by_id)
        .where(CautionAnswer.clinic_id == clinic_id, CautionAnswer.session_id.in_(session_ids))
        .order_by(CautionAnswer.id)
    )
    found: dict[int, dict[CautionAnswered, None]] = {}
    for row in rows:
        said = {name: value for name, value in row._mapping.items() if name != "session_id"}
        found.setdefault(row.session_id, {})[CautionAnswered(**said)] = None
    return {session_id: tuple(said) for session_id, said in found.items()}
