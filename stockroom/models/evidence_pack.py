"""Which evidence did somebody sign off, and what did it say?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Uid, UTCDateTime
from stockroom.models.keys import OfClinic


class EvidencePack(OfClinic, Base):
    """What was put together about one thing as the books stood at an instant, and signed.  Append-only.

    The paper is made anew from the books each time it is asked for; the digest tells whether it says the same.
    """

    __tablename__ = "evidence_pack"
    subject_kind: Mapped[str] = mapped_column(Text)
    """What it is about: trace/lot, trace/session …, recall, mock_recall."""
    subject_uid: Mapped[str] = mapped_column(Uid())
    as_of: Mapped[datetime] = mapped_column(UTCDateTime)
    """Everything that was recorded through this instant is in it, and nothing else."""
    digest: Mapped[str] = mapped_column(Text)
    """SHA-256 of what it says, without a name: what was erased since changes nothing."""
    head_seq: Mapped[int] = mapped_column(Identity)
    """The newest entry of the clinic's journal of changes when it was put together."""
    head_hash: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text)
    signed_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    entry_seq: Mapped[int] = mapped_column(Identity)
    """The number of the entry under which it was signed, which names it."""
    __table_args__ = (
        CheckConstraint("subject_kind <> '' AND comment <> ''", name="says_something"),
        CheckConstraint("length(digest) = 64 AND length(head_hash) = 64", name="digests_are_whole"),
        CheckConstraint("as_of <= signed_at", name="signed_after_it_stood"),
        CheckConstraint("head_seq > 0 AND entry_seq > head_seq", name="signed_after_its_head"),
        Index("ix_evidence_pack_subject", "clinic_id", "subject_uid"),
    )
