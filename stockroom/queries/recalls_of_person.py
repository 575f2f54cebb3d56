"""Which recalls concern a person, since when is she on their lists, and what was tried to tell her?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from stockroom.db.sealing import KeyRing
from stockroom.models import RecallAttempt, RecallCase, RecallSession
from stockroom.queries.patient_record import record_ids
from stockroom.queries.recall_contacts import AttemptRow, attempts_with_patients


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallOfPerson:
    """A recall, or an exercise of one, on whose list she is or was."""

    number: int
    title: str
    is_mock: bool
    listed_at: datetime | None
    """None: somebody tried to reach her who is on no list of it any more."""
    attempts: tuple[AttemptRow, ...]


def recalls_of_person(
    connection: Connection, keyring: KeyRing, *, uid: str, as_of: datetime
) -> tuple[RecallOfPerson, ...]:
    """Give every recall of the person whom this record means, in every clinic, the first one first.

    Raises SealBroken.
    """
    hers = record_ids(uid)
    tried = attempts_with_patients(connection, keyring, hers, as_of=as_of)
    listed_at = func.min(RecallSession.recorded_at)
    rows = connection.execute(
        select(
            RecallCase.id,
            RecallCase.number,
            RecallCase.title,
            RecallCase.is_mock,
            listed_at.label("listed_at"),
        )
        .outerjoin(
            RecallSession, (RecallSession.case_id == RecallCase.id) & RecallSession.patient_id.in_(hers)
        )
        .where(
            or_(
                RecallSession.id.is_not(None),
                RecallCase.id.in_(select(RecallAttempt.case_id).where(RecallAttempt.patient_id.in_(hers))),
            )
        )
        .group_by(RecallCase.id, RecallCase.number, RecallCase.title, RecallCase.is_mock)
        .order_by(RecallCase.number)
    )
    return tuple(
        RecallOfPerson(
            number=row.number,
            title=row.title,
            is_mock=row.is_mock,
            listed_at=row.listed_at,
            attempts=tried.get(row.id, ()),
        )
        for row in rows
    )
