"""How does a trace walk from lot to lot?  Generation by generation, along lines that stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from stockroom.queries import trace_lines, trace_lots
from stockroom.queries.trace_rows import LotNamed, lot_named
from stockroom.rules.genealogy import LOTS_MAX, TraceTooLarge
from stockroom.vocabulary import LocationKind, LotKind


@dataclass(frozen=True, kw_only=True)
class Way:
    """A lot and the shortest way to it."""

    lot: LotNamed
    depth: int = 0
    via: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Step:
    """A way that is about to be taken; `made_by` is the line that must stand for it."""

    way: Way
    parent_id: int | None = None
    made_by: int | None = None


@dataclass(kw_only=True)
class Walked:
    """What a walk has found so far."""

    ways: dict[int, Way] = field(default_factory=dict)
    edges: set[tuple[int, int]] = field(default_factory=set)
    lines: dict[int, list[Any]] = field(default_factory=dict)
    """Of a walk forward: the standing lines of each lot."""
    unseen: set[int] = field(default_factory=set)

    @property
    def unseen_clinics(self) -> int:
        return len(self.unseen)

    def take(self, way: Way) -> bool:
        """Note a lot, once.  Raises TraceTooLarge."""
        if way.lot.lot_id in self.ways:
            return False
        if len(self.ways) >= LOTS_MAX:
            raise TraceTooLarge(lots_max=LOTS_MAX)
        self.ways[way.lot.lot_id] = way
        return True


def walk_forward(
    connection: Connection,
    clinic_ids: Collection[int],
    start: Iterable[LotNamed],
    *,
    drawn_from: int | None = None,
) -> Walked:
    """Walk from lots to everything made from them and to what other clinics were sent of them.

    One statement a generation reads the lines of its lots, one what they were mixed into, one the
    transfers, where there are any.  With `drawn_from` only what left that place counts at the start.
    Raises TraceTooLarge.
    """
    walked = Walked()
    steps = [_Step(way=Way(lot=lot)) for lot in start]
    while steps:
        lots = {step.way.lot.lot_id: step.way.lot.clinic_id for step in steps}
        every = trace_lines.lines_of_lots(connection, set(lots.values()), lots)
        standing = {lot_id: trace_lines.standing(rows) for lot_id, rows in every.items()}
        if drawn_from is not None:
            standing = {
                lot_id: [row for row in rows if row.from_id == drawn_from]
                for lot_id, rows in standing.items()
            }
            drawn_from = None
        taken = _take_steps(walked, steps, standing)
        steps = [
            *_into_mixtures(connection, taken, standing),
            *_to_other_clinics(connection, clinic_ids, walked, taken, standing),
        ]
    return walked


def _take_steps(walked: Walked, steps: list[_Step], standing: dict[int, list[Any]]) -> list[Way]:
    taken = []
    for step in steps:
        lot_id = step.way.lot.lot_id
        if step.made_by is not None and step.made_by not in {row.line_id for row in standing[lot_id]}:
            continue
        if step.parent_id is not None:
            walked.edges.add((step.parent_id, lot_id))
        if walked.take(step.way):
            walked.lines[lot_id] = standing[lot_id]
            taken.append(step.way)
    return taken


def _into_mixtures(connection: Connection, taken: list[Way], standing: dict[int, list[Any]]) -> list[_Step]:
    mixed: dict[int, list[Way]] = {}
    for way in taken:
        for row in standing[way.lot.lot_id]:
            if row.to_kind == LocationKind.COMPOUNDING:
                mixed.setdefault(row.movement_id, []).append(way)
    if not mixed:
        return []
    clinics = {way.lot.clinic_id for way in taken}
    steps = []
    for row in trace_lines.made_in(connection, clinics, mixed):
        child = lot_named(row)
        for way in mixed[row.mixed_in_id]:
            further = Way(lot=child, depth=way.depth + 1, via=(*way.via, child.uid))
            steps.append(_Step(way=further, parent_id=way.lot.lot_id, made_by=row.line_id))
    return steps


def _to_other_clinics(
    connection: Connection,
    clinic_ids: Collection[int],
    walked: Walked,
    taken: list[Way],
    standing: dict[int, list[Any]],
) -> list[_Step]:
    sent = {
        way.lot.lot_id: way
        for way in taken
        if any(row.to_kind == LocationKind.IN_TRANSIT for row in standing[way.lot.lot_id])
    }
    rows = trace_lots.sent_on(connection, sent) if sent else []
    return _joined(walked, clinic_ids, sent, rows)


def _joined(
    walked: Walked, clinic_ids: Collection[int], near: dict[int, Way], rows: Iterable[Any]
) -> list[_Step]:
    """The same manufacturer's lot in another clinic is no further away; an unseen clinic ends the way."""
    steps = []
    for row in rows:
        way = near[row.near_id]
        if row.clinic_id not in clinic_ids:
            walked.unseen.add(row.clinic_id)
            continue
        joined = Way(lot=lot_named(row), depth=way.depth, via=way.via)
        steps.append(_Step(way=joined, parent_id=way.lot.lot_id))
    return steps


def walk_back(connection: Connection, clinic_ids: Collection[int], start: Iterable[LotNamed]) -> Walked:
    """Walk from lots to everything that went into them, to the clinics they were sent from, and to
    the lots that they were once taken for.

    At most three statements a generation; one more for each time that an input was corrected.
    Raises TraceTooLarge.
    """
    walked = Walked()
    waiting = [Way(lot=lot) for lot in start]
    while waiting:
        near = {way.lot.lot_id: way for way in waiting if walked.take(way)}
        if not near:
            break
        waiting = [
            *_inputs(connection, walked, near),
            *_from_other_clinics(connection, clinic_ids, walked, near),
            *_once_taken_for(connection, walked, near),
        ]
    return walked


def _inputs(connection: Connection, walked: Walked, near: dict[int, Way]) -> list[Way]:
    made = {lot_id: way for lot_id, way in near.items() if way.lot.kind is LotKind.PREPARED}
    if not made:
        return []
    clinics = {way.lot.clinic_id for way in made.values()}
    found: list[Way] = []
    rows = [(row.child_id, row) for row in trace_lines.inputs_of(connection, clinics, made)]
    while rows:
        children: dict[int, set[int]] = {}
        for child_id, row in rows:
            if row.reversed_seq is None:
                found.append(_parent(walked, made[child_id], row))
            else:
                children.setdefault(row.movement_id, set()).add(child_id)
        acts = {row.reversed_seq for _, row in rows if row.reversed_seq is not None}
        rows = [
            (child_id, row)
            for row in (trace_lines.replaced_inputs(connection, clinics, children, acts) if acts else ())
            for child_id in sorted(children[row.replaces_movement_id])
        ]
    return found


def _parent(walked: Walked, way: Way, row: Any) -> Way:
    lot = lot_named(row)
    walked.edges.add((lot.lot_id, way.lot.lot_id))
    return Way(lot=lot, depth=way.depth + 1, via=(*way.via, way.lot.uid))


def _from_other_clinics(
    connection: Connection, clinic_ids: Collection[int], walked: Walked, near: dict[int, Way]
) -> list[Way]:
    steps = _joined(walked, clinic_ids, near, trace_lots.came_from(connection, near))
    walked.edges |= {(step.way.lot.lot_id, step.parent_id) for step in steps if step.parent_id is not None}
    return [step.way for step in steps]


def _once_taken_for(connection: Connection, walked: Walked, near: dict[int, Way]) -> list[Way]:
    bought = {lot_id: way for lot_id, way in near.items() if way.lot.kind is LotKind.MANUFACTURED}
    if not bought:
        return []
    return [
        Way(lot=lot_named(row), depth=bought[row.near_id].depth, via=bought[row.near_id].via)
        for row in trace_lots.once_taken_for(connection, bought)
        if row.lot_id not in walked.ways
    ]
