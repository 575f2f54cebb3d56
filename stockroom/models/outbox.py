"""Which messages have to leave the house?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic
from stockroom.notices import MessageState

_WAITING = text("state = 'waiting'")


class OutboxMessage(OfClinic, Base):
    """One message to one member of staff, written in the transaction of what it tells.

    Its uid is its Message-ID, whoever sends it and however often.  It names things, never patients; the
    address is looked up when it is sent.
    """

    __tablename__ = "outbox_message"
    key: Mapped[str] = mapped_column(Text)
    """What it is for: the same thing is told the same person once."""
    kind: Mapped[str] = mapped_column(Text)
    user_id: Mapped[int] = mapped_column(Identity, ForeignKey("user_account.id"))
    subject: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    state: Mapped[str] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(Integer)
    """Goes up with every claim; who holds a lower one marks nothing."""
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    attempts: Mapped[int] = mapped_column(Integer)
    next_attempt_at: Mapped[datetime] = mapped_column(UTCDateTime)
    last_failure: Mapped[str] = mapped_column(Text)
    """What went wrong last, as the name of an error or the number of a reply."""
    ended_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        UniqueConstraint("clinic_id", "key"),
        one_of("state", MessageState),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_when_not_waiting"),
        CheckConstraint("attempts >= 0 AND fence >= 0", name="counts_not_negative"),
        Index(
            "ix_outbox_message_waiting",
            "next_attempt_at",
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )
