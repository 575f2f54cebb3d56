"""Which goods lay at a place while it was outside its limits, and where are they now?

Nobody can tell one vial of a lot from another, so that a lot of which something lay there is followed as a whole:
through openings, moves and cocktails to wherever it went since, until it reached a patient, the bin or another house.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from stockroom.vocabulary import PHYSICAL_KINDS, LocationKind

Spot = tuple[int, int]
"""(lot, location)."""


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One line of the books, with the kinds of both its ends."""

    movement_id: int
    occurred_at: datetime
    lot_id: int
    from_id: int
    from_kind: LocationKind
    to_id: int
    to_kind: LocationKind
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Stood:
    """An opened container that stood at the place, from one instant until another (None: it stands there)."""

    location_id: int
    since: datetime
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Exposure:
    """What was exposed."""

    spots: frozenset[Spot]
    """Every lot at a place, where it lay or went; the caller holds those where something is."""
    gone: tuple[tuple[int, LocationKind], ...]
    """(movement, kind of account) of what reached a patient, the bin, a supplier or another clinic since."""


def exposed(
    *,
    place_id: int,
    since: datetime | None,
    until: datetime | None,
    on_hand: Mapping[Spot, int],
    stood: Iterable[Stood],
    moved: Sequence[Moved],
) -> Exposure:
    """Say what lay at `place_id` between `since` and `until`, and follow it to the present.

    since: the last good reading; None where there is none: then what lies there now, and nothing that left it.
    until: the first good reading after it; None while there is none.
    on_hand: what lies now at the place and in the containers that stood there.
    moved: every line that occurred since then, in the order of their instants and numbers.
    """
    here = {place_id, *(each.location_id for each in stood if _overlaps(each, since, until))}
    later = [line for line in moved if since is None or line.occurred_at > since]
    found = _lay_there(here, until, on_hand, later)
    gone: dict[tuple[int, LocationKind], None] = {}
    for movement_id, lines in groupby(later, key=lambda line: line.movement_id):
        found |= _followed(movement_id, list(lines), found, gone)
    return Exposure(spots=frozenset(found), gone=tuple(gone))


def _overlaps(stood: Stood, since: datetime | None, until: datetime | None) -> bool:
    ended_before = since is not None and stood.until is not None and stood.until <= since
    began_after = until is not None and stood.since >= until
    return not ended_before and not began_after


def _lay_there(
    here: set[int], until: datetime | None, on_hand: Mapping[Spot, int], moved: Sequence[Moved]
) -> set[Spot]:
    """The spots at the place of which something lay there within the time: at its end, or moved within it."""
    at_end = {spot: quantity for spot, quantity in on_hand.items() if spot[1] in here}
    found: set[Spot] = set()
    for line in moved:
        is_within = until is None or line.occurred_at < until
        for place, sign in ((line.from_id, 1), (line.to_id, -1)):
            if place not in here:
                continue
            spot = (line.lot_id, place)
            if is_within:
                found.add(spot)
            else:
                at_end[spot] = at_end.get(spot, 0) + sign * line.quantity
    return found | {spot for spot, quantity in at_end.items() if quantity > 0}


def _followed(
    movement_id: int, lines: Sequence[Moved], found: set[Spot], gone: dict[tuple[int, LocationKind], None]
) -> set[Spot]:
    """Where one movement brings what was exposed; what was mixed from it is exposed too."""
    carried = [line for line in lines if (line.lot_id, line.from_id) in found]
    spots = {(line.lot_id, line.to_id) for line in carried if line.to_kind in PHYSICAL_KINDS}
    if any(line.to_kind is LocationKind.COMPOUNDING for line in carried):
        mixed = (line for line in lines if line.from_kind is LocationKind.COMPOUNDING)
        spots |= {(line.lot_id, line.to_id) for line in mixed if line.to_kind in PHYSICAL_KINDS}
    for line in carried:
        if line.to_kind not in PHYSICAL_KINDS and line.to_kind is not LocationKind.COMPOUNDING:
            gone.setdefault((movement_id, line.to_kind))
    return spots
