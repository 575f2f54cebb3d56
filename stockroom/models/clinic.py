"""What is a clinic, and which of its periods are closed?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import Editable, Named, OfClinic


class Clinic(Named, Editable, Base):
    """One house with its own stock and books; the settings that every act reads are columns."""

    __tablename__ = "clinic"
    name: Mapped[str] = mapped_column(Text, unique=True)
    time_zone: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    """ISO 3166-1 alpha-2."""
    currency: Mapped[str] = mapped_column(Text)
    """ISO 4217."""
    books_begin_on: Mapped[date]
    earlier_lot_days: Mapped[int] = mapped_column(Integer, default=7)
    """A later lot is taken without a question when the earlier one expires at most this much sooner."""
    short_dated_days: Mapped[int] = mapped_column(Integer, default=60)
    """Goods that expire within so many days of arrival need a decision at receipt."""
    sterile_products_max: Mapped[int] = mapped_column(Integer, default=3)
    """Above this a cocktail needs an override (USP 797 immediate use; a setting, not a constant)."""
    scanner_separator: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What its scanners deliver in the place of FNC1; empty where they deliver it."""
    scanner_layout: Mapped[str] = mapped_column(Text, default="", server_default="")
    """The keyboard of its computers, where its scanners type for another."""
    duplicate_scan_ms: Mapped[int] = mapped_column(Integer, default=1000, server_default="1000")
    """The same code twice within this time is one scan."""
    outside_authorisation: Mapped[str] = mapped_column(Text, default="caution", server_default="caution")
    """What follows when somebody does what he or she is not authorised for: caution, stop, or nothing."""
    __table_args__ = (
        CheckConstraint("earlier_lot_days >= 0 AND short_dated_days >= 0", name="days_not_negative"),
        CheckConstraint("sterile_products_max > 0", name="sterile_products_positive"),
    )


class ClosedPeriod(OfClinic, Base):
    """The books through an instant and a journal number are closed; what comes later is booked later."""

    __tablename__ = "closed_period"
    through_at: Mapped[datetime] = mapped_column(UTCDateTime)
    through_seq: Mapped[int] = mapped_column(Identity)
    balances_digest: Mapped[str] = mapped_column(Text)
    closed_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    closed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    although: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why the books were closed although something still stood open."""
