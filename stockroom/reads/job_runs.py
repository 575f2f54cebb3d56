"""Does this process still hold the run of a job in which it acts?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import Connection, select

from stockroom.errors import Conflict, extracted
from stockroom.models import JobRun
from stockroom.notices import RunState


@dataclass(eq=False, kw_only=True)
class RunTakenOver(Conflict):
    """The run was silent for longer than its lease, and another process goes on with it."""

    code: ClassVar[str] = "run_taken_over"
    message: ClassVar[str] = extracted(
        "Another process has taken over {job} of {slot}. Nothing was recorded."
    )
    job: str
    slot: datetime


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A run that somebody holds: the row of (job, slot) under its fence."""

    run_id: int
    job: str
    slot: datetime
    fence: int


def require_held(connection: Connection, claim: Claim) -> None:
    """Raise RunTakenOver unless the claim holds its run; it then does until this transaction ends."""
    held = connection.execute(
        select(JobRun.id)
        .where(JobRun.id == claim.run_id, JobRun.fence == claim.fence, JobRun.state == RunState.RUNNING)
        .with_for_update(read=True)
    ).first()
    if held is None:
        raise RunTakenOver(job=claim.job, slot=claim.slot)
