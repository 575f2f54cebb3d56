"""Which vials are open, since when, until when, and where do they stand?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Numbered, in_clinic
from stockroom.vocabulary import ContainerState

_OPEN = text("state = 'open'")
_IS_LATE = text("late_reason <> ''")
_HAS_SERIAL = text("serial IS NOT NULL")


class Container(Base):
    """One physical vial, ampoule, syringe or tube once opened; shares the key of its location."""

    __tablename__ = "container"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    location_id: Mapped[int] = mapped_column(Identity)
    lot_id: Mapped[int] = mapped_column(Identity)
    product_rule_id: Mapped[int] = mapped_column(Identity, ForeignKey("product_rule.id"))
    short_code: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    beyond_use_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """None only where neither the product expires nor its in-use life is limited."""
    content_quantity: Mapped[int] = mapped_column(Quantity)
    """Base units that it held when opened, by its label."""
    punctures: Mapped[int] = mapped_column(Integer, default=0)
    patient_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("patient.id"))
    """The only patient it may serve: set by its first use when it is not for several."""
    one_patient_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When a vial for several stood in a treatment room, from where on it serves one patient only."""
    stands_in_id: Mapped[int] = mapped_column(Identity)
    """Where it stands: the location of its latest placing by `placed_at`."""
    opened_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    serial: Mapped[str | None] = mapped_column(Text)
    """Of the unit that was opened, where its code said one."""
    trade_item_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("trade_item.id"))
    """By which it was known when it was opened; None: no pack was scanned, or it was opened before this was kept."""
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "location_id"),
        in_clinic("location_id", "location"),
        in_clinic("lot_id", "lot"),
        in_clinic("stands_in_id", "location"),
        one_of("state", ContainerState),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when_not_open"),
        CheckConstraint("content_quantity > 0 AND punctures >= 0", name="counts_not_negative"),
        Index(
            "uq_container_open_code",
            "clinic_id",
            "short_code",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_container_lot", "clinic_id", "lot_id"),
        Index(
            "ix_container_open_limit",
            "clinic_id",
            "beyond_use_at",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(
            "ix_container_serial",
            "clinic_id",
            "serial",
            sqlite_where=_HAS_SERIAL,
            postgresql_where=_HAS_SERIAL,
        ),
    )


class Placing(Numbered, Base):
    """A container was put somewhere.  Append-only."""

    __tablename__ = "container_placing"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    container_id: Mapped[int] = mapped_column(Identity)
    location_id: Mapped[int] = mapped_column(Identity)
    placed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    placed_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    late_reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    """Why it was not written down then, where it was recorded late."""
    __table_args__ = (
        in_clinic("container_id", "container", key="location_id"),
        in_clinic("location_id", "location"),
        Index("ix_container_placing_container", "clinic_id", "container_id"),
        Index(
            "ix_container_placing_late",
            "clinic_id",
            "recorded_at",
            sqlite_where=_IS_LATE,
            postgresql_where=_IS_LATE,
        ),
    )


class OpeningRedated(Numbered, Base):
    """A container turned out to have been opened earlier than was booked.  Append-only."""

    __tablename__ = "opening_redated"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    container_id: Mapped[int] = mapped_column(Identity)
    was_opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        in_clinic("container_id", "container", key="location_id"),
        CheckConstraint("opened_at < was_opened_at", name="earlier_only"),
        Index("ix_opening_redated_container", "clinic_id", "container_id"),
    )
