"""Which counts are in work, and what was found in each so far?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Editable, OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import CountReason, CountState

_OPEN = text("state = 'open'")


class StockCount(OfClinic, Editable, Base):
    """A count in work: of one product, lot or place, or of all; kept until it is a stocktake or given up."""

    __tablename__ = "stock_count"
    state: Mapped[str] = mapped_column(Text)
    product_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product.id"))
    lot_id: Mapped[int | None] = mapped_column(Identity)
    location_id: Mapped[int | None] = mapped_column(Identity)
    is_blind: Mapped[bool] = mapped_column(default=True)
    """What the books say of a thing is shown only once somebody has said what lies there."""
    started_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    ended_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    """Who confirmed it or gave it up."""
    stocktake_id: Mapped[int | None] = mapped_column(Identity)
    __table_args__ = (
        clinic_key(),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        in_clinic("stocktake_id", "stocktake"),
        one_of("state", CountState),
        CheckConstraint("(state = 'booked') = (stocktake_id IS NOT NULL)", name="booked_has_a_stocktake"),
        CheckConstraint("(state = 'open') = (ended_by_id IS NULL)", name="ended_by_somebody"),
        CheckConstraint(
            "(product_id IS NULL OR lot_id IS NULL) AND (lot_id IS NULL OR location_id IS NULL)"
            " AND (product_id IS NULL OR location_id IS NULL)",
            name="one_thing_at_most",
        ),
        Index("ix_stock_count_open", "clinic_id", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )


class CountFind(OfClinic, Base):
    """What one person found of one lot at one place; two stand for the same only as parts of it."""

    __tablename__ = "count_find"
    stock_count_id: Mapped[int] = mapped_column(Identity)
    n: Mapped[int] = mapped_column(Integer)
    """Its number in the count, from 1; never given twice."""
    version: Mapped[int] = mapped_column(Identity, default=1)
    lot_id: Mapped[int] = mapped_column(Identity)
    location_id: Mapped[int] = mapped_column(Identity)
    """A shelf, or the opened container that is itself the place."""
    counted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    found_quantity: Mapped[int] = mapped_column(Quantity)
    counted_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it differs from the books."""
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """It was counted anew, or taken off."""
    __table_args__ = (
        in_clinic("stock_count_id", "stock_count"),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        one_of("reason", CountReason),
        CheckConstraint("found_quantity >= 0", name="found_not_negative"),
        Index("ix_count_find_n", "clinic_id", "stock_count_id", "n", unique=True),
    )
