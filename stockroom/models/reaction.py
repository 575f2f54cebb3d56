"""Who reacted to a session, how, and what became of it?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import ReactionOutcome, ReactionSeverity

_AMENDS = text("amends_id IS NOT NULL")


class Reaction(OfClinic, Base):
    """An adverse reaction as somebody wrote it down.  Append-only: what changes is a further row that amends it."""

    __tablename__ = "reaction"
    session_id: Mapped[int] = mapped_column(Identity)
    amends_id: Mapped[int | None] = mapped_column(Identity)
    """The row that this one stands in the place of."""
    effect: Mapped[str] = mapped_column(Text)
    """A slug of the reference data's side effects, or `OTHER_EFFECT`."""
    severity: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str] = mapped_column(Text)
    began_at: Mapped[datetime] = mapped_column(UTCDateTime)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What else is to be said, sealed with the patient's own key."""
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    """It was written down by mistake."""
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        clinic_key(),
        in_clinic("session_id", "treatment_session"),
        in_clinic("amends_id", "reaction"),
        one_of("severity", ReactionSeverity),
        one_of("outcome", ReactionOutcome),
        Index("ix_reaction_session", "clinic_id", "session_id"),
        Index(
            "uq_reaction_amends",
            "clinic_id",
            "amends_id",
            unique=True,
            sqlite_where=_AMENDS,
            postgresql_where=_AMENDS,
        ),
    )
