"""Who sells to us, and under which codes and prices?"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity
from stockroom.models.keys import Editable, Named


class Supplier(Named, Editable, Base):
    __tablename__ = "supplier"
    name: Mapped[str] = mapped_column(Text, unique=True)
    contact: Mapped[str] = mapped_column(Text, default="")


class SupplierItem(Editable, Base):
    """How one supplier sells one product."""

    __tablename__ = "supplier_item"
    supplier_id: Mapped[int] = mapped_column(Identity, ForeignKey("supplier.id"), primary_key=True)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"), primary_key=True, index=True)
    item_code: Mapped[str] = mapped_column(Text)
    pack_count: Mapped[int] = mapped_column(Integer)
    """Whole presentations in one orderable pack."""
    lead_time_days: Mapped[int | None] = mapped_column(Integer)
    is_preferred: Mapped[bool] = mapped_column(default=False)
    last_price_minor: Mapped[int | None] = mapped_column(Identity)
    """Price of one pack in the currency's minor unit."""
    currency: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("pack_count > 0", name="pack_positive"),
        CheckConstraint("lead_time_days IS NULL OR lead_time_days >= 0", name="lead_time_not_negative"),
        CheckConstraint("(last_price_minor IS NULL) = (currency IS NULL)", name="price_has_currency"),
    )
