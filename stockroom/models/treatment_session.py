"""Which visits are planned and recorded, and what will they need?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Editable, OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import SessionState


class TreatmentSession(OfClinic, Editable, Base):
    """One visit of one patient."""

    __tablename__ = "treatment_session"
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"), index=True)
    state: Mapped[str] = mapped_column(Text)
    short_code: Mapped[str] = mapped_column(Text)
    planned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    room_id: Mapped[int | None] = mapped_column(Identity)
    practitioner_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    external_reference: Mapped[str] = mapped_column(Text, default="")
    """The visit's number in the clinic's own software; never a name."""
    __table_args__ = (
        clinic_key(),
        in_clinic("room_id", "location"),
        one_of("state", SessionState),
        Index("ix_treatment_session_planned", "clinic_id", "planned_at"),
        Index("ix_treatment_session_room", "clinic_id", "room_id"),
        Index("ix_treatment_session_practitioner", "clinic_id", "practitioner_id"),
        Index("ix_treatment_session_reference", "clinic_id", "external_reference"),
        Index("ix_treatment_session_code", "clinic_id", "short_code", unique=True),
    )


class Need(OfClinic, Base):
    """What a planned session will take; it binds no lot."""

    __tablename__ = "need"
    session_id: Mapped[int] = mapped_column(Identity)
    product_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product.id"))
    group_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product_group.id"))
    quantity: Mapped[int] = mapped_column(Quantity)
    __table_args__ = (
        clinic_key(),
        in_clinic("session_id", "treatment_session"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("(product_id IS NULL) <> (group_id IS NULL)", name="product_or_group"),
        Index("ix_need_session", "clinic_id", "session_id"),
    )
