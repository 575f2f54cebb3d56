"""Who was told of a recall, what was answered to its issuer, and how well did it go?  All of it append-only."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Numbered, OfClinic, clinic_key, in_clinic
from stockroom.models.recall_case import OfCase, Recorded
from stockroom.vocabulary import CheckLevel, ContactChannel, ContactOutcome, NextStep, ReplyChannel

_AMENDS = text("amends_id IS NOT NULL")


class RecallAttempt(OfClinic, Recorded, Base):
    """Somebody tried to reach a patient of a case.  What was written wrongly is amended by a further row."""

    __tablename__ = "recall_attempt"
    case_id: Mapped[int] = mapped_column(Identity, ForeignKey("recall_case.id"))
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"))
    channel: Mapped[str] = mapped_column(Text)
    tried_at: Mapped[datetime] = mapped_column(UTCDateTime)
    tried_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    outcome: Mapped[str] = mapped_column(Text)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What else is to be said, sealed with the patient's own key."""
    next_step: Mapped[str] = mapped_column(Text)
    next_on: Mapped[date | None]
    is_withdrawn: Mapped[bool] = mapped_column(default=False)
    """It was written down by mistake."""
    amends_id: Mapped[int | None] = mapped_column(Identity)
    __table_args__ = (
        clinic_key(),
        in_clinic("amends_id", "recall_attempt"),
        one_of("channel", ContactChannel),
        one_of("outcome", ContactOutcome),
        one_of("next_step", NextStep),
        Index("ix_recall_attempt_patient", "case_id", "patient_id"),
        Index(
            "uq_recall_attempt_amends",
            "clinic_id",
            "amends_id",
            unique=True,
            sqlite_where=_AMENDS,
            postgresql_where=_AMENDS,
        ),
    )


class RecallLetter(OfCase, Base):
    """What is written to the patients of a case; the newest is printed, its open places filled in then."""

    __tablename__ = "recall_letter"
    n: Mapped[int] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("case_id", "n"),
        CheckConstraint("subject <> '' AND body <> ''", name="says_something"),
    )


class RecallReply(OfCase, Base):
    """What was answered to the issuer, as it was sent."""

    __tablename__ = "recall_reply"
    n: Mapped[int] = mapped_column(Integer)
    supplier_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("supplier.id"))
    sent_to: Mapped[str] = mapped_column(Text)
    sent_how: Mapped[str] = mapped_column(Text)
    sent_at: Mapped[datetime] = mapped_column(UTCDateTime)
    sent_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    reference: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    file_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("recall_file.id"))
    """The paper that went, where it was kept."""
    __table_args__ = (
        UniqueConstraint("case_id", "n"),
        one_of("sent_how", ReplyChannel),
        CheckConstraint("sent_to <> ''", name="sent_to_somebody"),
    )


class RecallReplyLine(Numbered, Base):
    """What a reply says of one lot, in base units."""

    __tablename__ = "recall_reply_line"
    reply_id: Mapped[int] = mapped_column(Identity, ForeignKey("recall_reply.id"))
    n: Mapped[int] = mapped_column(Integer)
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    lot_number: Mapped[str] = mapped_column(Text)
    received: Mapped[int] = mapped_column(Quantity)
    corrected_in: Mapped[int] = mapped_column(Quantity)
    held: Mapped[int] = mapped_column(Quantity)
    in_transit: Mapped[int] = mapped_column(Quantity)
    used: Mapped[int] = mapped_column(Quantity)
    compounded: Mapped[int] = mapped_column(Quantity)
    returned: Mapped[int] = mapped_column(Quantity)
    destroyed: Mapped[int] = mapped_column(Quantity)
    corrected_out: Mapped[int] = mapped_column(Quantity)
    unaccounted: Mapped[int] = mapped_column(Quantity)
    """What the rest does not explain; below zero where more is found than came."""
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (UniqueConstraint("reply_id", "n"),)


class RecallCheck(OfCase, Base):
    """An effectiveness check: so many were asked, and so many had been told and had done what was asked."""

    __tablename__ = "recall_check"
    level: Mapped[str] = mapped_column(Text)
    share: Mapped[int] = mapped_column(Integer)
    """Percent of those concerned that were to be asked."""
    sampled: Mapped[int] = mapped_column(Integer)
    confirmed: Mapped[int] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        one_of("level", CheckLevel),
        CheckConstraint("share BETWEEN 0 AND 100", name="share_is_a_percentage"),
        CheckConstraint("confirmed BETWEEN 0 AND sampled", name="confirmed_within_sampled"),
        Index("ix_recall_check_case", "case_id"),
    )


class RecallMockResult(OfCase, Base):
    """What came of an exercise: how long it took from the lot to the complete list of patients."""

    __tablename__ = "recall_mock_result"
    started_at: Mapped[datetime] = mapped_column(UTCDateTime)
    listed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lots: Mapped[int] = mapped_column(Integer)
    cocktails: Mapped[int] = mapped_column(Integer)
    sessions: Mapped[int] = mapped_column(Integer)
    patients: Mapped[int] = mapped_column(Integer)
    clinics: Mapped[int] = mapped_column(Integer)
    listed_after_ms: Mapped[int] = mapped_column(Identity)
    is_complete: Mapped[bool]
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("case_id"),
        CheckConstraint("started_at <= listed_at AND listed_after_ms >= 0", name="runs_forward"),
    )
