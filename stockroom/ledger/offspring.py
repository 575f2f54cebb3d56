"""What was made from a lot, through any number of cocktails, wherever it lies?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Location, Lot, Movement
from stockroom.rules.genealogy import Direction, Edge, walk
from stockroom.vocabulary import LocationKind, LotKind


@dataclass(frozen=True, kw_only=True)
class MadeLot:
    """A prepared lot that holds some of the lots asked for."""

    lot_id: int
    lot_uid: str
    clinic_id: int


def offspring(connection: Connection, lot_ids: Iterable[int]) -> tuple[MadeLot, ...]:
    """Give every prepared lot that was made from these lots, in every clinic, nearest first.

    Preparations that were reversed do not count, corrected ones count with the right lots.  A prepared
    lot that was sent to another clinic is found there too.  Two statements for each cocktail on the way
    that lies within another, none for each lot.  Raises TraceTooLarge.
    """
    start = frozenset(lot_ids)
    edges: set[Edge] = set()
    seen, frontier = set(start), set(start)
    while frontier:
        found = _made_from(connection, frontier)
        found |= _same_elsewhere(connection, {edge.child_id for edge in found})
        edges |= found
        frontier = {edge.child_id for edge in found} - seen
        seen |= frontier
    reached = [each.lot_id for each in walk(edges, start, Direction.FORWARD).lots if each.lot_id not in start]
    if not reached:
        return ()
    rows = connection.execute(select(Lot.id, Lot.uid, Lot.clinic_id).where(Lot.id.in_(reached)))
    made = {row.id: MadeLot(lot_id=row.id, lot_uid=row.uid, clinic_id=row.clinic_id) for row in rows}
    return tuple(made[lot_id] for lot_id in reached)


def _made_from(connection: Connection, lot_ids: set[int]) -> set[Edge]:
    """A line into compounding and a line out of it, in one movement or in the one that it corrects."""
    out, undone, source, target = aliased(Line), aliased(Line), aliased(Location), aliased(Location)
    made_in = and_(
        out.clinic_id == Line.clinic_id,
        (out.movement_id == Movement.id) | (out.movement_id == Movement.replaces_movement_id),
    )
    rows = connection.execute(
        select(Line.lot_id, out.lot_id.label("made_id"))
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(out, made_in)
        .join(source, and_(source.clinic_id == out.clinic_id, source.id == out.from_id))
        .where(
            Line.lot_id.in_(lot_ids),
            Line.reverses_line_id.is_(None),
            out.reverses_line_id.is_(None),
            target.kind == LocationKind.COMPOUNDING,
            source.kind == LocationKind.COMPOUNDING,
            ~select(undone.id)
            .where(undone.clinic_id == Line.clinic_id, undone.reverses_line_id == Line.id)
            .exists(),
        )
        .distinct()
    )
    return {Edge(row.lot_id, row.made_id) for row in rows}


def _same_elsewhere(connection: Connection, lot_ids: set[int]) -> set[Edge]:
    if not lot_ids:
        return set()
    here, there = aliased(Lot), aliased(Lot)
    rows = connection.execute(
        select(here.id, there.id.label("other_id"))
        .join(there, and_(there.product_id == here.product_id, there.number == here.number))
        .where(here.id.in_(lot_ids), there.id != here.id, there.kind == LotKind.PREPARED)
    )
    return {Edge(row.id, row.other_id) for row in rows}
