"""What was found when somebody counted?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import CountReason


class Stocktake(OfClinic, Base):
    """An act of counting lots at places."""

    __tablename__ = "stocktake"
    counted_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    movement_id: Mapped[int | None] = mapped_column(Identity)
    """None when nothing differed."""
    __table_args__ = (clinic_key(), in_clinic("movement_id", "movement"))


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
    __table_args__ = (
        in_clinic("stocktake_id", "stocktake"),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        in_clinic("line_id", "line"),
        one_of("reason", CountReason),
        CheckConstraint("counted_quantity >= 0 AND book_quantity >= 0", name="counts_not_negative"),
        Index("ix_stocktake_line_n", "clinic_id", "stocktake_id", "n", unique=True),
    )
