"""Which backups of this installation were made, and proven to come back?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import Named


class BackupMade(Named, Base):
    """One backup that was restored beside and whose books were true there; one that was not proven has no row."""

    __tablename__ = "backup_made"
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """All that was committed before is in it."""
    verified_at: Mapped[datetime] = mapped_column(UTCDateTime)
    file_name: Mapped[str] = mapped_column(Text)
    """Without its folder, which is the machine's own."""
    size_bytes: Mapped[int] = mapped_column(Identity)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="size_positive"),
        CheckConstraint("made_at <= verified_at", name="verified_after_made"),
        Index("ix_backup_made_at", "made_at"),
    )
