"""How much of a thing goes into a cocktail, and what of its recipe does it serve?"""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.errors import InvalidValue
from stockroom.reads.candidacies import Candidacy
from stockroom.reads.preparations import OpenPreparation
from stockroom.rules import compounding
from stockroom.rules.usability import Thing


@dataclass(frozen=True, kw_only=True)
class Portion:
    """How much goes in, and what of the recipe it serves."""

    quantity: int
    component_n: int | None = None
    lacking_quantity: int = 0
    was_rounded: bool = False
    is_substitute: bool = False
    """The recipe asks for another product, and allows this one in its place."""


def free_quantity(thing: Thing) -> int:
    """Give the base units of a thing that may be kept for a cocktail: at a shelf whole presentations."""
    spare = thing.unpromised
    return spare if thing.is_opened else spare - spare % thing.content_quantity


def portion_of(draft: OpenPreparation, product: Candidacy, thing: Thing, quantity: int | None) -> Portion:
    """Say how much goes in: what was said, else what the recipe lacks and is here.

    Raises InvalidValue without a recipe where nothing says how much; WrongProduct, IngredientComplete,
    DoseTooSmall, OutOfOrder.
    """
    if draft.formula is None:
        wanted = quantity or product.usual_draw_quantity
        if wanted is None:
            raise InvalidValue(field="quantity", problem="without a recipe, say how much is drawn")
        return Portion(quantity=wanted)
    recipe = draft.formula.recipe
    graduations = dict.fromkeys((each.n for each in recipe.components), product.graduation_quantity)
    portions = compounding.scale(recipe, draft.wanted_quantity, graduations)
    match = compounding.match_component(recipe, portions, draft.drawn, product.candidate)
    compounding.check_order(recipe, portions, draft.drawn, match.component)
    default = min(match.missing_quantity, free_quantity(thing)) or match.missing_quantity
    drawn = quantity or default
    rounded = next(each.was_rounded for each in portions if each.component is match.component)
    return Portion(
        quantity=drawn,
        component_n=match.component.n,
        lacking_quantity=max(0, match.missing_quantity - drawn),
        was_rounded=rounded,
        is_substitute=match.is_substitute,
    )
