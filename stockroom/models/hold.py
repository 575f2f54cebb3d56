"""What must not be used, and why?  Holds are rows; expiry and beyond-use never are."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Uid, UTCDateTime, one_of
from stockroom.models.keys import Named, OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import HoldReason

_ACTIVE = text("released_at IS NULL")
_RELEASED_BY_SOMEBODY = "(released_at IS NULL) = (released_by_id IS NULL)"


class _Hold:
    reason: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    placed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    placed_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    released_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    released_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    release_note: Mapped[str] = mapped_column(Text, default="")


class ProductHold(Named, _Hold, Base):
    """The organisation's: a product, or one manufacturer's lot of it, in every clinic."""

    __tablename__ = "product_hold"
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    lot_number: Mapped[str | None] = mapped_column(Text)
    case_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("recall_case.id"))
    """The case that placed it; None where it was placed before there were cases."""
    __table_args__ = (
        one_of("reason", HoldReason),
        CheckConstraint(_RELEASED_BY_SOMEBODY, name="released_by_somebody"),
        Index("ix_product_hold_active", "product_id", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )


class ClinicHold(OfClinic, _Hold, Base):
    """One clinic's: a whole lot (`lot_id`), or what lies at the places of its rows in `hold_place`."""

    __tablename__ = "clinic_hold"
    lot_id: Mapped[int | None] = mapped_column(Identity)
    origin_uid: Mapped[str | None] = mapped_column(Uid())
    """The recall that placed it, or the hold of the clinic from which the goods came held."""
    __table_args__ = (
        clinic_key(),
        in_clinic("lot_id", "lot"),
        one_of("reason", HoldReason),
        CheckConstraint(_RELEASED_BY_SOMEBODY, name="released_by_somebody"),
        Index("ix_clinic_hold_active", "clinic_id", "lot_id", sqlite_where=_ACTIVE, postgresql_where=_ACTIVE),
    )


class HoldPlace(Base):
    """A lot at a place that a clinic's hold covers; moving goods from it adds the place they go to."""

    __tablename__ = "hold_place"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    hold_id: Mapped[int] = mapped_column(Identity)
    lot_id: Mapped[int] = mapped_column(Identity)
    location_id: Mapped[int] = mapped_column(Identity)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "hold_id", "lot_id", "location_id"),
        in_clinic("hold_id", "clinic_hold"),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        Index("ix_hold_place_goods", "clinic_id", "lot_id", "location_id"),
    )
