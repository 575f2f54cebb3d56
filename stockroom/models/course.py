"""Which sessions belong together as one patient's course, and why was one of them planned too early?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import Editable, OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import CourseState


class Course(OfClinic, Editable, Base):
    """A patient's planned series of sessions in one clinic."""

    __tablename__ = "course"
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"), index=True)
    protocol_version_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("protocol_version.id"))
    """None for a course that is planned freely."""
    name: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    external_reference: Mapped[str] = mapped_column(Text)
    """The course's number in the clinic's own software; empty where it has none, and never a name."""
    __table_args__ = (
        clinic_key(),
        one_of("state", CourseState),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_at_some_time"),
        Index("ix_course_reference", "clinic_id", "external_reference"),
        Index("ix_course_state", "clinic_id", "state"),
    )


class CourseSession(Base):
    """A session is one of a course; it stays so when it is cancelled."""

    __tablename__ = "course_session"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    session_id: Mapped[int] = mapped_column(Identity)
    course_id: Mapped[int] = mapped_column(Identity)
    is_maintenance: Mapped[bool] = mapped_column(Boolean)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "session_id"),
        in_clinic("session_id", "treatment_session"),
        in_clinic("course_id", "course"),
        Index("ix_course_session_course", "clinic_id", "course_id"),
    )


class IntervalAnswer(OfClinic, Base):
    """Why a session was planned sooner after another than its protocol says, and who answered.  Append-only."""

    __tablename__ = "interval_answer"
    course_id: Mapped[int] = mapped_column(Identity)
    session_id: Mapped[int] = mapped_column(Identity)
    days: Mapped[int] = mapped_column(Integer)
    """Between the two, as they were planned then."""
    least_days: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        in_clinic("course_id", "course"),
        in_clinic("session_id", "treatment_session"),
        CheckConstraint("days >= 0 AND days < least_days", name="sooner"),
        Index("ix_interval_answer_course", "clinic_id", "course_id"),
    )
