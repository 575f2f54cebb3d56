"""Which jobs are there, and when is each of them due?  In UTC, which no clock change touches.

A job is due at *slots*: instants that depend on its plan alone, so that any number of processes name the
same one.  A server that slept makes up for the newest slot it missed, once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from stockroom.errors import NotFound, extracted

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
DIGEST_HOUR = 6
"""From this hour on, by the clinic's wall, the day's mail is written."""


@dataclass(eq=False, kw_only=True)
class JobUnknown(NotFound):
    """There is no job of this name."""

    code: ClassVar[str] = "job_unknown"
    message: ClassVar[str] = extracted("There is no job called {name}. There are: {known}.")
    name: str
    known: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A job's name, what it is for, and when it is done."""

    name: str
    about: str
    every: timedelta = _DAY
    """How often; a whole part of a day, or a day."""
    at: timedelta = timedelta(0)
    """How long after the beginning of each such interval, counted from midnight UTC."""
    lease: timedelta = timedelta(minutes=2)
    """How long a run may be silent before another process takes it over; longer than its longest step."""

    @property
    def daily_at(self) -> str | None:
        """The time of day in UTC, such as 01:30; None for what runs more than once a day."""
        hours, minutes = divmod(int(self.at.total_seconds()) // 60, 60)
        return f"{hours:02d}:{minutes:02d}" if self.every == _DAY else None

    @property
    def every_minutes(self) -> int:
        """How many minutes lie between two runs."""
        return int(self.every.total_seconds()) // 60

    @property
    def when(self) -> str:
        """When it runs, in words."""
        return f"daily at {self.daily_at} UTC" if self.daily_at else f"every {self.every_minutes} minutes"


PLANS: tuple[Plan, ...] = (
    Plan(
        name="late-jobs",
        about=extracted("say which jobs are late or failed"),
        every=timedelta(minutes=5),
    ),
    Plan(
        name="anchor",
        about=extracted("write every journal's head to the anchor file"),
        every=timedelta(minutes=5),
    ),
    Plan(
        name="beyond-use",
        about=extracted("say which open containers, cocktails and drafts are past their limit"),
        every=timedelta(minutes=5),
    ),
    Plan(
        name="unsuitable",
        about=extracted("say which sessions have something planned that does not suit their patient"),
        every=timedelta(minutes=15),
        at=timedelta(minutes=4),
    ),
    Plan(
        name="low-stock",
        about=extracted("compare what is usable with each product's minimum"),
        every=timedelta(minutes=15),
    ),
    Plan(
        name="expiring",
        about=extracted("say what expires soon"),
        every=timedelta(hours=1),
        at=timedelta(minutes=1),
    ),
    Plan(
        name="expired",
        about=extracted("say what has expired and still lies where it could be taken"),
        every=timedelta(hours=1),
        at=timedelta(minutes=1),
    ),
    Plan(
        name="day-duties",
        about=extracted(
            "say what was outside its temperature limits, and what of the day is not done by its hour"
        ),
        every=timedelta(minutes=5),
        at=timedelta(minutes=2),
    ),
    Plan(
        name="release-allocations",
        about=extracted("give back what is kept for sessions whose day is over"),
        every=timedelta(hours=1),
        at=timedelta(minutes=2),
    ),
    Plan(
        name="forget-files",
        about=extracted("forget files that nobody brought in for a day"),
        every=timedelta(hours=1),
        at=timedelta(minutes=3),
    ),
    Plan(
        name="verify",
        about=extracted("recompute every invariant of the books"),
        at=timedelta(hours=1),
        lease=timedelta(hours=2),
    ),
    Plan(
        name="write-digests",
        about=extracted("put the day's mail into the outbox"),
        every=timedelta(hours=1),
        at=timedelta(minutes=5),
    ),
    Plan(
        name="mail-heads",
        about=extracted(
            "send the heads of the journals to auditors and administrators, where the clinic wants it"
        ),
        every=timedelta(hours=1),
        at=timedelta(minutes=5),
    ),
    Plan(
        name="send-notices",
        about=extracted("send what waits in the outbox"),
        every=timedelta(minutes=5),
        at=timedelta(minutes=1),
        lease=timedelta(minutes=5),
    ),
)
"""Every job, in the order in which those that are due at the same time run."""
_BY_NAME = {plan.name: plan for plan in PLANS}


def plan_called(name: str) -> Plan:
    """Give a job's plan.  Raises JobUnknown."""
    if name not in _BY_NAME:
        raise JobUnknown(name=name[:40], known=tuple(_BY_NAME))
    return _BY_NAME[name]


def slot_at(plan: Plan, at: datetime) -> datetime:
    """Give the newest slot of a job that has begun by `at` (aware)."""
    elapsed = at.astimezone(UTC) - _EPOCH - plan.at
    return _EPOCH + plan.at + elapsed // plan.every * plan.every


def slot_after(plan: Plan, at: datetime) -> datetime:
    """Give the first slot of a job that begins after `at` (aware)."""
    return slot_at(plan, at) + plan.every


def missed_slot(plan: Plan, newest: datetime | None, *, now: datetime) -> datetime | None:
    """Give the slot that is due and that nobody has taken; the newest alone, however many were missed.

    `newest` is the newest slot that was taken, None when none ever was.
    """
    due = slot_at(plan, now)
    return due if newest is None or newest < due else None


def is_late(plan: Plan, done: datetime | None, *, since: datetime, now: datetime) -> bool:
    """Whether a job is late by twice its interval.

    `done` is the newest slot that was run to its end; where there is none, `since` is when the schedule
    first ran here.
    """
    due = slot_after(plan, since if done is None else done)
    return now - due >= 2 * plan.every


def digest_day(now: datetime, zone: str) -> date | None:
    """Give the civil day whose mail is due in a clinic; None before DIGEST_HOUR."""
    here = now.astimezone(ZoneInfo(zone))
    return here.date() if here.hour >= DIGEST_HOUR else None
