"""What is in this product?  As columns of another statement, and as the rules of suitability see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, Text, and_, cast, or_, select

from stockroom.models import Product, ProductIngredient, ProductRule
from stockroom.reads.mixtures import Inside, as_text
from stockroom.rules.suitability import Contents
from stockroom.vocabulary import ProductKind, RegulatoryClass

rule_in_force = and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
"""Join ProductRule outer on this, to a statement that has Product."""


def contents_columns() -> list[Any]:
    """Give the columns from which `contents_of` reads, for a statement that has Product and ProductRule."""
    ingredients = (
        select(as_text(cast(ProductIngredient.ingredient_id, Text)))
        .where(ProductIngredient.product_id == Product.id)
        .correlate(Product)
        .scalar_subquery()
    )
    is_known = or_(Product.kind != ProductKind.MANUFACTURED, ProductRule.confirmed_at.is_not(None))
    return [
        ingredients.label("ingredients"),
        ProductRule.regulatory_class,
        is_known.label("is_known"),
    ]


def contents_of(row: Row[Any]) -> Contents:
    """Read what is in a product from a row with the columns of `contents_columns`."""
    own = row.regulatory_class
    return Contents(
        ingredient_ids=frozenset(int(part) for part in (row.ingredients or "").split()),
        regulatory_classes=frozenset() if own is None else frozenset({RegulatoryClass(own)}),
        is_known=bool(row.is_known),
    )


def contents_inside(inside: Inside) -> Contents:
    """What is in a mixture, through every parent."""
    return Contents(
        ingredient_ids=inside.ingredient_ids,
        regulatory_classes=inside.regulatory_classes,
        is_known=inside.is_confirmed,
    )
