"""Which lots went into which, however many cocktails lie between?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import Refused, extracted

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


class Direction(StrEnum):
    """From parents to what was made from them, or back."""

    FORWARD = "forward"
    BACK = "back"


@dataclass(frozen=True, order=True)
class Edge:
    """Some of the lot `parent_id` went into the prepared lot `child_id`."""

    parent_id: int
    child_id: int


@dataclass(frozen=True)
class Reached:
    """A lot on the way, and over how few preparations it is reached; 0 for where the walk began."""

    lot_id: int
    depth: int


@dataclass(frozen=True, kw_only=True)
class Walk:
    """Everything reached, the nearest first, then by lot; and every edge on the way, in order."""

    lots: tuple[Reached, ...]
    edges: tuple[Edge, ...]


def walk(
    edges: Iterable[Edge], start: Iterable[int], direction: Direction, *, lots_max: int = LOTS_MAX
) -> Walk:
    """Walk from the lots `start` over `edges` to everything that can be reached in one direction.

    Every lot is visited once, so that a cycle (which the ledger does not allow) ends too; no depth
    is too deep.  The cost is that of the edges.  Raises TraceTooLarge beyond `lots_max` lots.
    """
    following: dict[int, list[Edge]] = {}
    for edge in edges:
        following.setdefault(_near(edge, direction), []).append(edge)
    depths = dict.fromkeys(start, 0)
    waiting = deque(depths)
    passed: set[Edge] = set()
    while waiting:
        lot_id = waiting.popleft()
        for edge in following.get(lot_id, ()):
            passed.add(edge)
            far = _far(edge, direction)
            if far not in depths:
                depths[far] = depths[lot_id] + 1
                waiting.append(far)
        if len(depths) > lots_max:
            raise TraceTooLarge(lots_max=lots_max)
    reached = sorted(depths.items(), key=lambda found: (found[1], found[0]))
    return Walk(lots=tuple(Reached(lot_id, depth) for lot_id, depth in reached), edges=tuple(sorted(passed)))


def _near(edge: Edge, direction: Direction) -> int:
    return edge.parent_id if direction is Direction.FORWARD else edge.child_id


def _far(edge: Edge, direction: Direction) -> int:
    return edge.child_id if direction is Direction.FORWARD else edge.parent_id
