"""Which files do people bring in, how far is each, and what came of it?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic
from stockroom.tables.words import ImportState, TableKind


class TableImport(OfClinic, Base):
    """One file on its way in.  No fact of the books: what it changes is written by the act that brings it in."""

    __tablename__ = "table_import"
    kind: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    done: Mapped[int] = mapped_column(Integer)
    whole: Mapped[int] = mapped_column(Integer)
    """Of how many steps so many are done; zero while nobody knows."""
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The key of the content alone, wrapped by the installation's key."""
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The file, sealed; gone once it is brought in or thrown away, after a day at the latest."""
    result: Mapped[str] = mapped_column(Text)
    """What it would do or did, and its faults: JSON without a value of a patient (L14)."""
    asked_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        one_of("kind", TableKind),
        one_of("state", ImportState),
        CheckConstraint("0 <= done AND done <= whole", name="done_within_whole"),
        CheckConstraint("(content IS NULL) = (data_key IS NULL)", name="content_has_its_key"),
        Index("ix_table_import_asked", "clinic_id", "asked_at"),
    )
