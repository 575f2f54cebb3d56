"""Which of the instructions for before a session were followed?  Ticks, none of them taken back: a later one says so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import OfClinic, clinic_key, in_clinic


class SessionTick(OfClinic, Base):
    """That somebody said of an instruction that it was followed, or that it was not after all."""

    __tablename__ = "session_tick"
    session_id: Mapped[int] = mapped_column(Identity)
    instruction: Mapped[str] = mapped_column(Text)
    """The slug of an instruction of the reference data."""
    is_done: Mapped[bool]
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        clinic_key(),
        in_clinic("session_id", "treatment_session"),
        Index("ix_session_tick_session", "clinic_id", "session_id"),
    )
