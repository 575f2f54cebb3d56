"""What must somebody look at?  Alerts, and deviations that a second person signs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import Rule


class Alert(OfClinic, Base):
    """One row per subject and period; names things by uid only."""

    __tablename__ = "alert"
    kind: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_uid: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    """Canonical JSON of uids, codes and numbers."""
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (UniqueConstraint("clinic_id", "kind", "subject_uid", "period"),)


class Deviation(OfClinic, Base):
    """A rule that a recorded or overridden act broke, with its reason; a second person signs it."""

    __tablename__ = "deviation"
    movement_id: Mapped[int] = mapped_column(Identity)
    rule: Mapped[str] = mapped_column(Text)
    lot_id: Mapped[int] = mapped_column(Identity)
    reason: Mapped[str] = mapped_column(Text)
    was_asked: Mapped[bool]
    """True: overridden beforehand.  False: recorded after it had happened."""
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    signed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        clinic_key(),
        in_clinic("movement_id", "movement"),
        in_clinic("lot_id", "lot"),
        one_of("rule", Rule),
        CheckConstraint("signed_by_id IS NULL OR signed_by_id <> recorded_by_id", name="signed_by_another"),
        CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_by_somebody"),
        Index("ix_deviation_movement", "clinic_id", "movement_id"),
    )
