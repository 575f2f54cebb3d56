"""What of this is not mixed with what?

Facts of the reference data, each with its source: two or more ingredients, as an active or an excipient.
One product that holds them all was made so by its maker, and is none of our business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stockroom.rules.usability import Broken, Purpose, Thing
from stockroom.vocabulary import Rule


@dataclass(frozen=True, kw_only=True)
class Incompatibility:
    """Ingredients that are not mixed with one another."""

    slug: str
    name: str
    ingredient_ids: frozenset[int]


def clashing(
    known: Iterable[Incompatibility], parts: Sequence[frozenset[int]]
) -> tuple[Incompatibility, ...]:
    """Give what comes together only by mixing these parts, each a set of ingredients."""
    together = frozenset[int]().union(*parts)
    return tuple(
        each
        for each in known
        if each.ingredient_ids <= together and not any(each.ingredient_ids <= part for part in parts)
    )


def broken_by_mixing(
    known: Iterable[Incompatibility], things: Iterable[Thing], *, accepted: frozenset[str] = frozenset()
) -> tuple[Broken, ...]:
    """List the things that hold part of an incompatibility that comes together in one cocktail.

    `accepted` holds the slugs that the recipe goes against on purpose, as whoever approved it has seen.
    """
    mixed = tuple(dict.fromkeys(things))
    found = [
        each
        for each in clashing(known, [thing.ingredient_ids for thing in mixed])
        if each.slug not in accepted
    ]
    broken = []
    for thing in mixed:
        names = tuple(each.name for each in found if each.ingredient_ids & thing.ingredient_ids)
        if names:
            broken.append(
                Broken(rule=Rule.INCOMPATIBLE, thing=thing, purpose=Purpose.COMPOUND, incompatible=names)
            )
    return tuple(broken)
