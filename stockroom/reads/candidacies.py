"""What does a recipe, and the syringe, ask about a product that is about to go into a cocktail?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from stockroom.db.built_once import reading
from stockroom.models import Product, ProductIngredient
from stockroom.rules.compounding import Candidate
from stockroom.vocabulary import BaseUnit, ProductKind

_ACTIVE_INGREDIENTS = select(ProductIngredient.ingredient_id).where(
    ProductIngredient.product_id == bindparam("product"), ProductIngredient.is_excipient.is_(False)
)


@dataclass(frozen=True, kw_only=True)
class Candidacy:
    """A product that is about to go into a cocktail, as the recipe and the syringe see it."""

    candidate: Candidate
    base_unit: BaseUnit
    graduation_quantity: int
    usual_draw_quantity: int | None


def candidacy(connection: Connection, product_id: int) -> Candidacy:
    """Give what a recipe asks about a product, in two statements.

    What it is made of on purpose provides an ingredient to recipes that ask for µL of it: excipients do
    not, nor does what is not a liquid, nor a cocktail, which must be named itself.
    """
    row = connection.execute(reading(Product, "id"), {"its_id": product_id}).one()
    is_liquid = row.kind == ProductKind.MANUFACTURED and row.base_unit == BaseUnit.MICROLITRE
    provides: frozenset[int] = frozenset()
    if is_liquid:
        provides = frozenset(connection.execute(_ACTIVE_INGREDIENTS, {"product": product_id}).scalars())
    return Candidacy(
        candidate=Candidate(
            product_id=row.id, product=row.name, group_id=row.group_id, ingredient_ids=provides
        ),
        base_unit=BaseUnit(row.base_unit),
        graduation_quantity=row.graduation_quantity,
        usual_draw_quantity=row.usual_draw_quantity,
    )
