"""What did the books say, then and now?  Positions as of a number or an instant, statements, sums from lines.

Everything here is recomputed from lines; nothing is read from `balance`.  Books follow the journal's order
and `recorded_at`; what lay on a shelf at an instant follows what had happened by then (`moved_since`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Location, Movement, StocktakeLine
from stockroom.vocabulary import PHYSICAL_KINDS, MovementKind

Place = tuple[int, int]
"""A lot and a location: (lot_id, location_id)."""


@dataclass(frozen=True, kw_only=True)
class AsOf:
    """Up to where the books are read: through a journal number, an instant of recording, or both."""

    seq: int | None = None
    recorded_at: datetime | None = None


NOW = AsOf()


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One side of a line at a physical location: what came or went, and what lay there afterwards."""

    line_id: int
    movement_uid: str
    kind: MovementKind
    seq: int
    occurred_at: datetime
    recorded_at: datetime
    location_id: int
    other_id: int
    """Where it came from or went to."""
    change: int
    """Base units; negative for what went."""
    position: int
    """Base units at this location after this line."""
    session_id: int | None
    reverses_line_id: int | None


def position(
    connection: Connection, clinic_id: int, *, lot_id: int, location_id: int, as_of: AsOf = NOW
) -> int:
    """Give the base units of a lot at a location as the books had them at `as_of`."""
    return positions(connection, clinic_id, [lot_id], as_of=as_of).get((lot_id, location_id), 0)


def positions(
    connection: Connection, clinic_id: int, lot_ids: Iterable[int], *, as_of: AsOf = NOW
) -> dict[Place, int]:
    """Give the base units of these lots at every physical location, zero left out, in two statements."""
    condition = Line.lot_id.in_(set(lot_ids))
    return _sums(connection, clinic_id, condition, as_of)


def sums(connection: Connection, clinic_id: int, *, as_of: AsOf = NOW) -> dict[Place, int]:
    """Recompute every position of the clinic's physical locations from all its lines, zero left out."""
    return _sums(connection, clinic_id, Line.clinic_id == clinic_id, as_of)


def _sums(
    connection: Connection, clinic_id: int, condition: ColumnElement[bool], as_of: AsOf
) -> dict[Place, int]:
    found: dict[Place, int] = {}
    for column, sign in ((Line.to_id, 1), (Line.from_id, -1)):
        rows = connection.execute(
            select(Line.lot_id, column.label("location_id"), func.sum(Line.quantity).label("quantity"))
            .join(Movement, _same_movement())
            .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == column))
            .where(Line.clinic_id == clinic_id, condition, Location.kind.in_(PHYSICAL_KINDS), *_until(as_of))
            .group_by(Line.lot_id, column)
        )
        for row in rows:
            place = (row.lot_id, row.location_id)
            found[place] = found.get(place, 0) + sign * int(row.quantity)
    return {place: quantity for place, quantity in found.items() if quantity}


def statement(
    connection: Connection, clinic_id: int, lot_id: int, *, as_of: AsOf = NOW
) -> tuple[StatementLine, ...]:
    """Give the account of a lot, in the order of the books: every coming and going at physical locations.

    A line between two physical locations is shown at both.  One statement.
    """
    source, target = aliased(Location), aliased(Location)
    rows = connection.execute(
        select(
            Line.id,
            Movement.uid,
            Movement.kind,
            Movement.seq,
            Movement.occurred_at,
            Movement.recorded_at,
            Line.from_id,
            Line.to_id,
            Line.quantity,
            Line.session_id,
            Line.reverses_line_id,
            source.kind.label("source_kind"),
            target.kind.label("target_kind"),
        )
        .join(Movement, _same_movement())
        .join(source, and_(source.clinic_id == Line.clinic_id, source.id == Line.from_id))
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .where(Line.clinic_id == clinic_id, Line.lot_id == lot_id, *_until(as_of))
        .order_by(Movement.seq, Movement.id, Line.n)
    ).all()
    return _account(rows)


def _account(rows: Iterable[Any]) -> tuple[StatementLine, ...]:
    standing: dict[int, int] = {}
    account = []
    for row in rows:
        for here, there, kind, change in (
            (row.from_id, row.to_id, row.source_kind, -row.quantity),
            (row.to_id, row.from_id, row.target_kind, row.quantity),
        ):
            if kind not in PHYSICAL_KINDS:
                continue
            standing[here] = standing.get(here, 0) + change
            account.append(
                StatementLine(
                    line_id=row.id,
                    movement_uid=row.uid,
                    kind=MovementKind(row.kind),
                    seq=row.seq,
                    occurred_at=row.occurred_at,
                    recorded_at=row.recorded_at,
                    location_id=here,
                    other_id=there,
                    change=change,
                    position=standing[here],
                    session_id=row.session_id,
                    reverses_line_id=row.reverses_line_id,
                )
            )
    return tuple(account)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What came to a place or went from it, and when that happened."""

    quantity: int
    """Base units; negative for what went."""
    happened_at: datetime


def moved_since(
    connection: Connection, clinic_id: int, instants: Mapping[Place, datetime]
) -> dict[Place, int]:
    """Give the net change of each place by everything that happened after the instant given for it.

    One statement; it reads only what was recorded since (`changes_since`).
    """
    changes = changes_since(connection, clinic_id, instants)
    return {place: sum(each.quantity for each in found) for place, found in changes.items()}


def changes_since(
    connection: Connection, clinic_id: int, instants: Mapping[Place, datetime]
) -> dict[Place, list[Change]]:
    """Give everything that happened at each place after the instant given for it; a quiet place is left out.

    It goes by what happened, not by what was written down: a use at nine that was recorded at eleven
    was gone from the shelf at ten.  A reversal happened when the line that it reverses did, for it says
    that this line never moved anything.  What a count put right was so when that very line was counted,
    which in a count of many lines is not one instant.  One statement; it reads only what was recorded since.
    """
    if not instants:
        return {}
    rows = connection.execute(_changes(clinic_id, instants))
    found: dict[Place, list[Change]] = {}
    for row in rows:
        for place, quantity in (
            ((row.lot_id, row.from_id), -row.quantity),
            ((row.lot_id, row.to_id), row.quantity),
        ):
            if place in instants and row.happened_at > instants[place]:
                found.setdefault(place, []).append(Change(quantity=quantity, happened_at=row.happened_at))
    return found


def _changes(clinic_id: int, instants: Mapping[Place, datetime]) -> Any:
    original, original_movement = aliased(Line), aliased(Movement)
    looked = func.coalesce(Line.reverses_line_id, Line.id)
    happened_at = func.coalesce(
        StocktakeLine.counted_at,
        original_movement.occurred_at,
        Movement.occurred_at,
        type_=Movement.occurred_at.type,
    )
    location_ids = {location_id for _lot, location_id in instants}
    return (
        select(Line.lot_id, Line.from_id, Line.to_id, Line.quantity, happened_at.label("happened_at"))
        .join(Movement, _same_movement())
        .outerjoin(original, and_(original.clinic_id == Line.clinic_id, original.id == Line.reverses_line_id))
        .outerjoin(
            original_movement,
            and_(
                original_movement.clinic_id == original.clinic_id,
                original_movement.id == original.movement_id,
            ),
        )
        .outerjoin(
            StocktakeLine,
            and_(StocktakeLine.clinic_id == Line.clinic_id, StocktakeLine.line_id == looked),
        )
        .where(
            Line.clinic_id == clinic_id,
            Line.lot_id.in_({lot_id for lot_id, _location in instants}),
            or_(Line.from_id.in_(location_ids), Line.to_id.in_(location_ids)),
            Movement.recorded_at > min(instants.values()),
        )
    )


def _same_movement() -> ColumnElement[bool]:
    return and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id)


def _until(as_of: AsOf) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if as_of.seq is not None:
        conditions.append(Movement.seq <= as_of.seq)
    if as_of.recorded_at is not None:
        conditions.append(Movement.recorded_at <= as_of.recorded_at)
    return conditions
