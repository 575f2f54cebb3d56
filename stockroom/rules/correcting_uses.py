"""What does a use look like when it is put right?  Its quantities, what was thrown away, its areas.

Pure.  The whole presentations that were taken from a shelf for a single use stay taken: less into the
patient means more into the bin.  What was found in a vial beyond its label is found as far as needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from stockroom.errors import InvalidValue
from stockroom.rules.using import AreaUse
from stockroom.units import QUANTITY_MAX


class Part(StrEnum):
    """What a line of a use is for."""

    USED = "used"
    """Into or onto the patient."""
    REMAINDER = "remainder"
    """The rest of whole presentations, thrown away."""
    OVERFILL = "overfill"
    """Booked into an opened container before it was drawn."""


@dataclass(frozen=True, kw_only=True)
class UsePart:
    """A line of a use; `n` is its number, 0 for one that was not there before."""

    n: int
    part: Part
    lot_id: int
    from_id: int
    to_id: int
    quantity: int
    content_quantity: int
    at_shelf: bool
    """Its goods come from a shelf, where whole presentations lie (L13)."""

    @property
    def source(self) -> tuple[int, int]:
        """The lot and the place out of which it was used."""
        return (self.lot_id, self.to_id if self.part is Part.OVERFILL else self.from_id)


def corrected(
    parts: Sequence[UsePart],
    quantities: Mapping[int, int],
    *,
    disposal_id: int,
    adjustment_id: int,
    lying: Mapping[int, int],
) -> tuple[UsePart, ...]:
    """Give the lines as they should have been, in their order; new remainders and overfill come last.

    `quantities` gives by line number what really went to the patient, `lying` what is left now in each opened
    container of which more was drawn: what goes beyond that was in it beyond its label.  Raises InvalidValue for a
    number that is no line to the patient, and for less than one base unit.
    """
    used = {each.n for each in parts if each.part is Part.USED}
    for n, quantity in quantities.items():
        if n not in used:
            raise InvalidValue(field="lines", problem=f"line {n} did not go to the patient")
        if not 0 < quantity <= QUANTITY_MAX:
            raise InvalidValue(field="lines", problem="more than zero base units; else take the use back")
    by_source: dict[tuple[int, int], list[UsePart]] = {}
    for each in parts:
        by_source.setdefault(each.source, []).append(each)
    right = [
        each
        for group in by_source.values()
        for each in _source(group, quantities, disposal_id, adjustment_id, lying)
    ]
    return tuple(sorted(right, key=lambda each: (each.n == 0, each.n)))


def beyond_books(
    parts: Sequence[UsePart], quantities: Mapping[int, int], lying: Mapping[int, int]
) -> dict[int, int]:
    """Give by opened container how much more was drawn of it than was booked and than is left there."""
    more: dict[int, int] = {}
    for each in parts:
        if each.part is Part.USED and not each.at_shelf:
            here = more.get(each.from_id, -lying.get(each.from_id, 0))
            more[each.from_id] = here + quantities.get(each.n, each.quantity) - each.quantity
    return {place: beyond for place, beyond in more.items() if beyond > 0 and place in lying}


def _source(
    group: Sequence[UsePart],
    quantities: Mapping[int, int],
    disposal_id: int,
    adjustment_id: int,
    lying: Mapping[int, int],
) -> Iterable[UsePart]:
    used = [each for each in group if each.part is Part.USED]
    right = [replace(each, quantity=quantities.get(each.n, each.quantity)) for each in used]
    less = sum(each.quantity for each in used) - sum(each.quantity for each in right)
    if not less:
        return group
    others = [each for each in group if each.part is not Part.USED]
    if used and used[0].at_shelf:
        return [*right, *_remainder(right, others, less, disposal_id)]
    beyond = sum(beyond_books(used, quantities, lying).values())
    if beyond:
        return [*right, *_more_overfill(right[0], others, beyond, adjustment_id)]
    return [*right, *_overfill(others, less)]


def _more_overfill(
    drawn: UsePart, others: Sequence[UsePart], beyond: int, adjustment_id: int
) -> Iterable[UsePart]:
    """What was booked into the vial beside, and what it held beyond that."""
    found = next((each for each in others if each.part is Part.OVERFILL), None)
    if found is None:
        return [
            *others,
            replace(
                drawn, n=0, part=Part.OVERFILL, from_id=adjustment_id, to_id=drawn.from_id, quantity=beyond
            ),
        ]
    more = replace(found, quantity=found.quantity + beyond)
    return [more if each is found else each for each in others]


def _remainder(
    right: Sequence[UsePart], thrown: Sequence[UsePart], less: int, disposal_id: int
) -> Iterable[UsePart]:
    """What is left of the presentations that were taken; more are taken when these were too few."""
    content = right[0].content_quantity
    left = sum(each.quantity for each in thrown) + less
    if left < 0:
        left %= content
    if left:
        first = thrown[0] if thrown else None
        yield (
            replace(first, quantity=left)
            if first is not None
            else replace(right[0], n=0, part=Part.REMAINDER, to_id=disposal_id, quantity=left)
        )


def _overfill(others: Sequence[UsePart], less: int) -> Iterable[UsePart]:
    for each in others:
        gone = min(max(less, 0), each.quantity) if each.part is Part.OVERFILL else 0
        less -= gone
        if each.quantity > gone:
            yield replace(each, quantity=each.quantity - gone)


def corrected_areas(
    quantity: int, *, booked_quantity: int, said: Sequence[AreaUse] | None, booked: Sequence[AreaUse]
) -> tuple[AreaUse, ...]:
    """Give how much really went into each area: what is said, else what was booked where that still fits.

    The only area follows a changed quantity.  Raises InvalidValue.
    """
    areas = tuple(booked if said is None else said)
    if said is None and len(areas) == 1 and areas[0].quantity == booked_quantity:
        areas = (replace(areas[0], quantity=quantity),)
    if len({each.area for each in areas}) != len(areas) or any(each.quantity <= 0 for each in areas):
        raise InvalidValue(field="areas", problem="name each area once, with all that went into it")
    if sum(each.quantity for each in areas) > quantity:
        raise InvalidValue(
            field="areas", problem="the areas got more than was used: say how much went into each"
        )
    return areas
