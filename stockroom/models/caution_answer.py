"""Which caution was somebody asked about before an act, and what did he or she answer?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import OfClinic, in_clinic


class CautionAnswer(OfClinic, Base):
    """Why it is done all the same; in a session it is not asked again of whoever answered.  Append-only."""

    __tablename__ = "caution_answer"
    session_id: Mapped[int | None] = mapped_column(Identity)
    """None where the act is in no session, such as a receipt."""
    word: Mapped[str] = mapped_column(Text)
    """The rule, or the act to which nobody authorised who answered."""
    about: Mapped[str] = mapped_column(Text)
    """A keyed digest of the very facts that were asked about: which flag spoke is medical (L14)."""
    reason: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        in_clinic("session_id", "treatment_session"),
        CheckConstraint("reason <> ''", name="is_answered"),
        Index("ix_caution_answer_session", "clinic_id", "session_id"),
    )
