"""How does a trace walk from lot to lot?  Step by step along what stood, through what a few statements have read.

However deep it goes, the statements are the same: `trace_reach` finds what lies within reach, some statements read
its lines, and the walk itself asks nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Connection

from stockroom.errors import Refused, extracted
from stockroom.ledger import trace_lots
from stockroom.ledger.trace_lines import NEWEST, lines_elsewhere
from stockroom.ledger.trace_lots import LotNamed, lot_named
from stockroom.ledger.trace_mixtures import Mixtures, made_in, mixtures
from stockroom.ledger.trace_reach import Reach, reach_back, reach_forward
from stockroom.vocabulary import LocationKind, LotKind

LOTS_MAX = 100_000


@dataclass(eq=False, kw_only=True)
class TraceTooLarge(Refused):
    """The walk reaches more lots than it may; nothing is shown rather than a part."""

    code: ClassVar[str] = "trace_too_large"
    message: ClassVar[str] = extracted(
        "This trace reaches more than {lots_max} lots. "
        "Trace fewer lots at a time, or export the whole ledger."
    )
    lots_max: int


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
    """Of a walk forward: the standing lines of each lot but for its uses."""
    made: Mapping[int, list[Any]] = field(default_factory=dict)
    """Of a walk forward, by movement: the lines by which cocktails came out of it."""
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


@dataclass(kw_only=True)
class _Kin:
    """Which lots turned out to be one, by any of them; a transfer is written under what it turned out to be."""

    lots: dict[int, Any] = field(default_factory=dict)
    """The rows of lots within reach."""
    members: dict[int, list[int]] = field(default_factory=dict)

    @classmethod
    def within(cls, reach: Reach) -> _Kin:
        kin = cls(lots={row.lot_id: row for row in reach.lots})
        for lot_id in kin.lots:
            kin.members.setdefault(kin.root(lot_id), []).append(lot_id)
        return kin

    def root(self, lot_id: int) -> int:
        """The lot that it turned out to be in the end; a circle ends where it closes."""
        seen = {lot_id}
        while (further := self._became(lot_id)) is not None and further not in seen:
            seen.add(further)
            lot_id = further
        return lot_id

    def _became(self, lot_id: int) -> int | None:
        row = self.lots.get(lot_id)
        return None if row is None else row.superseded_by_id

    def of(self, lot_id: int) -> list[int]:
        return self.members.get(self.root(lot_id), [lot_id])


@dataclass(frozen=True, kw_only=True)
class _Books:
    """What was read for a walk forward."""

    standing: Mapping[int, list[Any]]
    made: Mapping[int, list[Any]]
    """By movement: the lines by which cocktails came out of it."""
    sent: Mapping[int, list[Any]]
    """By lot: as what it arrived in other clinics."""
    kin: _Kin


def walk_forward(
    connection: Connection,
    clinic_ids: Collection[int],
    start: Iterable[LotNamed],
    *,
    drawn_from: int | None = None,
    as_of: datetime = NEWEST,
) -> Walked:
    """Walk from lots to everything made from them and to what other clinics were sent of them.

    One statement where nothing was, five more however deep it goes.  With `drawn_from` only what left that
    place counts at the start.  Raises TraceTooLarge.
    """
    walked = Walked()
    steps = [_Step(way=Way(lot=lot)) for lot in start]
    begun = {step.way.lot.lot_id: step.way.lot.clinic_id for step in steps}
    standing = lines_elsewhere(connection, set(begun.values()), begun, as_of=as_of) if begun else {}
    if drawn_from is not None:
        standing = {n: [row for row in rows if row.from_id == drawn_from] for n, rows in standing.items()}
    books = _read_forward(connection, clinic_ids, begun, standing, as_of)
    walked.made = books.made
    while steps:
        taken = _take_steps(walked, steps, books.standing)
        steps = [*_into_mixtures(taken, books), *_to_other_clinics(clinic_ids, walked, taken, books)]
    return walked


_ONWARD = frozenset({LocationKind.COMPOUNDING, LocationKind.IN_TRANSIT})
"""Where a lot goes that goes on as another."""


def _read_forward(
    connection: Connection,
    clinic_ids: Collection[int],
    begun: Mapping[int, int],
    standing: Mapping[int, list[Any]],
    as_of: datetime,
) -> _Books:
    if not any(row.to_kind in _ONWARD for rows in standing.values() for row in rows):
        return _Books(standing=standing, made={}, sent={}, kin=_Kin())
    reach = reach_forward(connection, clinic_ids, begun)
    kin = _Kin.within(reach)
    further = {lot_id: row.clinic_id for lot_id, row in kin.lots.items() if lot_id not in begun}
    if further:
        more = lines_elsewhere(connection, set(further.values()), further, as_of=as_of)
        standing = {**standing, **more}
    clinics = {*begun.values(), *further.values()}
    mixed, is_sent = set(), False
    for rows in standing.values():
        mixed |= {row.movement_id for row in rows if row.to_kind == LocationKind.COMPOUNDING}
        is_sent = is_sent or any(row.to_kind == LocationKind.IN_TRANSIT for row in rows)
    made: dict[int, list[Any]] = {}
    for row in made_in(connection, clinics, mixed) if mixed else ():
        made.setdefault(row.mixed_in_id, []).append(row)
    sent: dict[int, list[Any]] = {}
    for row in trace_lots.sent_on(connection, {*begun, *kin.lots}) if is_sent else ():
        if row.arrived_in_books_at <= as_of:
            sent.setdefault(row.near_id, []).append(row)
    return _Books(standing=standing, made=made, sent=sent, kin=kin)


def _take_steps(walked: Walked, steps: list[_Step], standing: Mapping[int, list[Any]]) -> list[Way]:
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


def _into_mixtures(taken: list[Way], books: _Books) -> list[_Step]:
    steps: dict[tuple[int, int], _Step] = {}
    for way in taken:
        lot_id = way.lot.lot_id
        for line in books.standing[lot_id]:
            if line.to_kind != LocationKind.COMPOUNDING:
                continue
            for row in books.made.get(line.movement_id, ()):
                child = lot_named(row)
                further = Way(lot=child, depth=way.depth + 1, via=(*way.via, child.uid))
                steps.setdefault(
                    (lot_id, row.line_id), _Step(way=further, parent_id=lot_id, made_by=row.line_id)
                )
    return list(steps.values())


def _to_other_clinics(
    clinic_ids: Collection[int], walked: Walked, taken: list[Way], books: _Books
) -> list[_Step]:
    steps = []
    for way in taken:
        lot_id = way.lot.lot_id
        if not any(row.to_kind == LocationKind.IN_TRANSIT for row in books.standing[lot_id]):
            continue
        for row in books.sent.get(books.kin.root(lot_id), ()):
            if row.clinic_id not in clinic_ids:
                walked.unseen.add(row.clinic_id)
                continue
            for arrived in _as_booked(row, books):
                joined = Way(lot=lot_named(arrived), depth=way.depth, via=way.via)
                steps.append(_Step(way=joined, parent_id=lot_id))
    return steps


def _as_booked(row: Any, books: _Books) -> list[Any]:
    """The lots under which it stood where it arrived: at a past instant perhaps one that was corrected since."""
    booked = [other for other in books.kin.of(row.lot_id) if books.standing.get(other)]
    return [books.kin.lots[other] for other in booked] or [row]


def walk_back(
    connection: Connection,
    clinic_ids: Collection[int],
    start: Iterable[LotNamed],
    *,
    as_of: datetime = NEWEST,
) -> Walked:
    """Walk from lots to everything that went into them, to the clinics they were sent from, and to
    the lots that they were once taken for or turned out to be.

    Three statements however deep it goes; one from lots that nothing went into, and that were neither sent nor
    taken for another.  Raises TraceTooLarge.
    """
    walked = Walked()
    waiting = [Way(lot=lot) for lot in start]
    lot_ids = {way.lot.lot_id for way in waiting}
    if all(way.lot.kind is LotKind.MANUFACTURED for way in waiting):
        lot_ids = trace_lots.of_others(connection, lot_ids)
    if not lot_ids:
        for way in waiting:
            walked.take(way)
        return walked
    reach = reach_back(connection, clinic_ids, lot_ids)
    kin = _Kin.within(reach)
    clinics = {row.clinic_id for row in reach.lots} or {way.lot.clinic_id for way in waiting}
    mixed = mixtures(connection, clinics, reach.movement_ids, as_of=as_of)
    came: dict[int, list[Any]] = {}
    for row in trace_lots.came_from(connection, kin.lots):
        if row.arrived_in_books_at <= as_of:
            came.setdefault(row.near_id, []).append(row)
    while waiting:
        near = [way for way in waiting if walked.take(way)]
        waiting = [
            *_inputs(walked, near, mixed),
            *_from_other_clinics(clinic_ids, walked, near, came),
            *(further for way in near for further in _taken_for(walked, way, kin)),
        ]
    return walked


def _inputs(walked: Walked, near: list[Way], mixed: Mixtures) -> list[Way]:
    found = []
    for way in near:
        if way.lot.kind is not LotKind.PREPARED:
            continue
        for row in mixed.made_of(way.lot.lot_id):
            lot = lot_named(row)
            walked.edges.add((lot.lot_id, way.lot.lot_id))
            found.append(Way(lot=lot, depth=way.depth + 1, via=(*way.via, way.lot.uid)))
    return found


def _from_other_clinics(
    clinic_ids: Collection[int], walked: Walked, near: list[Way], came: Mapping[int, list[Any]]
) -> list[Way]:
    found = []
    for way in near:
        for row in came.get(way.lot.lot_id, ()):
            if row.clinic_id not in clinic_ids:
                walked.unseen.add(row.clinic_id)
                continue
            lot = lot_named(row)
            walked.edges.add((lot.lot_id, way.lot.lot_id))
            found.append(Way(lot=lot, depth=way.depth, via=way.via))
    return found


def _taken_for(walked: Walked, way: Way, kin: _Kin) -> list[Way]:
    """The lots that are one with it: no step further, and in the same cocktails."""
    if way.lot.kind is not LotKind.MANUFACTURED:
        return []
    return [
        Way(lot=lot_named(kin.lots[other]), depth=way.depth, via=way.via)
        for other in kin.of(way.lot.lot_id)
        if other not in walked.ways
    ]
