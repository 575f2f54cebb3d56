"""How does somebody put a name to having read a journal?  From where the last reader stopped through an entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import CHANGES, DISCLOSURES, OF_ORGANISATION, JournalName, Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import JournalEntry, JournalReview, OrganisationEntry
from stockroom.vocabulary import Action

COMMENT_LONGEST = 2_000
_STREAMS = (CHANGES, DISCLOSURES, OF_ORGANISATION)


@dataclass(eq=False, kw_only=True)
class AlreadyReviewed(Conflict):
    """Somebody signed these entries off in the meantime."""

    code: ClassVar[str] = "already_reviewed"
    message: ClassVar[str] = extracted(
        "Nothing was signed off: this journal is reviewed through entry {through_seq} already. Load the page again "
        "and go on from there."
    )
    through_seq: int


@dataclass(eq=False, kw_only=True)
class NotAsRead(Conflict):
    """The entry that was named is not the one that stands there."""

    code: ClassVar[str] = "not_as_read"
    message: ClassVar[str] = extracted(
        "Nothing was signed off: entry {seq} is not in this journal as you read it. Load the page again, and let "
        "an administrator verify the books."
    )
    seq: int


@dataclass(frozen=True, kw_only=True)
class ReviewJournal:
    """The entries from the end of the review before through this one were read."""

    stream: str
    first_seq: int
    """The first entry that was read: the one after the review before."""
    through_seq: int
    through_hash: str
    """As it was read."""
    comment: str
    """What was looked at and found; a signature without a word says nothing."""


@dataclass(frozen=True, kw_only=True)
class JournalReviewed:
    review_uid: str
    first_seq: int
    through_seq: int


def review_journal(
    store: Store, command: ReviewJournal, *, actor: Actor, key: str, now: datetime
) -> JournalReviewed:
    """Sign off a stretch of one of the clinic's journals or of the organisation's, for good.

    Each clinic's auditors read the organisation's for themselves: one review does not stand in for another's.

    Raises AlreadyReviewed, NotAsRead, InvalidValue for an unknown journal or no comment.
    """
    return perform(
        store,
        Act(kind="journal.review", action=Action.REVIEW_JOURNAL),
        command=command,
        body=lambda work: _review(work, command),
        answer=JournalReviewed,
        actor=actor,
        key=key,
        now=now,
    )


def _review(work: Work, command: ReviewJournal) -> JournalReviewed:
    comment = command.comment.strip()
    if command.stream not in _STREAMS:
        raise InvalidValue(field="stream", problem=f"one of {', '.join(_STREAMS)}")
    if not comment or len(comment) > COMMENT_LONGEST:
        raise InvalidValue(field="comment", problem=f"what you looked at, in at most {COMMENT_LONGEST} signs")
    through = _reviewed_through(work, command.stream)
    if command.first_seq != through + 1:
        raise AlreadyReviewed(through_seq=through)
    if command.through_seq <= through or _hash_of(work, command) != command.through_hash:
        raise NotAsRead(seq=command.through_seq)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(JournalReview).values(
            uid=uid,
            clinic_id=work.clinic_id,
            stream=command.stream,
            first_seq=command.first_seq,
            through_seq=command.through_seq,
            through_hash=command.through_hash,
            comment=comment,
            reviewed_by_id=work.actor.person_id,
            reviewed_at=work.recorded_at,
        )
    )
    work.payload.update(
        review=uid,
        stream=command.stream,
        entries=[command.first_seq, command.through_seq],
        through_hash=command.through_hash,
    )
    return JournalReviewed(review_uid=uid, first_seq=command.first_seq, through_seq=command.through_seq)


def _reviewed_through(work: Work, stream: str) -> int:
    """The last entry that anybody signed off; 0 before the first."""
    newest = select(func.max(JournalReview.through_seq)).where(
        JournalReview.clinic_id == work.clinic_id, JournalReview.stream == stream
    )
    return work.connection.execute(newest).scalar_one() or 0


def _hash_of(work: Work, command: ReviewJournal) -> str | None:
    head = work.heads.get(JournalName(clinic_id=work.clinic_id, stream=command.stream))
    if head is not None and command.through_seq > head.seq:
        return None
    of_clinic = select(JournalEntry.hash).where(
        JournalEntry.clinic_id == work.clinic_id,
        JournalEntry.stream == command.stream,
        JournalEntry.seq == command.through_seq,
    )
    of_organisation = select(OrganisationEntry.hash).where(OrganisationEntry.seq == command.through_seq)
    asked = of_organisation if command.stream == OF_ORGANISATION else of_clinic
    return work.connection.execute(asked).scalar_one_or_none()
