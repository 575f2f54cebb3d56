"""Which labels were printed, when, by whom, and for the how manieth time?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.db.columns import Uid as UidType
from stockroom.models.keys import OfClinic
from stockroom.vocabulary import LabelledKind


class LabelPrint(OfClinic, Base):
    """One printing of the label, or labels, of one thing.  Append-only."""

    __tablename__ = "label_print"
    kind: Mapped[str] = mapped_column(Text)
    thing_uid: Mapped[str] = mapped_column(UidType())
    n: Mapped[int] = mapped_column(Integer)
    """1 for the first printing; every later one is a reprint and says so."""
    part_count: Mapped[int] = mapped_column(Integer)
    """Into how many syringes it was drawn: a label for each."""
    paper: Mapped[str] = mapped_column(Text)
    """The sheet or roll, by its slug."""
    start: Mapped[int] = mapped_column(Integer)
    """The first label of the sheet that was still there."""
    printed_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    printed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        one_of("kind", LabelledKind),
        CheckConstraint("n > 0 AND part_count > 0 AND start > 0", name="counts_positive"),
        UniqueConstraint("clinic_id", "kind", "thing_uid", "n"),
    )
