"""What of this is not mixed with what?

Facts of the reference data, each with its source: two or more ingredients, as an active or an excipient; and what the
maker of a product says that it is not mixed with.  One product that holds them all was made so by its maker, and is
none of our business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from stockroom.rules.usability import Broken, Purpose, Thing
from stockroom.vocabulary import Rule


@dataclass(frozen=True, kw_only=True)
class Mixed:
    """What one part of a mixture holds."""

    ingredient_ids: frozenset[int]
    product_ids: frozenset[int] = frozenset()
    """Itself, or everything that was mixed into it; of a group any of its products."""


NOTHING_MIXED = Mixed(ingredient_ids=frozenset())


@dataclass(frozen=True, kw_only=True)
class Incompatibility:
    """Ingredients that are not mixed with one another, or with a product."""

    slug: str
    name: str
    ingredient_ids: frozenset[int]
    product_id: int | None = None
    """The product that is not mixed with what holds the ingredient; None where ingredients do not go together."""

    def sides(self, parts: Sequence[Mixed]) -> frozenset[int]:
        """Give the places of the parts by whose mixing it comes together; none where it does not."""
        if self.product_id is not None:
            return self._of_product(parts)
        together = frozenset[int]().union(*(part.ingredient_ids for part in parts))
        if not self.ingredient_ids <= together or any(
            self.ingredient_ids <= part.ingredient_ids for part in parts
        ):
            return frozenset()
        return frozenset(n for n, part in enumerate(parts) if self.ingredient_ids & part.ingredient_ids)

    def _of_product(self, parts: Sequence[Mixed]) -> frozenset[int]:
        its_own = [n for n, part in enumerate(parts) if self.product_id in part.product_ids]
        others = [
            n
            for n, part in enumerate(parts)
            if self.product_id not in part.product_ids and self.ingredient_ids & part.ingredient_ids
        ]
        return frozenset((*its_own, *others)) if its_own and others else frozenset()


def clashing(known: Iterable[Incompatibility], parts: Sequence[Mixed]) -> tuple[Incompatibility, ...]:
    """Give what comes together only by mixing these parts.

    What a maker says of a product is left out where ingredients of it say the same.
    """
    found = [each for each in known if each.sides(parts)]
    of_ingredients = [each for each in found if each.product_id is None]
    return tuple(each for each in found if not any(_says(other, each, parts) for other in of_ingredients))


def _says(other: Incompatibility, of_product: Incompatibility, parts: Sequence[Mixed]) -> bool:
    """True when an incompatibility of ingredients is what is known of a product, too."""
    if of_product.product_id is None or not of_product.ingredient_ids <= other.ingredient_ids:
        return False
    rest = other.ingredient_ids - of_product.ingredient_ids
    its_own = [part for part in parts if of_product.product_id in part.product_ids]
    return any(rest <= part.ingredient_ids for part in its_own)


def broken_by_mixing(
    known: Iterable[Incompatibility],
    things: Iterable[Thing],
    *,
    within: Mapping[int, frozenset[int]] | None = None,
    accepted: frozenset[str] = frozenset(),
) -> tuple[Broken, ...]:
    """List the things that hold part of an incompatibility that comes together in one cocktail.

    `within` holds by lot the products that were mixed into it.  `accepted` holds the slugs that the recipe goes
    against on purpose, as whoever approved it has seen.
    """
    mixed = tuple(dict.fromkeys(things))
    parts = [
        Mixed(
            ingredient_ids=thing.ingredient_ids,
            product_ids=frozenset({thing.product_id}) | (within or {}).get(thing.lot_id, frozenset()),
        )
        for thing in mixed
    ]
    clashes = clashing(known, parts)
    found = [(each.name, each.sides(parts)) for each in clashes if each.slug not in accepted]
    broken = []
    for n, thing in enumerate(mixed):
        names = tuple(name for name, sides in found if n in sides)
        if names:
            broken.append(
                Broken(rule=Rule.INCOMPATIBLE, thing=thing, purpose=Purpose.COMPOUND, incompatible=names)
            )
    return tuple(broken)
