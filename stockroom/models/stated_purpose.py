"""Why did somebody who audits let patients' names be opened, in which clinic, and for how long?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic
from stockroom.vocabulary import AuditPurpose


class StatedPurpose(OfClinic, Base):
    """Said before the first name is shown; until its end names stand beside references.  Append-only."""

    __tablename__ = "stated_purpose"
    person_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    """The number of the file or the case; no name of a patient."""
    stated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        one_of("purpose", AuditPurpose),
        CheckConstraint("reference <> ''", name="says_which"),
        CheckConstraint("until_at > stated_at", name="ends_later"),
        Index("ix_stated_purpose_person", "clinic_id", "person_id", "until_at"),
    )
