"""What became of movements and of their lines after they were entered: taken back, or posted in the place of others?"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.models import Line, Location, Lot, Movement, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """That a line was taken back: when, by whom, why; `replaced` where another stands in its place."""

    at: datetime
    by: str
    reason: str
    replaced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """That a movement stands in the place of one that was taken back: who put it right, and why."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A line that was taken back."""

    n: int
    lot_uid: str
    source_uid: str
    quantity: int
    line_count: int
    """How many lines its movement has."""
    correction: Correction


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What became of the movements that were asked about, by uid; what nothing became of is not in it."""

    taken_back: Mapping[str, tuple[TakenBack, ...]]
    in_place: Mapping[str, InPlace]

    def of_line(self, movement_uid: str, n: int) -> Correction | None:
        """How a line was taken back."""
        return next((each.correction for each in self.lines(movement_uid) if each.n == n), None)

    def of_goods(
        self, movement_uid: str, lot_uid: str, quantity: int | None = None, source_uid: str | None = None
    ) -> Correction | None:
        """How a lot was taken back, so much of it and of a place where these are said: of lines told without number."""
        return next(
            (
                each.correction
                for each in self.lines(movement_uid)
                if each.lot_uid == lot_uid
                and quantity in (None, each.quantity)
                and source_uid in (None, each.source_uid)
            ),
            None,
        )

    def of_movement(self, movement_uid: str) -> Correction | None:
        """How a movement, or the last of what was taken back of it, was taken back."""
        found = (each.correction for each in self.lines(movement_uid))
        return max(found, key=lambda each: each.at, default=None)

    def lines(self, movement_uid: str) -> tuple[TakenBack, ...]:
        """The lines of a movement that were taken back."""
        return self.taken_back.get(movement_uid, ())


_turned, _turning = aliased(Line, name="turned"), aliased(Movement, name="turning")
_replacing = aliased(Movement, name="replacing")
INSTEAD: Any = (
    select(func.min(_replacing.id))
    .where(_replacing.clinic_id == Movement.clinic_id, _replacing.replaces_movement_id == Movement.id)
    .correlate(Movement)
    .scalar_subquery()
)
"""The first movement that stands in the place of another; null where none does."""
_every = aliased(Line, name="every")
_ALL_LINES: Any = (
    select(func.count())
    .select_from(_every)
    .where(_every.clinic_id == Movement.clinic_id, _every.movement_id == Movement.id)
    .correlate(Movement)
    .scalar_subquery()
)
_ASKED = (among(Movement.clinic_id, "clinic_ids"), among(Movement.uid, "uids"))
_TAKEN_BACK = Once(
    select(
        Movement.uid.label("movement_uid"),
        Line.n,
        Lot.uid.label("lot_uid"),
        Location.uid.label("source_uid"),
        Line.quantity,
        _turning.recorded_at,
        _turning.reason,
        Person.name.label("by"),
        _ALL_LINES.label("line_count"),
        INSTEAD.label("instead"),
    )
    .select_from(Movement)
    .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
    .join(_turned, and_(_turned.clinic_id == Line.clinic_id, _turned.reverses_line_id == Line.id))
    .join(_turning, and_(_turning.clinic_id == _turned.clinic_id, _turning.id == _turned.movement_id))
    .join(Person, Person.id == _turning.actor_id)
    .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
    .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.from_id))
    .where(*_ASKED)
    .order_by(Movement.id, Line.n)
)
_IN_PLACE = Once(
    select(Movement.uid.label("movement_uid"), Movement.reason, Person.name.label("by"))
    .join(Person, Person.id == Movement.actor_id)
    .where(*_ASKED, Movement.replaces_movement_id.is_not(None))
)


def changes_of(
    connection: Connection,
    clinic_ids: Collection[int],
    movement_uids: Iterable[str | None],
    *,
    after: datetime | None = None,
) -> Changes:
    """Give what became of movements since they were entered; two statements, none where none is asked about.

    `after` tells only of what was taken back after an instant: of a printout that shows the books as of then.
    """
    uids = tuple({uid for uid in movement_uids if uid is not None})
    if not uids:
        return Changes(taken_back={}, in_place={})
    given = {"clinic_ids": tuple(clinic_ids), "uids": uids}
    lines: dict[str, list[TakenBack]] = {}
    for row in _TAKEN_BACK.all(connection, given):
        if after is None or row.recorded_at > after:
            lines.setdefault(row.movement_uid, []).append(_taken_back(row))
    return Changes(
        taken_back={uid: tuple(found) for uid, found in lines.items()},
        in_place={
            row.movement_uid: InPlace(by=row.by, reason=row.reason)
            for row in _IN_PLACE.all(connection, given)
        },
    )


def _taken_back(row: Any) -> TakenBack:
    return TakenBack(
        n=row.n,
        lot_uid=row.lot_uid,
        source_uid=row.source_uid,
        quantity=row.quantity,
        line_count=row.line_count,
        correction=Correction(
            at=row.recorded_at, by=row.by, reason=row.reason, replaced=row.instead is not None
        ),
    )
