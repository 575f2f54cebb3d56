"""Which deliveries are being unpacked, and what was scanned of each so far?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Editable, OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import ArrivalState, BenchDecision, CostState, DeliveryState, Fault, OrderChoice

_OPEN = text("state = 'open'")


class Delivery(OfClinic, Editable, Base):
    """A delivery in work: on the table until it is posted as a receipt, or given up."""

    __tablename__ = "delivery"
    supplier_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("supplier.id"))
    delivery_note: Mapped[str] = mapped_column(Text)
    arrived_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state_on_arrival: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    started_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    receipt_id: Mapped[int | None] = mapped_column(Identity)
    __table_args__ = (
        clinic_key(),
        in_clinic("receipt_id", "receipt"),
        one_of("state_on_arrival", ArrivalState),
        one_of("state", DeliveryState),
        CheckConstraint("(state = 'posted') = (receipt_id IS NOT NULL)", name="posted_has_a_receipt"),
        Index(
            "ix_delivery_open",
            "clinic_id",
            "id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )


class DeliveryLine(OfClinic, Base):
    """One lot of a delivery in work, as far as it was scanned, read or typed.

    A code names its product when it is asked for, so that a code which is added to the catalogue later
    resolves every line that carries it; `product_id` is only what a person chose.
    """

    __tablename__ = "delivery_line"
    delivery_id: Mapped[int] = mapped_column(Identity)
    n: Mapped[int] = mapped_column(Integer)
    """Its number in the delivery, from 1; never given twice."""
    version: Mapped[int] = mapped_column(Identity, default=1)
    raw_scan: Mapped[str | None] = mapped_column(Text)
    reading: Mapped[str | None] = mapped_column(Text)
    """Which of several readings of the scan a person chose."""
    in_doubt: Mapped[bool] = mapped_column(default=False)
    """The scan has several readings and nobody has chosen one."""
    gtin: Mapped[str | None] = mapped_column(Text)
    other_code: Mapped[str | None] = mapped_column(Text)
    product_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product.id"))
    lot_number: Mapped[str | None] = mapped_column(Text)
    expires_on: Mapped[date | None]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    serial: Mapped[str | None] = mapped_column(Text)
    pack_count: Mapped[int] = mapped_column(Integer)
    location_id: Mapped[int | None] = mapped_column(Identity)
    cost_state: Mapped[str] = mapped_column(Text)
    unit_cost_minor: Mapped[int | None] = mapped_column(Identity)
    currency: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text, default="")
    bench_decision: Mapped[str] = mapped_column(Text, default="undecided")
    order_choice: Mapped[str] = mapped_column(Text, default="undecided", server_default="undecided")
    fault: Mapped[str | None] = mapped_column(Text)
    """What is wrong with packs that were put aside, or refused at the door."""
    refused_count: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    """Of its packs, those that were refused at the door: they were never taken in."""
    entered_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        in_clinic("delivery_id", "delivery"),
        in_clinic("location_id", "location"),
        one_of("cost_state", CostState),
        one_of("bench_decision", BenchDecision),
        one_of("order_choice", OrderChoice),
        one_of("fault", Fault),
        CheckConstraint(
            "refused_count BETWEEN 0 AND pack_count AND (refused_count = 0 OR fault IS NOT NULL)",
            name="refused_fits",
        ),
        CheckConstraint("pack_count > 0", name="packs_positive"),
        CheckConstraint("expires_on IS NULL OR expires_at IS NULL", name="one_printed_expiry"),
        CheckConstraint(
            "(cost_state = 'priced') = (unit_cost_minor IS NOT NULL)"
            " AND (unit_cost_minor IS NULL) = (currency IS NULL)",
            name="priced_has_a_cost",
        ),
        CheckConstraint("unit_cost_minor IS NULL OR unit_cost_minor >= 0", name="cost_not_negative"),
        CheckConstraint("raw_scan IS NOT NULL OR product_id IS NOT NULL", name="scanned_or_chosen"),
        Index("ix_delivery_line_n", "clinic_id", "delivery_id", "n", unique=True),
    )


class BenchMatch(Base):
    """What a line of a delivery need not book, because the bench had received it already."""

    __tablename__ = "bench_match"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    receipt_line_id: Mapped[int] = mapped_column(Identity)
    bench_line_id: Mapped[int] = mapped_column(Identity)
    quantity: Mapped[int] = mapped_column(Quantity)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "receipt_line_id", "bench_line_id"),
        in_clinic("receipt_line_id", "receipt_line"),
        in_clinic("bench_line_id", "receipt_line"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_bench_match_bench_line", "clinic_id", "bench_line_id"),
    )
