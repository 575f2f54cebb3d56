"""Up to which entry was a journal read by somebody, and what was said of it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.db.transaction import OF_ORGANISATION
from stockroom.models import JournalHead, JournalReview, OrganisationHead, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRow:
    """One stretch that somebody signed off."""

    uid: str
    stream: str
    first_seq: int
    through_seq: int
    through_hash: str
    comment: str
    reviewed_by: str
    reviewed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ToReview:
    """What nobody has signed off yet."""

    first_seq: int
    through_seq: int
    through_hash: str

    @property
    def count(self) -> int:
        return self.through_seq - self.first_seq + 1


def reviews(
    connection: Connection, clinic_id: int, *, stream: str | None = None, limit: int = 50
) -> tuple[ReviewRow, ...]:
    """Give the newest reviews of a clinic's journals, of one of them or of all; one statement."""
    statement = (
        select(
            JournalReview.uid,
            JournalReview.stream,
            JournalReview.first_seq,
            JournalReview.through_seq,
            JournalReview.through_hash,
            JournalReview.comment,
            Person.name.label("reviewed_by"),
            JournalReview.reviewed_at,
        )
        .join(Person, Person.id == JournalReview.reviewed_by_id)
        .where(JournalReview.clinic_id == clinic_id)
        .order_by(JournalReview.id.desc())
        .limit(limit)
    )
    if stream is not None:
        statement = statement.where(JournalReview.stream == stream)
    return tuple(ReviewRow(**row._mapping) for row in connection.execute(statement))


def to_review(connection: Connection, clinic_id: int, *, stream: str) -> ToReview:
    """Give what stands behind the newest review, through the newest entry; two statements."""
    newest = reviews(connection, clinic_id, stream=stream, limit=1)
    of_clinic = select(JournalHead.seq, JournalHead.hash).where(
        JournalHead.clinic_id == clinic_id, JournalHead.stream == stream
    )
    of_organisation = select(OrganisationHead.seq, OrganisationHead.hash)
    head = connection.execute(of_organisation if stream == OF_ORGANISATION else of_clinic).one()
    return ToReview(
        first_seq=(newest[0].through_seq if newest else 0) + 1,
        through_seq=head.seq,
        through_hash=head.hash,
    )
