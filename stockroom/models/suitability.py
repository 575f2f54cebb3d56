"""What does a flag of a patient stop?  Rules of the source texts, and what each clinic decided about them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.vocabulary import Effect, SubjectKind


class SuitabilityRule(Base):
    """A rule that the reference data bring: whoever has the flag does not get this, or not without a word."""

    __tablename__ = "suitability_rule"
    flag: Mapped[str] = mapped_column(Text)
    """The slug of a contraindication."""
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    """A regulatory class, an ingredient's or technique's slug, or a class of ingredients."""
    effect: Mapped[str] = mapped_column(Text)
    sources: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        PrimaryKeyConstraint("flag", "subject_kind", "subject"),
        one_of("subject_kind", SubjectKind),
        one_of("effect", Effect),
    )


class ClinicSuitabilityRule(Base):
    """What a clinic decided for itself: another effect of a rule, or a rule of its own."""

    __tablename__ = "clinic_suitability_rule"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    flag: Mapped[str] = mapped_column(Text)
    subject_kind: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    effect: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    """Where the clinic has it from: a leaflet, a guideline, its own doctors."""
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "flag", "subject_kind", "subject"),
        one_of("subject_kind", SubjectKind),
        one_of("effect", Effect),
        CheckConstraint("source <> ''", name="source_is_named"),
    )
