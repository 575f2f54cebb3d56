"""Who may log in, to which clinic, in which role, and with which tokens?"""

from __future__ import annotations

from datetime import datetime

from flask_security.core import UserMixin
from sqlalchemy import ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import Named, Numbered
from stockroom.vocabulary import Role

_HELD_NOW = text("until_at IS NULL")


class User(Named, UserMixin, Base):
    """A log-in of a person."""

    __tablename__ = "user_account"
    person_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    email: Mapped[str] = mapped_column(Text, unique=True)
    password: Mapped[str | None] = mapped_column(Text)
    """Argon2id; none until the person has set one."""
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    first_password_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Set while the password is one that somebody was given: until then it opens, and only to choose another."""


class Membership(Base):
    """A role that a user holds in a clinic."""

    __tablename__ = "membership"
    user_id: Mapped[int] = mapped_column(Identity, ForeignKey("user_account.id"), primary_key=True)
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(Text, primary_key=True)
    until_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Of an inspector: from then on it opens nothing any more.  None: until somebody takes it."""
    purpose: Mapped[str] = mapped_column(Text, default="", server_default="")
    """What an inspector is here for (AuditPurpose)."""
    __table_args__ = (one_of("role", Role),)


class RoleHeld(Numbered, Base):
    """That a log-in holds, or held, a role in a clinic: from when until when, given and taken by whom."""

    __tablename__ = "role_held"
    user_id: Mapped[int] = mapped_column(Identity, ForeignKey("user_account.id"))
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    role: Mapped[str] = mapped_column(Text)
    from_at: Mapped[datetime] = mapped_column(UTCDateTime)
    until_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When it was taken; one that ends by itself ends with its membership."""
    given_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    taken_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    purpose: Mapped[str] = mapped_column(Text, default="", server_default="")
    __table_args__ = (
        one_of("role", Role),
        Index("ix_role_held_clinic", "clinic_id", "from_at"),
        Index(
            "uq_role_held_now",
            "user_id",
            "clinic_id",
            "role",
            unique=True,
            sqlite_where=_HELD_NOW,
            postgresql_where=_HELD_NOW,
        ),
    )


class ApiToken(Named, Base):
    """A bearer token of a user for one clinic; only its hash is kept."""

    __tablename__ = "api_token"
    user_id: Mapped[int] = mapped_column(Identity, ForeignKey("user_account.id"), index=True)
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    actions: Mapped[str] = mapped_column(Text)
    """The actions that the token is limited to, separated by spaces; "*" for all of its user's."""
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LogIn(Named, Base):
    """One stay of a user at the screens, from the password to the log-out; only its token's hash is kept.

    The token is in the browser's cookie.  A log-in without `ended_at` still ends by itself, a while after
    it was last seen and a working day after it began.
    """

    __tablename__ = "log_in"
    user_id: Mapped[int] = mapped_column(Identity, ForeignKey("user_account.id"), index=True)
    token_hash: Mapped[str] = mapped_column(Text, unique=True)
    device: Mapped[str] = mapped_column(Text)
    """What the browser says of itself, shortened, so that its owner recognises it."""
    address: Mapped[str] = mapped_column(Text)
    """The network address that it came from, for the same reason."""
    began_at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    last_seen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """To the minute: it is no act, and is not written down for every request."""
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class LogInAttempt(Numbered, Base):
    """One try at a log-in, by which guessing is slowed down across all workers.  It holds digests, no names."""

    __tablename__ = "log_in_attempt"
    account: Mapped[str] = mapped_column(Text)
    """Blind index of the address that was typed, whether or not there is such a log-in."""
    address: Mapped[str] = mapped_column(Text)
    """Keyed digest of the network address."""
    at: Mapped[datetime] = mapped_column(UTCDateTime, index=True)
    succeeded: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        Index("ix_log_in_attempt_account", "account", "at"),
        Index("ix_log_in_attempt_address", "address", "at"),
    )
