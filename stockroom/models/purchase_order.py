"""What was ordered from whom, what is still owed, and what came of it?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import Editable, Numbered, OfClinic, clinic_key, in_clinic

_OWED = text("closed_at IS NULL AND removed_at IS NULL")
_STANDING = text("removed_at IS NULL")


class PurchaseOrder(OfClinic, Editable, Base):
    """What one clinic wants of one supplier.

    Where it stands is computed (`rules.ordering.state_of`): from when it was sent or cancelled, and from
    what came of its lines.
    """

    __tablename__ = "purchase_order"
    supplier_id: Mapped[int] = mapped_column(Identity, ForeignKey("supplier.id"))
    started_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    reference: Mapped[str] = mapped_column(Text, default="")
    """By which the supplier knows it."""
    expected_on: Mapped[date | None]
    ordered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    ordered_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    cancelled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    cancelled_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    cancel_reason: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        clinic_key(),
        CheckConstraint("(ordered_at IS NULL) = (ordered_by_id IS NULL)", name="ordered_by_somebody"),
        CheckConstraint("(cancelled_at IS NULL) = (cancelled_by_id IS NULL)", name="cancelled_by_somebody"),
        Index("ix_purchase_order_supplier", "clinic_id", "supplier_id"),
    )


class PurchaseOrderLine(OfClinic, Base):
    """One product of an order, in the supplier's own packs and by the supplier's own code."""

    __tablename__ = "purchase_order_line"
    purchase_order_id: Mapped[int] = mapped_column(Identity)
    n: Mapped[int] = mapped_column(Integer)
    version: Mapped[int] = mapped_column(Identity, default=1)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    item_code: Mapped[str] = mapped_column(Text, default="")
    pack_count: Mapped[int] = mapped_column(Integer)
    """Whole presentations in one pack."""
    packs_ordered: Mapped[int] = mapped_column(Integer)
    price_minor: Mapped[int | None] = mapped_column(Identity)
    """Of one pack, in the currency's minor unit."""
    currency: Mapped[str | None] = mapped_column(Text)
    expected_on: Mapped[date | None]
    """Where it differs from the order's."""
    none_until: Mapped[date | None]
    """The supplier has none before this day."""
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Nothing of it is owed any more: all of it came, or the rest is not coming."""
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Taken off before it was ordered."""
    __table_args__ = (
        clinic_key(),
        in_clinic("purchase_order_id", "purchase_order"),
        CheckConstraint("pack_count > 0 AND packs_ordered > 0", name="packs_positive"),
        CheckConstraint("price_minor IS NULL OR price_minor >= 0", name="price_not_negative"),
        CheckConstraint("(price_minor IS NULL) = (currency IS NULL)", name="price_has_currency"),
        Index("uq_purchase_order_line_n", "clinic_id", "purchase_order_id", "n", unique=True),
        Index(
            "uq_purchase_order_line_product",
            "clinic_id",
            "purchase_order_id",
            "product_id",
            unique=True,
            sqlite_where=_STANDING,
            postgresql_where=_STANDING,
        ),
        Index(
            "ix_purchase_order_line_owed",
            "clinic_id",
            "product_id",
            sqlite_where=_OWED,
            postgresql_where=_OWED,
        ),
    )


class SupplierAnswer(Numbered, Base):
    """What the supplier said of a line after it was ordered; one row each time, the last one stands on the line."""

    __tablename__ = "supplier_answer"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    purchase_order_line_id: Mapped[int] = mapped_column(Identity)
    said_at: Mapped[datetime] = mapped_column(UTCDateTime)
    said_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    """Who wrote it down."""
    expected_on: Mapped[date | None]
    none_until: Mapped[date | None]
    rest_is_coming: Mapped[bool]
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    """In the supplier's words: why it is late, or why the rest is not coming."""
    __table_args__ = (
        in_clinic("purchase_order_line_id", "purchase_order_line"),
        Index("ix_supplier_answer_line", "clinic_id", "purchase_order_line_id"),
    )


class OrderArrival(Base):
    """What a line of a receipt brought of a line of an order; it no longer counts when the receipt is reversed."""

    __tablename__ = "order_arrival"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    purchase_order_line_id: Mapped[int] = mapped_column(Identity)
    receipt_line_id: Mapped[int] = mapped_column(Identity)
    arrived_count: Mapped[int] = mapped_column(Integer)
    """Whole presentations."""
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "purchase_order_line_id", "receipt_line_id"),
        in_clinic("purchase_order_line_id", "purchase_order_line"),
        in_clinic("receipt_line_id", "receipt_line"),
        CheckConstraint("arrived_count > 0", name="arrived_positive"),
        Index("ix_order_arrival_receipt_line", "clinic_id", "receipt_line_id"),
    )
