"""Which sharps boxes stand where, since when, until when, and what became of each?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import SharpsReason, WasteStream

_WAITS = text("collected_at IS NULL")


class SharpsBox(OfClinic, Base):
    """One box: opened in a room, closed at three quarters or by its date, then collected."""

    __tablename__ = "sharps_box"
    room_id: Mapped[int] = mapped_column(Identity)
    short_code: Mapped[str] = mapped_column(Text)
    waste_stream: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    close_by_on: Mapped[date]
    """The last day on which it may stand open."""
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    close_reason: Mapped[str | None] = mapped_column(Text)
    collected_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    collected_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    collection_note: Mapped[str] = mapped_column(Text, default="")
    """The consignment note's number, and whatever else is said of the collection."""
    __table_args__ = (
        clinic_key(),
        in_clinic("room_id", "location"),
        UniqueConstraint("clinic_id", "short_code"),
        one_of("waste_stream", WasteStream),
        one_of("close_reason", SharpsReason),
        CheckConstraint(
            "(closed_at IS NULL) = (closed_by_id IS NULL) AND (closed_at IS NULL) = (close_reason IS NULL)",
            name="closed_by_somebody",
        ),
        CheckConstraint(
            "(collected_at IS NULL) = (collected_by_id IS NULL)"
            " AND (collected_at IS NULL OR (closed_at IS NOT NULL AND collection_note <> ''))",
            name="collected_once_closed",
        ),
        Index("ix_sharps_box_waits", "clinic_id", "room_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )
