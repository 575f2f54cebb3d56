"""What is promised to whom?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import AllocationState

_ACTIVE = text("state = 'active'")


class Allocation(OfClinic, Base):
    """A quantity of a lot at a place, bound to one session or one open preparation; ends exactly once."""

    __tablename__ = "allocation"
    lot_id: Mapped[int] = mapped_column(Identity)
    location_id: Mapped[int] = mapped_column(Identity)
    quantity: Mapped[int] = mapped_column(Quantity)
    session_id: Mapped[int | None] = mapped_column(Identity)
    preparation_id: Mapped[int | None] = mapped_column(Identity)
    state: Mapped[str] = mapped_column(Text)
    used_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ended_by_id: Mapped[int | None] = mapped_column(Identity)
    """The movement that used it or took it away."""
    overrides: Mapped[str] = mapped_column(Text, default="")
    """Which rules somebody took upon himself or herself to promise it, who and why: canonical JSON, or empty."""
    __table_args__ = (
        clinic_key(),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        in_clinic("session_id", "treatment_session"),
        in_clinic("preparation_id", "preparation"),
        in_clinic("ended_by_id", "movement"),
        one_of("state", AllocationState),
        CheckConstraint(
            "quantity > 0 AND used_quantity >= 0 AND used_quantity <= quantity", name="quantities_fit"
        ),
        CheckConstraint("(session_id IS NULL) <> (preparation_id IS NULL)", name="for_one_purpose"),
        CheckConstraint("(state = 'active') = (ended_at IS NULL)", name="ended_when_not_active"),
        Index(
            "ix_allocation_active",
            "clinic_id",
            "lot_id",
            "location_id",
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        Index("ix_allocation_session", "clinic_id", "session_id"),
        Index("ix_allocation_preparation", "clinic_id", "preparation_id"),
    )
