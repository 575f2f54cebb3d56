"""Which cocktails were made, from what, for whom?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import IdentifiedBy, PreparationState


class Preparation(OfClinic, Base):
    """One act of making a cocktail: a draft, then finished or abandoned."""

    __tablename__ = "preparation"
    recipe_version_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("recipe_version.id"))
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    """The prepared product that it yields; the reserved one for an ad-hoc mixture."""
    reason: Mapped[str] = mapped_column(Text)
    """Why, where there is no recipe."""
    state: Mapped[str] = mapped_column(Text)
    short_code: Mapped[str] = mapped_column(Text)
    dose_count: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    checked_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    lot_id: Mapped[int | None] = mapped_column(Identity)
    movement_id: Mapped[int | None] = mapped_column(Identity)
    loss_quantity: Mapped[int | None] = mapped_column(Quantity)
    __table_args__ = (
        clinic_key(),
        in_clinic("lot_id", "lot"),
        in_clinic("movement_id", "movement"),
        one_of("state", PreparationState),
        CheckConstraint("dose_count > 0", name="doses_positive"),
        CheckConstraint("(state = 'draft') = (ended_at IS NULL)", name="ended_when_not_draft"),
        CheckConstraint("(state = 'finished') = (lot_id IS NOT NULL)", name="finished_has_a_lot"),
        CheckConstraint("recipe_version_id IS NOT NULL OR reason <> ''", name="recipe_or_reason"),
        Index("ix_preparation_lot", "clinic_id", "lot_id"),
        Index("ix_preparation_code", "clinic_id", "short_code", unique=True),
    )


class PreparationIngredient(OfClinic, Base):
    """An ingredient that was scanned into a draft and its reserved volume."""

    __tablename__ = "preparation_ingredient"
    preparation_id: Mapped[int] = mapped_column(Identity)
    n: Mapped[int] = mapped_column(Integer)
    component_n: Mapped[int | None] = mapped_column(Integer)
    lot_id: Mapped[int] = mapped_column(Identity)
    location_id: Mapped[int] = mapped_column(Identity)
    quantity: Mapped[int] = mapped_column(Quantity)
    allocation_id: Mapped[int] = mapped_column(Identity)
    identified_by: Mapped[str] = mapped_column(Text)
    raw_scan: Mapped[str | None] = mapped_column(Text)
    overrides: Mapped[str] = mapped_column(Text, default="")
    """Rules overridden for it, with who and why (canonical JSON of uids); empty for none."""
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        in_clinic("preparation_id", "preparation"),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        in_clinic("allocation_id", "allocation"),
        one_of("identified_by", IdentifiedBy),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_preparation_ingredient_n", "clinic_id", "preparation_id", "n", unique=True),
    )


class PreparationSession(Base):
    """A session that a cocktail is made for."""

    __tablename__ = "preparation_session"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    preparation_id: Mapped[int] = mapped_column(Identity)
    session_id: Mapped[int] = mapped_column(Identity)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "preparation_id", "session_id"),
        in_clinic("preparation_id", "preparation"),
        in_clinic("session_id", "treatment_session"),
        Index("ix_preparation_session_session", "clinic_id", "session_id", "preparation_id"),
    )
