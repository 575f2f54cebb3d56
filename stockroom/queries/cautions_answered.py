"""Which cautions were answered in a session, by whom, and why did they go on?"""

from __future__ import annotations

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
    rows = connection.execute(
        select(
            CautionAnswer.word,
            CautionAnswer.reason,
            Person.name.label("answered_by"),
            CautionAnswer.answered_at,
        )
        .join(Person, Person.id == CautionAnswer.answered_by_id)
        .where(CautionAnswer.clinic_id == clinic_id, CautionAnswer.session_id == session_id)
        .order_by(CautionAnswer.id)
    )
    return tuple(dict.fromkeys(CautionAnswered(**row._mapping) for row in rows))
