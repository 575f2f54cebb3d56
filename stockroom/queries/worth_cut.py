"""Up to where are the books read, when they are asked what they said of a past day?

A day ends at midnight of the clinic's wall.  The books as they stood then hold everything that was recorded by
then, which never changes (decision 0007).  What had happened by then and was written down later is in them only
when they are read up to a later entry, which is then named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, literal, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.db.transaction import CHANGES
from stockroom.errors import InvalidValue
from stockroom.models import Clinic, ClosedPeriod, JournalEntry, JournalHead, Movement

_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A point of the books of every clinic, and of what had happened."""

    day: date
    """The last day that is in it, by the wall of the clinic that asks."""
    seq: int
    """The newest entry of that clinic's journal that is read; 0 where there was none yet."""
    recorded_at: datetime | None
    """When that entry was written."""
    happened_before: datetime | None
    """Only what happened before it; None where the books that are read hold nothing later anyhow."""
    seqs: Mapping[int, int]
    """The newest entry of each clinic, by its id."""
    movement_ids: Mapping[int, int]
    """The newest movement of each clinic; within a clinic their ids are in the order of the books."""
    is_day_over: bool
    """False for today: more may be written down before the evening."""

    @property
    def is_as_it_stood(self) -> bool:
        """True where the books are read as they stood when the day was over."""
        return self.happened_before is None


def day_end(day: date, zone: str) -> datetime:
    """Give the first instant after a day, by a wall in `zone`."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def cut_at(
    connection: Connection, clinic_id: int, *, day: date, now: datetime, through_seq: int | None = None
) -> Cut:
    """Give the point up to which the books are read for a day, in at most four statements.

    Without `through_seq`: the books as they stood at the end of that day.  With it: what had happened by the
    end of that day, as it is known through that entry of the clinic's journal.
    Raises InvalidValue for a day that has not come, or an entry that is not there.
    """
    zone = connection.execute(select(Clinic.time_zone).where(Clinic.id == clinic_id)).scalar_one()
    if not _FIRST_DAY <= day <= civil_date(now, zone):
        raise InvalidValue(field="day", problem="a day that has come, such as 2025-12-31")
    ends_at = day_end(day, zone)
    found = _newest(connection, JournalEntry.recorded_at < ends_at)
    if through_seq is None:
        recorded_at = _recorded_at(connection, clinic_id, found.seqs[clinic_id])
        return Cut(
            day=day,
            seq=found.seqs[clinic_id],
            recorded_at=recorded_at,
            happened_before=None,
            seqs=found.seqs,
            movement_ids=found.movement_ids,
            is_day_over=ends_at <= now,
        )
    recorded_at = _recorded_at(connection, clinic_id, through_seq)
    if recorded_at is None:
        raise InvalidValue(field="through_entry", problem="the number of an entry of this clinic's journal")
    later = _newest(connection, JournalEntry.recorded_at <= recorded_at, {clinic_id: through_seq})
    return Cut(
        day=day,
        seq=through_seq,
        recorded_at=recorded_at,
        happened_before=ends_at,
        seqs=later.seqs,
        movement_ids=later.movement_ids,
        is_day_over=ends_at <= now,
    )


def newest_seq(connection: Connection, clinic_id: int) -> int:
    """Give the number of the newest entry of a clinic's journal; one statement."""
    return connection.execute(
        select(JournalHead.seq).where(JournalHead.clinic_id == clinic_id, JournalHead.stream == CHANGES)
    ).scalar_one()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """An entry by which the books were closed."""

    seq: int
    through_at: datetime


def closings_after(connection: Connection, clinic_id: int, day: date) -> tuple[Closing, ...]:
    """Give the closings of a clinic's books that reach beyond a day, the first first; two statements."""
    zone = connection.execute(select(Clinic.time_zone).where(Clinic.id == clinic_id)).scalar_one()
    rows = connection.execute(
        select(ClosedPeriod.through_seq.label("seq"), ClosedPeriod.through_at)
        .where(ClosedPeriod.clinic_id == clinic_id, ClosedPeriod.through_at >= day_end(day, zone))
        .order_by(ClosedPeriod.through_seq)
    )
    return tuple(Closing(**row._mapping) for row in rows)


@dataclass(frozen=True, kw_only=True)
class _Newest:
    seqs: dict[int, int]
    movement_ids: dict[int, int]


def _newest(
    connection: Connection, is_read: ColumnElement[bool], given: Mapping[int, int] | None = None
) -> _Newest:
    """Give the newest entry that is read of each clinic, and the newest movement of it or before it.

    A journal's instants never run backwards and its numbers have no gaps, so that the entry is found by halving.
    """
    head, entry = JournalHead, JournalEntry
    span = (
        select(
            head.clinic_id,
            cast(literal(0), BigInteger).label("low"),
            cast(head.seq, BigInteger).label("high"),
        )
        .where(head.stream == CHANGES)
        .cte("span", recursive=True)
    )
    middle = (span.c.low + span.c.high + 1) // 2
    span = span.union_all(
        select(
            span.c.clinic_id,
            case((is_read, middle), else_=span.c.low),
            case((is_read, span.c.high), else_=middle - 1),
        )
        .join(
            entry,
            and_(entry.clinic_id == span.c.clinic_id, entry.stream == CHANGES, entry.seq == middle),
        )
        .where(span.c.low < span.c.high)
    )
    seq: Any = span.c.low
    if given:
        seq = case(given, value=span.c.clinic_id, else_=span.c.low)
    moved = aliased(Movement)
    newest = (
        select(moved.id)
        .where(moved.clinic_id == span.c.clinic_id, moved.seq <= seq)
        .order_by(moved.seq.desc(), moved.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(span.c.clinic_id, seq.label("seq"), newest.label("movement_id")).where(
            span.c.low == span.c.high
        )
    ).all()
    return _Newest(
        seqs={row.clinic_id: row.seq for row in rows},
        movement_ids={row.clinic_id: row.movement_id or 0 for row in rows},
    )


def _recorded_at(connection: Connection, clinic_id: int, seq: int) -> datetime | None:
    return connection.execute(
        select(JournalEntry.recorded_at).where(
            JournalEntry.clinic_id == clinic_id, JournalEntry.stream == CHANGES, JournalEntry.seq == seq
        )
    ).scalar_one_or_none()
