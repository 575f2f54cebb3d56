"""What is on its way between two clinics?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Named, Numbered
from stockroom.vocabulary import TransferState


class Transfer(Named, Base):
    """The document that joins the two movements: out of one clinic's books, into the other's."""

    __tablename__ = "transfer"
    from_clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"), index=True)
    to_clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"), index=True)
    state: Mapped[str] = mapped_column(Text)
    dispatched_at: Mapped[datetime] = mapped_column(UTCDateTime)
    dispatched_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    dispatch_movement_id: Mapped[int] = mapped_column(Identity, ForeignKey("movement.id"))
    arrived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    arrived_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    arrive_movement_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("movement.id"))
    __table_args__ = (
        one_of("state", TransferState),
        CheckConstraint("from_clinic_id <> to_clinic_id", name="between_two_clinics"),
        CheckConstraint("(state = 'arrived') = (arrived_at IS NOT NULL)", name="arrived_at_an_instant"),
    )


class TransferLine(Numbered, Base):
    """One manufacturer's lot on its way: what left, what arrived, what was short or broken."""

    __tablename__ = "transfer_line"
    transfer_id: Mapped[int] = mapped_column(Identity, ForeignKey("transfer.id"))
    n: Mapped[int] = mapped_column(Integer)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    lot_number: Mapped[str] = mapped_column(Text)
    expires_on: Mapped[date | None]
    expires_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    from_lot_id: Mapped[int] = mapped_column(Identity, ForeignKey("lot.id"), index=True)
    to_lot_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("lot.id"), index=True)
    dispatched_quantity: Mapped[int] = mapped_column(Quantity)
    arrived_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    short_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    broken_quantity: Mapped[int] = mapped_column(Quantity, default=0)
    __table_args__ = (
        UniqueConstraint("transfer_id", "n"),
        CheckConstraint("dispatched_quantity > 0", name="dispatched_positive"),
        CheckConstraint(
            "arrived_quantity >= 0 AND short_quantity >= 0 AND broken_quantity >= 0"
            " AND (arrived_quantity + short_quantity + broken_quantity = dispatched_quantity"
            " OR arrived_quantity + short_quantity + broken_quantity = 0)",
            name="arrival_adds_up",
        ),
    )
