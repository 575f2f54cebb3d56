"""Did the session's plan ask for what is used, and for how much of it?  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from stockroom.rules.scanning import NOTHING_ALIKE, Got, Wanted, meet, serves, stand_in
from stockroom.rules.usability import Thing
from stockroom.vocabulary import PRESCRIBED_CLASSES, BaseUnit, ContainerType, RegulatoryClass


class Planned(StrEnum):
    """How a use stands to the plan of its session."""

    AS_PLANNED = "as_planned"
    """A need asked for it; or nothing at all was planned."""
    MORE = "more"
    """A need asked for it, and for less."""
    SUBSTITUTED = "substituted"
    """It stands in for another product of its group, which a need names."""
    EXTRA = "extra"
    """No need asked for this product."""


@dataclass(frozen=True, kw_only=True)
class AgainstPlan:
    """How one use stands to the plan."""

    planned: Planned
    beyond: int = 0
    """How much of it no need asked for, in base units."""


def is_asked_for(needs: Sequence[Wanted], *, product_id: int, group_id: int | None) -> bool:
    """True when a need names the product or its group, met or not; and where nothing was planned at all."""
    return not needs or any(serves(need, product_id=product_id, group_id=group_id) for need in needs)


def against_plan(
    needs: Sequence[Wanted],
    mixed: Iterable[Got],
    used: Iterable[Got],
    *,
    made_for_it: frozenset[int],
    like: Mapping[str, int] = NOTHING_ALIKE,
) -> tuple[AgainstPlan, ...]:
    """Say of each thing `used`, in the order of time, whether a need had asked for it.

    `mixed` went into cocktails for the session and meets needs first; `made_for_it` holds the products of
    those cocktails, which are planned with what went into them; `like` says by need of which group the product is that
    it names outright.
    """
    left = {each.need_uid: each.quantity for each in needs}
    for part in mixed:
        meet(left, needs, part)
    said = []
    for each in used:
        asked = is_asked_for(needs, product_id=each.product_id, group_id=each.group_id)
        beyond = meet(left, needs, each)
        if not needs or each.product_id in made_for_it:
            said.append(AgainstPlan(planned=Planned.AS_PLANNED))
        elif not asked:
            said.append(_instead(left, like, each, beyond))
        elif beyond:
            said.append(AgainstPlan(planned=Planned.MORE, beyond=beyond))
        else:
            said.append(AgainstPlan(planned=Planned.AS_PLANNED))
    return tuple(said)


def _instead(left: dict[str, int], like: Mapping[str, int], got: Got, beyond: int) -> AgainstPlan:
    """It stands in for what a need names of the same group, as far as that is still open; else it is an extra."""
    rest = stand_in(left, like, got, beyond)
    if rest == beyond:
        return AgainstPlan(planned=Planned.EXTRA, beyond=beyond)
    return AgainstPlan(planned=Planned.SUBSTITUTED, beyond=rest)


def must_be_meant(thing: Thing) -> bool:
    """True for what somebody has to mean before it is used beside the plan: a substance for one patient.

    A needle, gauze or the cream on the shelf is often one more than planned; another injectable than the
    planned one is how a patient gets the wrong vial.
    """
    if thing.container_type is ContainerType.MULTI_USE_TOPICAL:
        return False
    if thing.regulatory_class is RegulatoryClass.CONSUMABLE:
        return False
    return thing.base_unit is not BaseUnit.PIECE or thing.regulatory_class in PRESCRIBED_CLASSES
