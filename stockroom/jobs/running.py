"""What does a job have in hand while it runs?  Its instant, its claim, and a tally; one bad row stops no other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import select
from structlog.stdlib import get_logger

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import StockroomError, Unavailable
from stockroom.jobs.claiming import Held, renew
from stockroom.models import Clinic
from stockroom.outside.mail import Postman
from stockroom.reads.actors import system_actor
from stockroom.reads.job_runs import Claim, RunTakenOver
from stockroom.rules.timetable import Plan

NOTES_MAX = 200
"""So many bad rows are named; the rest is counted."""
Row = TypeVar("Row")


@dataclass(frozen=True, kw_only=True)
class JobReport:
    """What one run did; it names rows and counts, never a person."""

    job: str
    as_of: datetime
    done: int
    skipped: int
    failed: int
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return self.failed == 0

    def as_row(self) -> dict[str, object]:
        """The report as plain JSON values."""
        return {**asdict(self), "as_of": self.as_of.isoformat(), "ok": self.ok}


@dataclass(frozen=True, kw_only=True)
class Place:
    """A clinic in which a job is done."""

    id: int
    uid: str
    name: str
    zone: str


@dataclass(kw_only=True)
class Run:
    """One run of a job in progress."""

    store: Store
    plan: Plan
    held: Held
    clock: Callable[[], datetime]
    postman: Postman
    done: int = 0
    skipped: int = 0
    failed: int = 0
    notes: list[str] = field(default_factory=list)
    _renew_at: datetime | None = None

    @property
    def as_of(self) -> datetime:
        """The instant by which the job decides; what it writes is dated by the clock."""
        return self.held.as_of

    @property
    def claim(self) -> Claim:
        """What every act of the run carries, so that who was taken over writes nothing."""
        return self.held.claim

    def key(self, place: Place, *parts: str) -> str:
        """Give the key of one act of this run in a clinic: the same act of the same slot, whoever does it."""
        return "/".join((self.plan.name, self.claim.slot.strftime("%Y%m%dT%H%M%S.%f"), place.uid, *parts))

    def actor(self, place: Place | None = None) -> Actor:
        """The installation's own principal, as this run."""
        device = f"job {self.plan.name} {self.claim.slot.isoformat()}"
        with self.store.reading() as connection:
            if place is None:
                return system_actor(connection, device=device)
            return system_actor(connection, device=device, clinic_id=place.id, clinic_uid=place.uid)

    def places(self) -> tuple[Place, ...]:
        """Every clinic."""
        with self.store.reading() as connection:
            rows = connection.execute(
                select(Clinic.id, Clinic.uid, Clinic.name, Clinic.time_zone).order_by(Clinic.id)
            ).all()
        return tuple(Place(id=row.id, uid=row.uid, name=row.name, zone=row.time_zone) for row in rows)

    def in_each_clinic(self, do: Callable[[Place], None]) -> None:
        """Do something in every clinic; one that fails is named and stops no other."""
        for place in self.places():
            self.attempt(f"clinic {place.uid}", partial(do, place))

    def each(self, rows: Iterable[Row], name: Callable[[Row], str], do: Callable[[Row], bool]) -> None:
        """Do something for every row; `do` says whether it changed anything.

        A row that fails is named and stops no other.
        """
        for row in rows:
            self.attempt(name(row), partial(self._do_one, do, row))

    def attempt(self, name: str, do: Callable[[], None]) -> None:
        """Do one thing; when it fails, name it and go on.

        Raises RunTakenOver, and Unavailable: a database that does not answer fails every row alike, and
        whoever takes the run over does them all.
        """
        self.hold_on()
        try:
            do()
        except (RunTakenOver, Unavailable):
            raise
        except Exception as error:
            self.fail(name, error)

    def hold_on(self) -> None:
        """Tell the others, from time to time, that this run goes on.  Raises RunTakenOver."""
        now = self.clock()
        if self._renew_at is None:
            self._renew_at = now + self.plan.lease / 3
        elif now >= self._renew_at:
            renew(self.store, self.claim, until=now + self.plan.lease)
            self._renew_at = now + self.plan.lease / 3

    def fail(self, name: str, error: Exception) -> None:
        """Count a row that failed, and name it by its uid and the error by its code: no values (L14)."""
        what = error.code if isinstance(error, StockroomError) else type(error).__name__
        self.note(f"{name}: {what}")
        get_logger("stockroom.jobs").warning("row failed", job=self.plan.name, row=name, error=what)

    def note(self, text: str) -> None:
        """Count one thing that failed, and say which."""
        self.failed += 1
        if len(self.notes) < NOTES_MAX:
            self.notes.append(text)

    def _do_one(self, do: Callable[[Row], bool], row: Row) -> None:
        if do(row):
            self.done += 1
        else:
            self.skipped += 1

    def report(self) -> JobReport:
        return JobReport(
            job=self.plan.name,
            as_of=self.as_of,
            done=self.done,
            skipped=self.skipped,
            failed=self.failed,
            notes=tuple(self.notes),
        )
