"""Which words do records choose from?  Reference data of the source texts, loaded from data files."""

from __future__ import annotations

from sqlalchemy import PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base


class ReferenceItem(Base):
    """An area, technique, indication, device, protocol, instruction … with its sources."""

    __tablename__ = "reference_item"
    kind: Mapped[str] = mapped_column(Text)
    slug: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    detail: Mapped[str] = mapped_column(Text)
    """Canonical JSON of the row's further columns."""
    sources: Mapped[str] = mapped_column(Text)
    __table_args__ = (PrimaryKeyConstraint("kind", "slug"),)
