"""What was moved?  Movements, their lines, and the balances that follow from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, Uid, UTCDateTime, one_of
from stockroom.models.keys import Numbered, OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import MovementKind

_IN_SESSION = text("session_id IS NOT NULL")
_IN_NO_SESSION = text("session_id IS NULL")
_IN_STOCK = text("quantity > 0")
_REPLACES = text("replaces_movement_id IS NOT NULL")


class Movement(OfClinic, Base):
    """One posted event.  Never updated, never deleted."""

    __tablename__ = "movement"
    seq: Mapped[int] = mapped_column(Identity)
    """The number of its journal entry: the order of the books."""
    kind: Mapped[str] = mapped_column(Text)
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    is_late: Mapped[bool]
    """Recorded after it happened, and said so."""
    reason: Mapped[str] = mapped_column(Text)
    document_kind: Mapped[str] = mapped_column(Text)
    document_uid: Mapped[str | None] = mapped_column(Uid())
    supplier_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("supplier.id"))
    actor_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    roles: Mapped[str] = mapped_column(Text)
    device: Mapped[str] = mapped_column(Text)
    reverses_movement_id: Mapped[int | None] = mapped_column(Identity)
    replaces_movement_id: Mapped[int | None] = mapped_column(Identity)
    __table_args__ = (
        clinic_key(),
        in_clinic("reverses_movement_id", "movement"),
        in_clinic("replaces_movement_id", "movement"),
        one_of("kind", MovementKind),
        CheckConstraint("occurred_at <= recorded_at", name="occurred_before_recorded"),
        Index("ix_movement_seq", "clinic_id", "seq"),
        Index("ix_movement_occurred", "clinic_id", "occurred_at"),
        Index("ix_movement_document", "document_uid"),
        Index(
            "ix_movement_replaces",
            "clinic_id",
            "replaces_movement_id",
            sqlite_where=_REPLACES,
            postgresql_where=_REPLACES,
        ),
    )


class Line(Numbered, Base):
    """A positive quantity of one lot from one location to a different one.  Never updated, never deleted."""

    __tablename__ = "line"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    movement_id: Mapped[int] = mapped_column(Identity)
    n: Mapped[int] = mapped_column(Integer)
    lot_id: Mapped[int] = mapped_column(Identity)
    from_id: Mapped[int] = mapped_column(Identity)
    to_id: Mapped[int] = mapped_column(Identity)
    quantity: Mapped[int] = mapped_column(Quantity)
    session_id: Mapped[int | None] = mapped_column(Identity)
    """Set exactly when one side is *patient*."""
    reverses_line_id: Mapped[int | None] = mapped_column(Identity)
    __table_args__ = (
        clinic_key(),
        UniqueConstraint("clinic_id", "movement_id", "n"),
        UniqueConstraint("clinic_id", "reverses_line_id"),
        in_clinic("movement_id", "movement"),
        in_clinic("lot_id", "lot"),
        in_clinic("from_id", "location"),
        in_clinic("to_id", "location"),
        in_clinic("session_id", "treatment_session"),
        in_clinic("reverses_line_id", "line"),
        CheckConstraint("quantity > 0 AND quantity <= 9007199254740991", name="quantity_positive"),
        CheckConstraint("from_id <> to_id", name="goes_somewhere"),
        Index("ix_line_lot", "clinic_id", "lot_id", "movement_id"),
        Index(
            "ix_line_lot_elsewhere",
            "clinic_id",
            "lot_id",
            "movement_id",
            sqlite_where=_IN_NO_SESSION,
            postgresql_where=_IN_NO_SESSION,
        ),
        Index(
            "ix_line_lot_session",
            "clinic_id",
            "lot_id",
            "session_id",
            sqlite_where=_IN_SESSION,
            postgresql_where=_IN_SESSION,
        ),
        Index(
            "ix_line_session_lot",
            "clinic_id",
            "session_id",
            "lot_id",
            sqlite_where=_IN_SESSION,
            postgresql_where=_IN_SESSION,
        ),
    )


class Balance(Base):
    """What is on hand and promised at a physical location; changed by the ledger alone."""

    __tablename__ = "balance"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    location_id: Mapped[int] = mapped_column(Identity)
    lot_id: Mapped[int] = mapped_column(Identity)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    quantity: Mapped[int] = mapped_column(Quantity)
    allocated: Mapped[int] = mapped_column(Quantity)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "location_id", "lot_id"),
        in_clinic("location_id", "location"),
        in_clinic("lot_id", "lot"),
        CheckConstraint("0 <= allocated AND allocated <= quantity", name="allocated_within_quantity"),
        Index("ix_balance_lot", "clinic_id", "lot_id"),
        Index(
            "ix_balance_in_stock",
            "clinic_id",
            "product_id",
            "location_id",
            "lot_id",
            sqlite_where=_IN_STOCK,
            postgresql_where=_IN_STOCK,
        ),
    )
