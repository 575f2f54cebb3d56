"""Which tablets stand in which rooms, who changes at them, and by which badge or PIN?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import Named, OfClinic, in_clinic
from stockroom.vocabulary import SignOnWay

_VALID = text("revoked_at IS NULL")


class Tablet(OfClinic, Base):
    """A device of the clinic, registered once for a room.  Its cookie holds a random secret, the row its hash."""

    __tablename__ = "tablet"
    room_id: Mapped[int] = mapped_column(Identity)
    name: Mapped[str] = mapped_column(Text)
    secret_hash: Mapped[str] = mapped_column(Text, unique=True)
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    registered_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        in_clinic("room_id", "location"),
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_somebody"),
        Index(
            "uq_tablet_name", "clinic_id", "name", unique=True, sqlite_where=_VALID, postgresql_where=_VALID
        ),
    )


class SignOn(Base):
    """That a log-in was made at a tablet, and how; it opens nothing from anywhere else."""

    __tablename__ = "sign_on"
    log_in_id: Mapped[int] = mapped_column(
        Identity, ForeignKey("log_in.id", ondelete="CASCADE"), primary_key=True
    )
    tablet_id: Mapped[int] = mapped_column(Identity, ForeignKey("tablet.id"), index=True)
    way: Mapped[str] = mapped_column(Text)
    __table_args__ = (one_of("way", SignOnWay),)


class Pin(Base):
    """The number by which a person signs on at tablets; argon2id, as a password."""

    __tablename__ = "pin"
    person_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"), primary_key=True)
    pin_hash: Mapped[str] = mapped_column(Text)
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Badge(Named, Base):
    """A badge that a person was given; only a keyed digest of its code is kept.  One is valid at a time."""

    __tablename__ = "badge"
    person_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    code_hash: Mapped[str] = mapped_column(Text, unique=True)
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    issued_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    revoked_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (revoked_by_id IS NULL)", name="revoked_by_somebody"),
        Index("uq_badge_person", "person_id", unique=True, sqlite_where=_VALID, postgresql_where=_VALID),
    )


class SignOnAttempt(Named, Base):
    """One try of a badge or PIN, written down before it is looked at, by which guessing is limited."""

    __tablename__ = "sign_on_attempt"
    person_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    """Whose PIN was tried; None for a badge, which says itself whose it is."""
    tablet_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("tablet.id"))
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    succeeded: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        Index("ix_sign_on_attempt_person", "person_id", "at"),
        Index("ix_sign_on_attempt_tablet", "tablet_id", "at"),
    )
