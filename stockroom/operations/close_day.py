"""How is a clinic's day closed?  What was left over is thrown away in one act; what stays open has a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, TokenTooNarrow, perform
from stockroom.ledger.disposals import Document
from stockroom.ledger.remainders import end_things
from stockroom.models import DayClosing, Location
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.day_end import drafts, left_over, unfinished_sessions
from stockroom.rules.day_duties import day_bounds
from stockroom.rules.permissions import require
from stockroom.rules.usability import Thing
from stockroom.vocabulary import Action, DisposalReason

LATE_DAYS_MAX = 7
"""So many days later a day can still be closed."""
ALTHOUGH_LONGEST = 500
THINGS_MAX = 200


@dataclass(eq=False, kw_only=True)
class DayClosedAlready(Conflict):
    """Somebody closed the day before."""

    code: ClassVar[str] = "day_closed_already"
    message: ClassVar[str] = extracted("{day} is closed already. Nothing was recorded.")
    day: date


@dataclass(eq=False, kw_only=True)
class DayStandsOpen(Conflict):
    """Something is not finished, or would be left open."""

    code: ClassVar[str] = "day_stands_open"
    message: ClassVar[str] = extracted(
        "The day was not closed. Not finished: {sessions} sessions, {cocktails} cocktails in preparation; left open: "
        "{vials} vials and cocktails. Finish or throw them away, or say why they stay."
    )
    sessions: int
    cocktails: int
    vials: int


@dataclass(eq=False, kw_only=True)
class NotLeftOver(Conflict):
    """What was to be thrown away is not open there any more."""

    code: ClassVar[str] = "not_left_over"
    message: ClassVar[str] = extracted(
        "Some of what you ticked is not open any more: a colleague was quicker. Look at the list again."
    )
    lot_uid: str
    location_uid: str


@dataclass(frozen=True, kw_only=True)
class LeftOver:
    """An opened vial (the place is the vial itself), or a cocktail at a place."""

    lot_uid: str
    location_uid: str


@dataclass(frozen=True, kw_only=True)
class CloseDay:
    """The day that is closed, what of the left-overs is thrown away, and why the rest stays."""

    day: date
    thrown_away: tuple[LeftOver, ...] = ()
    although: str = ""


@dataclass(frozen=True, kw_only=True)
class DayClosed:
    closing_uid: str
    day: date
    thrown_away_count: int
    left_open_count: int
    unfinished_count: int
    movement_uid: str | None


def close_day(store: Store, command: CloseDay, *, actor: Actor, key: str, now: datetime) -> DayClosed:
    """Close a day of the actor's clinic: throw away what is named, whole, in one movement, and end its vials.

    What stays open or unfinished (sessions planned until the day's end, cocktails in preparation, vials and
    cocktails that do not keep) needs a reason.  The books stay open: `close_period` closes them.
    Raises InvalidValue, DayClosedAlready, DayStandsOpen, NotLeftOver, ActionForbidden without the right to dispose.
    """
    return perform(
        store,
        Act(kind="day.close", action=Action.KEEP_DAY),
        command=command,
        body=lambda work: _close(work, command),
        answer=DayClosed,
        actor=actor,
        key=key,
        now=now,
    )


def _close(work: Work, command: CloseDay) -> DayClosed:
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    _check(work, command, zone)
    left = left_over(work.connection, work.clinic_id, now=work.now)
    thrown = _named(work, command, left)
    ends_at = day_bounds(command.day, zone)[1]
    sessions = unfinished_sessions(work.connection, work.clinic_id, until=ends_at - timedelta(microseconds=1))
    cocktails = len(drafts(work.connection, work.clinic_id))
    kept = len(left) - len(thrown)
    although = command.although.strip()
    if (sessions or cocktails or kept) and not although:
        raise DayStandsOpen(sessions=sessions, cocktails=cocktails, vials=kept)
    uid = new_uid(work.now)
    posted = None
    if thrown:
        _require_disposal(work)
        posted = end_things(
            work, thrown, reason=DisposalReason.REMAINDER, document=Document(kind="day_closing", uid=uid)
        ).posted
    work.connection.execute(
        insert(DayClosing).values(
            uid=uid,
            clinic_id=work.clinic_id,
            day=command.day,
            closed_at=work.recorded_at,
            closed_by_id=work.actor.person_id,
            movement_id=None if posted is None else posted.movement_id,
            thrown_away_count=len(thrown),
            left_open_count=kept,
            unfinished_count=sessions + cocktails,
            although=although if sessions or cocktails or kept else "",
        )
    )
    work.payload.update(
        closing=uid,
        day=command.day,
        thrown_away=len(thrown),
        left_open=kept,
        unfinished=[sessions, cocktails],
    )
    return DayClosed(
        closing_uid=uid,
        day=command.day,
        thrown_away_count=len(thrown),
        left_open_count=kept,
        unfinished_count=sessions + cocktails,
        movement_uid=None if posted is None else posted.uid,
    )


def _require_disposal(work: Work) -> None:
    """Whoever closes a day throws things away with it."""
    if work.actor.is_system or Action.DISPOSE in work.actions:
        return
    require(work.roles, Action.DISPOSE)
    raise TokenTooNarrow(action=Action.DISPOSE.value)


def _check(work: Work, command: CloseDay, zone: str) -> None:
    today = civil_date(work.now, zone)
    if not today - timedelta(days=LATE_DAYS_MAX) <= command.day <= today:
        raise InvalidValue(field="day", problem=f"today, or one of the last {LATE_DAYS_MAX} days")
    if len(command.although) > ALTHOUGH_LONGEST:
        raise InvalidValue(field="although", problem=f"at most {ALTHOUGH_LONGEST} characters")
    if len(command.thrown_away) > THINGS_MAX:
        raise InvalidValue(field="thrown_away", problem=f"at most {THINGS_MAX} things")
    closed = select(DayClosing.id).where(
        DayClosing.clinic_id == work.clinic_id, DayClosing.day == command.day
    )
    if work.connection.execute(closed).first() is not None:
        raise DayClosedAlready(day=command.day)


def _named(work: Work, command: CloseDay, left: Sequence[Thing]) -> tuple[Thing, ...]:
    """The left-overs that are thrown away.  Raises NotLeftOver for what is none (any more)."""
    if not command.thrown_away:
        return ()
    wanted = sorted({each.location_uid for each in command.thrown_away})
    rows = work.connection.execute(
        select(Location.uid, Location.id).where(
            Location.clinic_id == work.clinic_id, Location.uid.in_(wanted)
        )
    )
    places = {row.uid: row.id for row in rows}
    by_spot = {(each.lot_uid, each.location_id): each for each in left}
    found = []
    for named in dict.fromkeys(command.thrown_away):
        thing = by_spot.get((named.lot_uid, places.get(named.location_uid, 0)))
        if thing is None:
            raise NotLeftOver(lot_uid=named.lot_uid[:40], location_uid=named.location_uid[:40])
        found.append(thing)
    return tuple(found)
