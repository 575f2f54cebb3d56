"""What must somebody look at?  Alerts, and deviations that a second person signs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.notices import AlertState, Severity
from stockroom.vocabulary import Rule

_UNRESOLVED = text("resolved_at IS NULL")


class Alert(OfClinic, Base):
    """One row per subject and period; names things by uid only.

    Of one kind and subject one alert at most is unresolved.
    """

    __tablename__ = "alert"
    kind: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject_uid: Mapped[str] = mapped_column(Text)
    period: Mapped[str] = mapped_column(Text)
    facts: Mapped[str] = mapped_column(Text)
    """Canonical JSON of uids, codes and numbers."""
    raised_at: Mapped[datetime] = mapped_column(UTCDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(Text)
    severity: Mapped[str] = mapped_column(Text)
    rank: Mapped[int] = mapped_column(Integer)
    """How bad it is, of its kind: a worse cause is raised anew."""
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    """Who acknowledged it or put it off, and when."""
    snoozed_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """It counts as open again from then on."""
    __table_args__ = (
        clinic_key(),
        UniqueConstraint("clinic_id", "kind", "subject_uid", "period"),
        one_of("state", AlertState),
        one_of("severity", Severity),
        CheckConstraint("(state = 'resolved') = (resolved_at IS NOT NULL)", name="resolved_when_gone"),
        CheckConstraint("(state = 'snoozed') = (snoozed_until IS NOT NULL)", name="snoozed_until_then"),
        CheckConstraint("(answered_at IS NULL) = (answered_by_id IS NULL)", name="answered_by_somebody"),
        CheckConstraint(
            "state NOT IN ('acknowledged', 'snoozed') OR answered_at IS NOT NULL", name="answer_has_an_author"
        ),
        CheckConstraint("rank > 0", name="rank_positive"),
        Index(
            "uq_alert_unresolved",
            "clinic_id",
            "kind",
            "subject_uid",
            unique=True,
            sqlite_where=_UNRESOLVED,
            postgresql_where=_UNRESOLVED,
        ),
    )


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
    agreed_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    """The second person who agreed to the override there and then."""
    signed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        clinic_key(),
        in_clinic("movement_id", "movement"),
        in_clinic("lot_id", "lot"),
        one_of("rule", Rule),
        CheckConstraint("signed_by_id IS NULL OR signed_by_id <> recorded_by_id", name="signed_by_another"),
        CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signed_by_somebody"),
        CheckConstraint("agreed_by_id IS NULL OR agreed_by_id <> recorded_by_id", name="agreed_by_another"),
        Index("ix_deviation_movement", "clinic_id", "movement_id"),
    )
