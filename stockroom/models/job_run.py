"""Which runs of which jobs were there, who holds them, and what came of them?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import Numbered
from stockroom.notices import RunState

_UNFINISHED = text("finished_at IS NULL")


class JobRun(Numbered, Base):
    """One run of a job: whoever writes the row of (job, slot) runs it, and nobody else."""

    __tablename__ = "job_run"
    job: Mapped[str] = mapped_column(Text)
    slot: Mapped[datetime] = mapped_column(UTCDateTime)
    """The instant at which it was due; when it was asked for, where a person asked."""
    as_of: Mapped[datetime] = mapped_column(UTCDateTime)
    """The instant by which it decides what is due."""
    is_by_hand: Mapped[bool]
    state: Mapped[str] = mapped_column(Text)
    fence: Mapped[int] = mapped_column(Integer)
    """Goes up whenever another process takes the run over; who holds a lower one writes no more."""
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    holder: Mapped[str] = mapped_column(Text)
    """The machine and process that hold it."""
    asked_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    started_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    done: Mapped[int] = mapped_column(Integer)
    skipped: Mapped[int] = mapped_column(Integer)
    failed: Mapped[int] = mapped_column(Integer)
    notes: Mapped[str] = mapped_column(Text)
    """A JSON list: which rows failed, and why; uids and codes only (L14)."""
    __table_args__ = (
        UniqueConstraint("job", "slot"),
        one_of("state", RunState),
        CheckConstraint(
            "(state IN ('done', 'failed')) = (finished_at IS NOT NULL)", name="finished_when_done"
        ),
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="leased_while_running"),
        CheckConstraint(
            "fence >= 0 AND done >= 0 AND skipped >= 0 AND failed >= 0", name="counts_not_negative"
        ),
        Index(
            "ix_job_run_unfinished",
            "lease_until",
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
    )
