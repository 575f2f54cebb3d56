"""What was found when somebody counted?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import CountReason

_BOOKED = text("line_id IS NOT NULL")


class Stocktake(OfClinic, Base):
    """An act of counting lots at places."""

    __tablename__ = "stocktake"
    counted_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    movement_id: Mapped[int | None] = mapped_column(Identity)
    """None when nothing differed."""
    second_person_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    """Who confirmed it beside the one who booked it, where the differences asked for that."""
    __table_args__ = (
        clinic_key(),
        in_clinic("movement_id", "movement"),
        CheckConstraint(
            "second_person_id IS NULL OR second_person_id <> counted_by_id", name="second_is_another"
        ),
        Index("ix_stocktake_recorded", "clinic_id", "recorded_at"),
    )


class StocktakeLine(OfClinic, Base):
    """What was found of one lot at one place, and what the books said at that moment."""

    __tablename__ = "stocktake_line"
    stocktake_id: Mapped[int] = mapped_column(Identity)
    n: Mapped[int] = mapped_column(Integer)
    lot_id: Mapped[int] = mapped_column(Identity)
    location_id: Mapped[int] = mapped_column(Identity)
    counted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    counted_quantity: Mapped[int] = mapped_column(Quantity)
    book_quantity: Mapped[int] = mapped_column(Quantity)
    """The position of the books at the moment of counting."""
    reason: Mapped[str | None] = mapped_column(Text)
    line_id: Mapped[int | None] = mapped_column(Identity)
    counted_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    """Who looked; whoever booked the stocktake, where nobody is named."""
    __table_args__ = (
        in_clinic("stocktake_id", "stocktake"),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        in_clinic("line_id", "line"),
        one_of("reason", CountReason),
        CheckConstraint("counted_quantity >= 0 AND book_quantity >= 0", name="counts_not_negative"),
        Index("ix_stocktake_line_n", "clinic_id", "stocktake_id", "n", unique=True),
        Index("ix_stocktake_line_place", "clinic_id", "lot_id", "location_id", "counted_at"),
        Index(
            "ix_stocktake_line_line",
            "clinic_id",
            "line_id",
            sqlite_where=_BOOKED,
            postgresql_where=_BOOKED,
        ),
    )
