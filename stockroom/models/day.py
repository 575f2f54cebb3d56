"""Was the emergency box looked at, and was the day closed?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import OfClinic, in_clinic


class BoxCheck(OfClinic, Base):
    """Somebody looked at the emergency box.  Append-only."""

    __tablename__ = "box_check"
    location_id: Mapped[int] = mapped_column(Identity)
    checked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    checked_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    is_sealed: Mapped[bool]
    seal: Mapped[str] = mapped_column(Text)
    """The number of the seal; empty where there is none."""
    is_complete: Mapped[bool]
    """As whoever looked saw it."""
    missing_count: Mapped[int] = mapped_column(Integer)
    """Presentations that the books miss there of what should lie there."""
    earliest_expires_on: Mapped[date | None]
    """What of it expires first, by the books."""
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        in_clinic("location_id", "location"),
        CheckConstraint("missing_count >= 0", name="missing_not_negative"),
        CheckConstraint("NOT is_sealed OR seal <> ''", name="seal_has_a_number"),
        Index("ix_box_check_place", "clinic_id", "location_id", "id"),
    )


class DayClosing(OfClinic, Base):
    """A day of a clinic was closed: what stood open was finished, thrown away, or left with a reason.  Append-only.

    It closes no books: that is `ClosedPeriod`.
    """

    __tablename__ = "day_closing"
    day: Mapped[date]
    closed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    movement_id: Mapped[int | None] = mapped_column(Identity)
    """The disposal of what was thrown away, where something was."""
    thrown_away_count: Mapped[int] = mapped_column(Integer)
    """Vials and cocktails."""
    left_open_count: Mapped[int] = mapped_column(Integer)
    """Vials and cocktails that were kept."""
    unfinished_count: Mapped[int] = mapped_column(Integer)
    """Sessions and cocktails in preparation that were not finished."""
    although: Mapped[str] = mapped_column(Text)
    """Why something was left open or unfinished; empty where nothing was."""
    __table_args__ = (
        in_clinic("movement_id", "movement"),
        CheckConstraint(
            "thrown_away_count >= 0 AND left_open_count >= 0 AND unfinished_count >= 0",
            name="counts_not_negative",
        ),
        CheckConstraint(
            "left_open_count + unfinished_count = 0 OR although <> ''", name="left_open_with_a_reason"
        ),
        UniqueConstraint("clinic_id", "day"),
    )
