"""Which lines may a movement have?  Drafts of movements, their reversal, and the table of effects.

A draft is decided here, without a database, and handed to `ledger.post`, the one door to stock.
Model: double entry with the shape doing the balancing (design section 3, invariants L1, L3, L13).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from stockroom.errors import Conflict, Refused, ThingNotFound, extracted
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import PHYSICAL_KINDS, SHELF_KINDS, LocationKind, MovementKind


@dataclass(eq=False, kw_only=True)
class LineImpossible(Refused):
    """A line moves nothing, or from a place to itself (L1)."""

    code: ClassVar[str] = "line_impossible"
    message: ClassVar[str] = extracted("Line {line} cannot be booked: {problem}. Enter it again.")
    line: int
    problem: str


@dataclass(eq=False, kw_only=True)
class MoveNotAllowed(Refused):
    """A movement of this kind never goes between these kinds of place."""

    code: ClassVar[str] = "move_not_allowed"
    message: ClassVar[str] = extracted("A movement of kind {kind} cannot go from {source} to {target}.")
    kind: str
    source: str
    target: str


@dataclass(eq=False, kw_only=True)
class PartOfPresentation(Refused):
    """Part of a presentation would lie loose on a shelf (L13)."""

    code: ClassVar[str] = "part_of_presentation"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} lies at a shelf in whole presentations of {content}. "
        "Open one first, or book what is left of it in the same act."
    )
    lot_number: str
    content: int


@dataclass(eq=False, kw_only=True)
class AlreadyReversed(Conflict):
    """A line of the movement was reversed before (L3)."""

    code: ClassVar[str] = "already_reversed"
    message: ClassVar[str] = extracted(
        "Movement {movement} was already reversed. Look at its reversal before you go on."
    )
    movement: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """`quantity` base units of one lot from one location to a different one."""

    lot_id: int
    from_id: int
    to_id: int
    quantity: int
    session_id: int | None = None
    """Set exactly when one side is *patient*."""
    reverses_line_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A movement that has been decided and not yet posted."""

    kind: MovementKind
    lines: tuple[Line, ...]
    occurred_at: datetime
    document_kind: str = ""
    """What paper it stands on: receipt, session, preparation, stocktake …"""
    document_uid: str | None = None
    reason: str = ""
    supplier_id: int | None = None
    reverses_movement_id: int | None = None
    replaces_movement_id: int | None = None
    is_recorded_late: bool = False
    """It has happened and is written down afterwards: never refused for a closed period."""
    consumes: Mapping[int, int] = field(default_factory=dict)
    """Base units taken out of promised stock, by allocation id: they end with this movement."""
    gives_way: frozenset[int] = frozenset()
    """Allocations that end as lost with this movement, because it takes what they promised."""
    moves_goods: bool = True
    """False when the same goods are booked again where they lie (their lot's name was put right)."""


@dataclass(frozen=True, kw_only=True)
class LotFacts:
    """What posting must know of a lot."""

    lot_id: int
    lot_number: str
    product_id: int
    content_quantity: int
    """Base units in one whole presentation; 1 where the product has no container."""


@dataclass(frozen=True, kw_only=True)
class PlaceFacts:
    """What posting must know of a location."""

    location_id: int
    kind: LocationKind
    container_lot_id: int | None = None
    """The only lot that may lie here, when the location is an opened container."""


@dataclass(frozen=True, kw_only=True)
class PostedLine:
    """A line of the books, as far as a reversal needs it."""

    line_id: int
    lot_id: int
    from_id: int
    to_id: int
    quantity: int
    session_id: int | None
    is_reversed: bool


_SHELVES = frozenset(SHELF_KINDS)
_HELD_PLACES = frozenset(PHYSICAL_KINDS)
_CONTAINER = frozenset({LocationKind.CONTAINER})
_ADJUSTMENT = frozenset({LocationKind.ADJUSTMENT})

_EFFECTS: dict[MovementKind, tuple[tuple[frozenset[LocationKind], frozenset[LocationKind]], ...]] = {
    MovementKind.RECEIVE: ((frozenset({LocationKind.SUPPLIER}), _SHELVES),),
    MovementKind.BRING_FORWARD: ((_ADJUSTMENT, _HELD_PLACES),),
    MovementKind.OPEN: ((_SHELVES, _CONTAINER),),
    MovementKind.PREPARE: (
        (_HELD_PLACES, frozenset({LocationKind.COMPOUNDING})),
        (frozenset({LocationKind.COMPOUNDING}), _HELD_PLACES),
        (_SHELVES, frozenset({LocationKind.DISPOSAL})),
        (_CONTAINER, frozenset({LocationKind.DISPOSAL})),
        (_ADJUSTMENT, _CONTAINER),  # overfill, booked before it is drawn
    ),
    MovementKind.ABANDON: (
        (_HELD_PLACES, frozenset({LocationKind.DISPOSAL})),
        (_ADJUSTMENT, _CONTAINER),  # overfill, booked before it is thrown away
    ),
    MovementKind.USE: (
        (_HELD_PLACES, frozenset({LocationKind.PATIENT})),
        (_HELD_PLACES, frozenset({LocationKind.DISPOSAL})),
        (_ADJUSTMENT, _CONTAINER),  # overfill, booked before it is drawn
    ),
    MovementKind.DISPOSE: ((_HELD_PLACES, frozenset({LocationKind.DISPOSAL})),),
    MovementKind.TRANSFER: ((_SHELVES, _SHELVES),),
    MovementKind.DISPATCH: ((_SHELVES, frozenset({LocationKind.IN_TRANSIT})),),
    MovementKind.ARRIVE: (
        (frozenset({LocationKind.IN_TRANSIT}), _SHELVES),
        (frozenset({LocationKind.IN_TRANSIT}), frozenset({LocationKind.DISPOSAL, LocationKind.ADJUSTMENT})),
    ),
    MovementKind.RETURN_TO_SUPPLIER: ((_HELD_PLACES, frozenset({LocationKind.SUPPLIER})),),
    MovementKind.COUNT: ((_ADJUSTMENT, _HELD_PLACES), (_HELD_PLACES, _ADJUSTMENT)),
    MovementKind.OVERFILL: ((_ADJUSTMENT, _CONTAINER),),
}
"""Which kinds of place a movement of each kind goes between.

REVERSE and CORRECT are not in the table: their lines are the lines of other kinds, turned round or
posted again, and each was checked against this table when it was first decided.
"""


def check(draft: Draft, lots: Mapping[int, LotFacts], places: Mapping[int, PlaceFacts]) -> None:
    """Refuse a draft that no history of this clinic could contain.

    `lots` and `places` hold every lot and location of this clinic that the lines name.
    Raises ThingNotFound for one that is not this clinic's, LineImpossible (L1), MoveNotAllowed (table of
    effects) and PartOfPresentation (L13).
    """
    if not draft.lines:
        raise LineImpossible(line=0, problem="it has no lines")
    for number, line in enumerate(draft.lines, start=1):
        if line.lot_id not in lots:
            raise ThingNotFound(thing="lot", uid=f"of line {number}")
        _check_line(number, line, places)
        if draft.kind not in (MovementKind.REVERSE, MovementKind.CORRECT):
            _check_effect(draft.kind, places[line.from_id], places[line.to_id])
    _check_whole_presentations(draft.lines, lots, places)


def _check_line(number: int, line: Line, places: Mapping[int, PlaceFacts]) -> None:
    if line.from_id not in places or line.to_id not in places:
        raise ThingNotFound(thing="place", uid=f"of line {number}")
    source, target = places[line.from_id], places[line.to_id]
    if not 0 < line.quantity <= QUANTITY_MAX:
        raise LineImpossible(line=number, problem="its quantity is not more than zero")
    if line.from_id == line.to_id:
        raise LineImpossible(line=number, problem="it goes from a place to the same place")
    touches_patient = LocationKind.PATIENT in (source.kind, target.kind)
    if touches_patient != (line.session_id is not None):
        raise LineImpossible(line=number, problem="a session is named exactly when goods go to a patient")
    for place in (source, target):
        if place.container_lot_id not in (None, line.lot_id):
            raise LineImpossible(line=number, problem="an opened container holds one lot only")


def _check_effect(kind: MovementKind, source: PlaceFacts, target: PlaceFacts) -> None:
    if not any(source.kind in sources and target.kind in targets for sources, targets in _EFFECTS[kind]):
        raise MoveNotAllowed(kind=kind.value, source=source.kind.value, target=target.kind.value)


def _check_whole_presentations(
    lines: Iterable[Line], lots: Mapping[int, LotFacts], places: Mapping[int, PlaceFacts]
) -> None:
    for (lot_id, location_id), change in net_changes(lines, places).items():
        lot = lots[lot_id]
        if places[location_id].kind in SHELF_KINDS and change % lot.content_quantity:
            raise PartOfPresentation(lot_number=lot.lot_number, content=lot.content_quantity)


def moves_on(draft: Draft, places: Mapping[int, PlaceFacts]) -> tuple[Line, ...]:
    """Give the lines that bring goods from one physical place to another: what holds them goes with them (L8)."""
    if not draft.moves_goods:
        return ()
    return tuple(
        line
        for line in draft.lines
        if places[line.from_id].kind in PHYSICAL_KINDS and places[line.to_id].kind in PHYSICAL_KINDS
    )


def net_changes(lines: Iterable[Line], places: Mapping[int, PlaceFacts]) -> dict[tuple[int, int], int]:
    """Give the change in base units of each (lot, physical location), zero changes left out.

    The order is that of (location, lot), so that every writer changes balances in the same order.
    """
    changes: dict[tuple[int, int], int] = {}
    for line in lines:
        for location_id, signed in ((line.from_id, -line.quantity), (line.to_id, line.quantity)):
            if places[location_id].kind in PHYSICAL_KINDS:
                key = (line.lot_id, location_id)
                changes[key] = changes.get(key, 0) + signed
    ordered = sorted(changes.items(), key=lambda item: (item[0][1], item[0][0]))
    return {key: change for key, change in ordered if change}


def reversal_lines(movement_uid: str, lines: Iterable[PostedLine]) -> tuple[Line, ...]:
    """Turn posted lines round: same lot and quantity, locations swapped (L3).

    Raises AlreadyReversed when one of them was reversed before.
    """
    turned = []
    for posted in lines:
        if posted.is_reversed:
            raise AlreadyReversed(movement=movement_uid)
        turned.append(
            Line(
                lot_id=posted.lot_id,
                from_id=posted.to_id,
                to_id=posted.from_id,
                quantity=posted.quantity,
                session_id=posted.session_id,
                reverses_line_id=posted.line_id,
            )
        )
    return tuple(turned)
