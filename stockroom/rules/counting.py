"""What does a count say about the books?

A count is compared with the position at the moment of counting, so that what moved between counting
and booking is neither lost nor counted twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Conflict, Refused, extracted
from stockroom.vocabulary import CountReason

Place = tuple[int, int]
"""A lot and the location where it lies: (lot_id, location_id)."""


@dataclass(eq=False, kw_only=True)
class CountedTwice(Refused):
    """The same lot at the same place is on the list twice."""

    code: ClassVar[str] = "counted_twice"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} is on this count twice for the same place. Keep one line."
    )
    lot_number: str


@dataclass(eq=False, kw_only=True)
class CountImpossible(Refused):
    """Less than nothing cannot be found."""

    code: ClassVar[str] = "count_impossible"
    message: ClassVar[str] = extracted(
        "{found} of lot {lot_number} cannot have been found. Enter zero or more."
    )
    lot_number: str
    found: int


@dataclass(eq=False, kw_only=True)
class CountReasonMissing(Refused):
    """A difference between shelf and books says why."""

    code: ClassVar[str] = "count_reason_missing"
    message: ClassVar[str] = extracted(
        "Of lot {lot_number} {found} were found and {expected} are in the books. Say why they differ."
    )
    lot_number: str
    found: int
    expected: int


@dataclass(eq=False, kw_only=True)
class CountOvertaken(Conflict):
    """More was taken since the count than the count had found."""

    code: ClassVar[str] = "count_overtaken"
    message: ClassVar[str] = extracted(
        "Since lot {lot_number} was counted, more of it was taken than the count had found. Count it again."
    )
    lot_number: str


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What somebody found of one lot at one place."""

    lot_id: int
    lot_number: str
    location_id: int
    found: int
    reason: CountReason | None = None

    @property
    def place(self) -> Place:
        return (self.lot_id, self.location_id)


@dataclass(frozen=True, kw_only=True)
class Variance:
    """What was found and what the books said at the moment of counting, in base units."""

    counted: Counted
    expected: int

    @property
    def difference(self) -> int:
        """What goes from adjustment to the place (positive) or back (negative); 0 posts nothing."""
        return self.counted.found - self.expected


def variances(
    counted: Iterable[Counted], *, position_now: Mapping[Place, int], moved_since: Mapping[Place, int]
) -> tuple[Variance, ...]:
    """Compare each count with the position when it was made: the position now less what moved since.

    `moved_since` is the net change of each place by everything that *occurred* after the counting: what
    happened before it and was recorded late was already gone from the shelf.
    Raises CountedTwice, CountImpossible, CountReasonMissing (a difference without a reason) and
    CountOvertaken (booking the difference would leave less than nothing, L4).
    """
    seen: set[Place] = set()
    found = []
    for each in counted:
        if each.place in seen:
            raise CountedTwice(lot_number=each.lot_number)
        seen.add(each.place)
        found.append(_variance(each, position_now.get(each.place, 0), moved_since.get(each.place, 0)))
    return tuple(found)


def _variance(counted: Counted, now: int, moved_since: int) -> Variance:
    if counted.found < 0:
        raise CountImpossible(lot_number=counted.lot_number, found=counted.found)
    variance = Variance(counted=counted, expected=now - moved_since)
    if variance.difference and counted.reason is None:
        raise CountReasonMissing(
            lot_number=counted.lot_number, found=counted.found, expected=variance.expected
        )
    if now + variance.difference < 0:
        raise CountOvertaken(lot_number=counted.lot_number)
    return variance


def not_counted(
    counted: Iterable[Counted], *, position_now: Mapping[Place, int], location_ids: Iterable[int]
) -> tuple[Place, ...]:
    """List what the books have at the counted locations and nobody counted, by location and lot."""
    seen = {each.place for each in counted}
    locations = set(location_ids)
    absent = (
        place
        for place, quantity in position_now.items()
        if quantity and place[1] in locations and place not in seen
    )
    return tuple(sorted(absent, key=lambda place: (place[1], place[0])))
