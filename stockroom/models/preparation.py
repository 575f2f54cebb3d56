"""Which cocktails were made, from what, for whom?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, Uid, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import IdentifiedBy, PassingOver, PreparationState

_HAS_SERIAL = text("serial IS NOT NULL")


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
    wanted_quantity: Mapped[int | None] = mapped_column(Quantity)
    """Base units that are to come out; None: as many whole doses as are said."""
    life_minutes: Mapped[int | None] = mapped_column(Integer)
    """How long it may be used from its beginning, by recipe and clinic as they were then; None: begun before
    this was kept, and by its recipe."""
    life_minutes_refrigerated: Mapped[int | None] = mapped_column(Integer)
    """How long while it lies in a fridge; None: no longer than anywhere."""
    warm_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when it lies, or part of it, outside a fridge: what counts there counts from its beginning."""
    life_rule: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Which rule set that: the recipe's, or a named one under which the clinic works."""
    again_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it was begun beside another one for the same session."""
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    started_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it was abandoned."""
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
        CheckConstraint("wanted_quantity > 0", name="wanted_positive"),
        CheckConstraint("life_minutes > 0", name="life_positive"),
        CheckConstraint("life_minutes_refrigerated > life_minutes", name="cold_life_longer"),
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
    serial: Mapped[str | None] = mapped_column(Text)
    """Of the sealed unit that went in whole, where its pack was scanned; of a vial it stands with the container."""
    overrides: Mapped[str] = mapped_column(Text, default="")
    """Rules overridden for it, with who and why, and who put it in where that is not who began the cocktail (canonical
    JSON of uids); empty for neither.
    """
    removed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        in_clinic("preparation_id", "preparation"),
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        in_clinic("allocation_id", "allocation"),
        one_of("identified_by", IdentifiedBy),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_preparation_ingredient_n", "clinic_id", "preparation_id", "n", unique=True),
        Index(
            "ix_preparation_ingredient_serial",
            "clinic_id",
            "serial",
            sqlite_where=_HAS_SERIAL,
            postgresql_where=_HAS_SERIAL,
        ),
    )


class PreparationSession(Base):
    """A session that a cocktail is made for."""

    __tablename__ = "preparation_session"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    preparation_id: Mapped[int] = mapped_column(Identity)
    session_id: Mapped[int] = mapped_column(Identity)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Since when it is for this session no longer: it was given to another."""
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "preparation_id", "session_id"),
        in_clinic("preparation_id", "preparation"),
        in_clinic("session_id", "treatment_session"),
        Index("ix_preparation_session_session", "clinic_id", "session_id", "preparation_id"),
    )


class PassedOverLot(OfClinic, Base):
    """A lot that was to be taken first, was not, and what the bench answered.  Append-only."""

    __tablename__ = "passed_over_lot"
    lot_id: Mapped[int] = mapped_column(Identity)
    location_id: Mapped[int] = mapped_column(Identity)
    """Where the books say that it lies."""
    taken_lot_id: Mapped[int] = mapped_column(Identity)
    answer: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    """For whom or what it is kept."""
    document_uid: Mapped[str | None] = mapped_column(Uid())
    """The session or cocktail for which another was taken: its answer holds there; None: for neither."""
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    entry_seq: Mapped[int] = mapped_column(Identity)
    """The number of the act's entry in the clinic's journal of changes, which names the answer, too."""
    __table_args__ = (
        in_clinic("lot_id", "lot"),
        in_clinic("location_id", "location"),
        in_clinic("taken_lot_id", "lot"),
        one_of("answer", PassingOver),
        CheckConstraint("answer <> 'kept_for' OR words <> ''", name="kept_for_something"),
        CheckConstraint("lot_id <> taken_lot_id", name="another_was_taken"),
        Index("ix_passed_over_lot_place", "clinic_id", "lot_id", "location_id"),
        Index("ix_passed_over_lot_entry", "clinic_id", "entry_seq"),
    )
