"""Who did what, in which order, provably?  Journals with their heads: append-only, numbered, chained."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Uid, UTCDateTime


class _Entry:
    """One accepted act, or one refusal that a person answers for."""

    seq: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=False)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_uid: Mapped[str] = mapped_column(Text)
    roles: Mapped[str] = mapped_column(Text)
    device: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    key: Mapped[str | None] = mapped_column(Text)
    """The idempotency key that this accepted act consumed; none for a refusal."""
    request_digest: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    previous_hash: Mapped[str] = mapped_column(Text)
    hash: Mapped[str] = mapped_column(Text)


class JournalHead(Base):
    """The newest number and hash of a clinic's journal; locking it makes a clinic's one writer."""

    __tablename__ = "journal_head"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"), primary_key=True)
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    seq: Mapped[int] = mapped_column(Identity)
    hash: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (CheckConstraint("stream IN ('changes', 'disclosures')", name="stream_is_a_word"),)


class JournalEntry(_Entry, Base):
    """An entry of a clinic's journal of changes or of disclosures."""

    __tablename__ = "journal_entry"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"), primary_key=True, sort_order=-2)
    stream: Mapped[str] = mapped_column(Text, primary_key=True, sort_order=-1)
    __table_args__ = (
        CheckConstraint("stream IN ('changes', 'disclosures')", name="stream_is_a_word"),
        # The author first: a key is looked up in all journals at once (L10).
        Index("uq_journal_entry_author_key", "actor_uid", "key", "clinic_id", "stream", unique=True),
    )


class DisclosedPatient(Base):
    """That an entry of a clinic's journal of disclosures names a patient, so that hers are found.  Append-only."""

    __tablename__ = "disclosed_patient"
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"))
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    seq: Mapped[int] = mapped_column(Identity)
    __table_args__ = (
        PrimaryKeyConstraint("patient_id", "clinic_id", "seq"),
        {"sqlite_with_rowid": False},
    )


class OrganisationHead(Base):
    """The newest number and hash of the organisation's journal (one row), and which organisation it is."""

    __tablename__ = "organisation_head"
    id: Mapped[int] = mapped_column(Identity, primary_key=True, autoincrement=False)
    uid: Mapped[str] = mapped_column(Uid())
    """Drawn when the database is made: the name of its anchor file, and in the first entry's hash."""
    seq: Mapped[int] = mapped_column(Identity)
    hash: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)


class OrganisationEntry(_Entry, Base):
    """An entry of the organisation's journal."""

    __tablename__ = "organisation_entry"
    __table_args__ = (Index("uq_organisation_entry_author_key", "actor_uid", "key", unique=True),)
