"""Would one dose be put together out of what was left in several vials?

The remainders of two vials are not pooled into one dose (CDC and Immunize.org, multi-dose vials; domain fact C5).
A dose that a leftover does not fill is taken from another vial, or the leftover is finished first and the rest
of the dose comes out of one that was just opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from stockroom.errors import Refused, extracted
from stockroom.rules.usability import Thing
from stockroom.rules.using import Taking
from stockroom.vocabulary import ContainerType

_NOT_DOSED = frozenset({ContainerType.MULTI_USE_TOPICAL, ContainerType.COUNTED_USE})
"""What is laid on, and heads: nothing is drawn together there."""


@dataclass(eq=False, kw_only=True)
class LeftoversPooled(Refused):
    """One dose would come out of what is left in several vials."""

    code: ClassVar[str] = "leftovers_pooled"
    message: ClassVar[str] = extracted(
        "What is left in {containers} of {product} is not put together into one dose. Take it from a vial that "
        "holds enough, or open a new one."
    )
    answered_for: ClassVar[bool] = True
    product: str
    containers: tuple[str, ...]


def is_leftover(thing: Thing) -> bool:
    """True for what was opened and no longer holds all that its label says."""
    return (
        thing.is_opened
        and thing.container_type not in _NOT_DOSED
        and 0 < thing.quantity < thing.content_quantity
    )


def pooled(dose: Iterable[Thing]) -> tuple[Thing, ...]:
    """Give the leftovers that one dose puts together, each once; nothing where it is at most one of a product."""
    by_product: dict[int, dict[int, Thing]] = {}
    for thing in dose:
        if is_leftover(thing):
            by_product.setdefault(thing.product_id, {})[thing.location_id] = thing
    for found in by_product.values():
        if len(found) > 1:
            return tuple(found.values())
    return ()


def pooled_by(takings: Iterable[Taking]) -> tuple[Thing, ...]:
    """Give the leftovers that what went into the same areas by the same technique put together: one dose, as far as
    anybody said.
    """
    doses: dict[tuple[object, ...], list[Thing]] = {}
    for each in takings:
        said = (each.line.technique, frozenset(area.area for area in each.line.areas))
        doses.setdefault(said, []).append(each.thing)
    return tuple(thing for dose in doses.values() for thing in pooled(dose))


def refuse_pooling(dose: Iterable[Thing]) -> None:
    """Refuse a dose out of several leftovers.  Raises LeftoversPooled."""
    found = pooled(dose)
    if found:
        raise LeftoversPooled(
            product=found[0].product_name, containers=tuple(each.container_code or "?" for each in found)
        )


def without_pooling(things: Sequence[Thing], quantity: int) -> tuple[Thing, ...]:
    """Give the things of a product out of which one dose may be picked: the one leftover that comes first in
    order among those that fill it, else the first of all, and everything that is no leftover.
    """
    leftovers = [each for each in things if is_leftover(each)]
    if len(leftovers) < 2:
        return tuple(things)
    kept = next((each for each in leftovers if each.unpromised >= quantity), leftovers[0])
    return tuple(each for each in things if each is kept or not is_leftover(each))
