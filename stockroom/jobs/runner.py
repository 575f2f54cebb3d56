"""Which jobs are there, and how is one run?  By name, for an instant, with a report of what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from stockroom.db.store import Store
from stockroom.errors import NotFound, extracted
from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify import verify


@dataclass(eq=False, kw_only=True)
class JobUnknown(NotFound):
    """There is no job of this name."""

    code: ClassVar[str] = "job_unknown"
    message: ClassVar[str] = extracted("There is no job called {name}. There are: {known}.")
    name: str
    known: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class JobReport:
    """What one run did; it names rows and counts, never a person."""

    job: str
    as_of: datetime
    done: int
    failed: int
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.failed == 0

    def as_row(self) -> dict[str, object]:
        """The report as plain JSON values."""
        return {**asdict(self), "as_of": self.as_of.isoformat(), "ok": self.ok}


@dataclass(frozen=True, kw_only=True)
class Job:
    """Something that is done at set times (UTC)."""

    name: str
    about: str
    do: Callable[[Store, datetime], JobReport]
    every: timedelta | None = None
    at_hour: int | None = None
    """Once a day at this hour UTC, when it is not done every so often."""


def _anchor(store: Store, as_of: datetime) -> JobReport:
    return JobReport(job="anchor", as_of=as_of, done=len(anchor_heads(store, now=as_of)), failed=0)


def _verify(store: Store, as_of: datetime) -> JobReport:
    report = verify(store)
    notes = tuple(f"{found.invariant} {found.table} {found.row}: {found.what}" for found in report.findings)
    return JobReport(
        job="verify", as_of=as_of, done=sum(report.counts.values()), failed=len(notes), notes=notes
    )


JOBS: dict[str, Job] = {
    job.name: job
    for job in (
        Job(
            name="anchor",
            about="write every journal's head to the anchor file",
            do=_anchor,
            every=timedelta(minutes=5),
        ),
        Job(name="verify", about="recompute every invariant of the books", do=_verify, at_hour=1),
    )
}


def run(store: Store, name: str, *, as_of: datetime) -> JobReport:
    """Run the job called `name` as of an instant and give its report.  Raises JobUnknown."""
    if name not in JOBS:
        raise JobUnknown(name=name[:40], known=tuple(JOBS))
    return JOBS[name].do(store, as_of)
