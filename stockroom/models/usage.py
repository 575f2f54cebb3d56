"""What is known of a use beyond its line?"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, one_of
from stockroom.models.keys import in_clinic
from stockroom.vocabulary import IdentifiedBy

_HAS_SERIAL = text("serial IS NOT NULL")
_WAS_BY_HAND = text("identified_by = 'by_hand'")
"""Said in these words, with no parameter, the condition lets SQLite take the index of the few that are so."""


class Usage(Base):
    """Stands beside the line that moved a lot to *patient*.  Append-only, like its line."""

    __tablename__ = "usage"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    line_id: Mapped[int] = mapped_column(Identity)
    technique: Mapped[str | None] = mapped_column(Text)
    depth_um: Mapped[int | None] = mapped_column(Integer)
    """Depth of injection in micrometres."""
    indication: Mapped[str | None] = mapped_column(Text)
    practitioner_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    prescriber_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    identified_by: Mapped[str] = mapped_column(Text)
    trade_item_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("trade_item.id"))
    serial: Mapped[str | None] = mapped_column(Text)
    raw_scan: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "line_id"),
        in_clinic("line_id", "line"),
        one_of("identified_by", IdentifiedBy),
        CheckConstraint("depth_um IS NULL OR depth_um > 0", name="depth_positive"),
        Index(
            "ix_usage_serial", "clinic_id", "serial", sqlite_where=_HAS_SERIAL, postgresql_where=_HAS_SERIAL
        ),
        Index(
            "ix_usage_by_hand",
            "clinic_id",
            "line_id",
            sqlite_where=_WAS_BY_HAND,
            postgresql_where=_WAS_BY_HAND,
        ),
    )


class UsageArea(Base):
    """How much of a use went into one body area."""

    __tablename__ = "usage_area"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    line_id: Mapped[int] = mapped_column(Identity)
    area: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(Quantity)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "line_id", "area"),
        in_clinic("line_id", "usage", key="line_id"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
    )
