"""Which unusual number of needles or cartridges was asked about, and what was answered?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, in_clinic
from stockroom.vocabulary import RatioKind


class RatioAnswer(OfClinic, Base):
    """An answer that was given when a session was finished.  Append-only."""

    __tablename__ = "ratio_answer"
    session_id: Mapped[int] = mapped_column(Identity)
    kind: Mapped[str] = mapped_column(Text)
    counted: Mapped[int] = mapped_column(Integer)
    usual: Mapped[int] = mapped_column(Integer)
    """The least or the most that would not have been asked about."""
    answer: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        in_clinic("session_id", "treatment_session"),
        one_of("kind", RatioKind),
        CheckConstraint("answer <> ''", name="is_answered"),
        CheckConstraint("counted >= 0 AND usual >= 0", name="counts_not_negative"),
        Index("ix_ratio_answer_session", "clinic_id", "session_id"),
    )
