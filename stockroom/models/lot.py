"""Which goods of a product came or were made together?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import LotKind

_SUPERSEDED = text("superseded_by_id IS NOT NULL")


class Lot(OfClinic, Base):
    """Stock of one product under one number, kept verbatim and case-sensitive."""

    __tablename__ = "lot"
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(Text)
    number_is_ours: Mapped[bool] = mapped_column(default=False)
    """The goods carried no number; we gave them this one at receipt."""
    expires_on: Mapped[date | None]
    """The civil date printed by the manufacturer; usable through the end of that day."""
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    beyond_use_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """The instant after which a prepared lot may not be used."""
    superseded_by_id: Mapped[int | None] = mapped_column(Identity)
    """The lot that this one turned out to be (a wrongly read number, or two lots declared one)."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        clinic_key(),
        UniqueConstraint("clinic_id", "product_id", "number"),
        in_clinic("superseded_by_id", "lot"),
        one_of("kind", LotKind),
        CheckConstraint("number <> ''", name="has_a_number"),
        CheckConstraint("expires_on IS NULL OR expires_at IS NULL", name="one_printed_expiry"),
        CheckConstraint(
            "(kind = 'manufactured' AND beyond_use_at IS NULL)"
            " OR (kind = 'prepared' AND beyond_use_at IS NOT NULL AND expires_on IS NULL AND expires_at IS NULL)",
            name="limits_fit_kind",
        ),
        Index("ix_lot_product_number", "product_id", "number"),
        Index("ix_lot_number", "clinic_id", "number"),
        Index("ix_lot_number_folded", "clinic_id", text("lower(number)")),
        Index("ix_lot_expires_on", "clinic_id", "expires_on"),
        Index(
            "ix_lot_superseded_by",
            "clinic_id",
            "superseded_by_id",
            sqlite_where=_SUPERSEDED,
            postgresql_where=_SUPERSEDED,
        ),
    )


class LotAlias(OfClinic, Base):
    """A number or expiry under which a lot was booked before it was corrected; it stays findable."""

    __tablename__ = "lot_alias"
    lot_id: Mapped[int] = mapped_column(Identity)
    number: Mapped[str] = mapped_column(Text)
    expires_on: Mapped[date | None]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (in_clinic("lot_id", "lot"), Index("ix_lot_alias_number", "clinic_id", "number"))
