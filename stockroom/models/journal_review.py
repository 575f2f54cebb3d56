"""Which stretches of the journals did somebody read in a clinic, and what did he or she say of them?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import OfClinic


class JournalReview(OfClinic, Base):
    """The entries from the end of the review before through a number, as they stood.  Append-only."""

    __tablename__ = "journal_review"
    stream: Mapped[str] = mapped_column(Text)
    first_seq: Mapped[int] = mapped_column(Identity)
    through_seq: Mapped[int] = mapped_column(Identity)
    through_hash: Mapped[str] = mapped_column(Text)
    """Of the last entry that was read: it stands for every one before it."""
    comment: Mapped[str] = mapped_column(Text)
    reviewed_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    reviewed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        UniqueConstraint("clinic_id", "stream", "first_seq"),
        CheckConstraint("stream IN ('changes', 'disclosures', 'organisation')", name="stream_is_a_word"),
        CheckConstraint("first_seq > 0 AND through_seq >= first_seq", name="runs_upwards"),
        CheckConstraint("comment <> ''", name="says_something"),
    )
