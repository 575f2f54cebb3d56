"""What went back to which supplier, under which reference, and what is expected for it?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, in_clinic
from stockroom.vocabulary import ReturnExpects


class SupplierReturn(OfClinic, Base):
    """The paper of goods that went back; which they were stands in the movement."""

    __tablename__ = "supplier_return"
    supplier_id: Mapped[int] = mapped_column(Identity, ForeignKey("supplier.id"))
    movement_id: Mapped[int] = mapped_column(Identity)
    receipt_id: Mapped[int | None] = mapped_column(Identity)
    """The delivery that had brought them, where somebody named it."""
    reference: Mapped[str] = mapped_column(Text)
    """The supplier's number of the return."""
    reason: Mapped[str] = mapped_column(Text)
    expects: Mapped[str] = mapped_column(Text)
    returned_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    returned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """What was expected for it is here."""
    settled_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    settled_by_paper: Mapped[str] = mapped_column(Text, default="")
    """The number of the credit note, or of the delivery note of the replacement."""
    __table_args__ = (
        in_clinic("movement_id", "movement"),
        in_clinic("receipt_id", "receipt"),
        one_of("expects", ReturnExpects),
        CheckConstraint(
            "(settled_at IS NULL) = (settled_by_id IS NULL) AND (settled_at IS NULL OR expects <> 'nothing')",
            name="settled_by_somebody",
        ),
        Index("uq_supplier_return_movement", "clinic_id", "movement_id", unique=True),
    )
