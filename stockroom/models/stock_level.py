"""How much should there be?  Minimum and target by clinic, par level by place."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Integer, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity
from stockroom.models.keys import Editable, in_clinic


class StockLevel(Editable, Base):
    """Minimum and target of a product in a clinic, in sealed presentations."""

    __tablename__ = "stock_level"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"), primary_key=True)
    minimum_count: Mapped[int] = mapped_column(Integer)
    target_count: Mapped[int] = mapped_column(Integer)
    __table_args__ = (
        CheckConstraint("0 <= minimum_count AND minimum_count <= target_count", name="minimum_within_target"),
    )


class ParLevel(Editable, Base):
    """How many sealed presentations of a product a place should hold."""

    __tablename__ = "par_level"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    location_id: Mapped[int] = mapped_column(Identity)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    par_count: Mapped[int] = mapped_column(Integer)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "location_id", "product_id"),
        in_clinic("location_id", "location"),
        CheckConstraint("par_count >= 0", name="par_not_negative"),
    )
