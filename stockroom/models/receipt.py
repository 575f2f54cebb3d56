"""What came in, from whom, in which state, at which cost?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import ArrivalState, CostState

_HAS_SERIAL = text("serial IS NOT NULL")


class Receipt(OfClinic, Base):
    """A delivery that was posted whole; or, without a supplier, opening stock or a pack taken in at the bench."""

    __tablename__ = "receipt"
    supplier_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("supplier.id"))
    delivery_note: Mapped[str] = mapped_column(Text)
    arrived_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state_on_arrival: Mapped[str] = mapped_column(Text)
    received_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    movement_id: Mapped[int] = mapped_column(Identity)
    books_begin_on: Mapped[date | None]
    """Set when this is a clinic's opening stock."""
    at_bench: Mapped[bool] = mapped_column(default=False)
    """One pack that was taken in where it was needed; a later delivery takes it off (`bench_match`)."""
    __table_args__ = (
        clinic_key(),
        in_clinic("movement_id", "movement"),
        one_of("state_on_arrival", ArrivalState),
        CheckConstraint(
            "(supplier_id IS NULL) = (books_begin_on IS NOT NULL OR at_bench)",
            name="supplier_or_opening_stock",
        ),
        Index("ix_receipt_movement", "clinic_id", "movement_id"),
        Index("ix_receipt_note_folded", "clinic_id", text("lower(delivery_note)")),
        Index("ix_receipt_supplier", "clinic_id", "supplier_id"),
    )


class ReceiptLine(OfClinic, Base):
    """One lot of a receipt; the cost belongs here, never to the lot."""

    __tablename__ = "receipt_line"
    receipt_id: Mapped[int] = mapped_column(Identity)
    n: Mapped[int] = mapped_column(Integer)
    line_id: Mapped[int] = mapped_column(Identity)
    lot_id: Mapped[int] = mapped_column(Identity)
    trade_item_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("trade_item.id"))
    pack_count: Mapped[int] = mapped_column(Integer)
    quantity: Mapped[int] = mapped_column(Quantity)
    cost_state: Mapped[str] = mapped_column(Text)
    unit_cost_minor: Mapped[int | None] = mapped_column(Identity)
    """Cost of one whole presentation in the currency's minor unit."""
    currency: Mapped[str | None] = mapped_column(Text)
    serial: Mapped[str | None] = mapped_column(Text)
    raw_scan: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str] = mapped_column(Text, default="")
    """Why expired, short-dated or doubtful goods were accepted."""
    taken_off_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    """Base units of `quantity` that the bench had received before; the line in the books is the rest."""
    __table_args__ = (
        in_clinic("receipt_id", "receipt"),
        in_clinic("line_id", "line"),
        in_clinic("lot_id", "lot"),
        one_of("cost_state", CostState),
        CheckConstraint("pack_count > 0 AND quantity > 0", name="counts_positive"),
        CheckConstraint(
            "(cost_state = 'priced') = (unit_cost_minor IS NOT NULL)"
            " AND (unit_cost_minor IS NULL) = (currency IS NULL)",
            name="priced_has_a_cost",
        ),
        CheckConstraint("unit_cost_minor IS NULL OR unit_cost_minor >= 0", name="cost_not_negative"),
        CheckConstraint("taken_off_quantity BETWEEN 0 AND quantity", name="taken_off_fits"),
        Index("uq_receipt_line_clinic_id_id", "clinic_id", "id", unique=True),
        Index("ix_receipt_line_n", "clinic_id", "receipt_id", "n", unique=True),
        Index("ix_receipt_line_lot", "clinic_id", "lot_id"),
        Index(
            "ix_receipt_line_serial",
            "clinic_id",
            "serial",
            sqlite_where=_HAS_SERIAL,
            postgresql_where=_HAS_SERIAL,
        ),
    )


class ReceiptLineBefore(Base):
    """What a line of a receipt said until an act changed it: its cost was completed, or its lot put right.

    Append-only, and written beside the change, so that books that are read as of an entry know what was known
    then (`queries/worth_books.py`).
    """

    __tablename__ = "receipt_line_before"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    receipt_line_id: Mapped[int] = mapped_column(Identity)
    until_seq: Mapped[int] = mapped_column(Identity)
    """The number of the journal entry that changed it: it was so in every entry before."""
    lot_id: Mapped[int] = mapped_column(Identity)
    line_id: Mapped[int] = mapped_column(Identity)
    cost_state: Mapped[str] = mapped_column(Text)
    unit_cost_minor: Mapped[int | None] = mapped_column(Identity)
    currency: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "receipt_line_id", "until_seq"),
        in_clinic("receipt_line_id", "receipt_line"),
        in_clinic("lot_id", "lot"),
        in_clinic("line_id", "line"),
        one_of("cost_state", CostState),
        Index("ix_receipt_line_before_lot", "clinic_id", "lot_id"),
    )
