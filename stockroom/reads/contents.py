"""What is in this product?  As columns of another statement, and as the rules of suitability see it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Container, Product, ProductIngredient, ProductRule, RuleIngredient
from stockroom.reads.mixtures import Inside, as_text
from stockroom.rules.suitability import Contents
from stockroom.vocabulary import ProductKind, RegulatoryClass

rule_in_force = and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
"""Join ProductRule outer on this, to a statement that has Product."""

kept_rule = aliased(ProductRule, name="kept_rule")
"""The version of the rule under which a container was opened: it keeps it."""


def kept_or_current(current: Any, kept: Any) -> ColumnElement[Any]:
    """What was true of a vial when it was opened; of what is sealed, what is true now."""
    return case((Container.product_rule_id.is_not(None), kept), else_=current)


def held_when_opened() -> ColumnElement[str]:
    """What a vial held by another version of the rule than is in force now; nothing is looked up for others."""
    then = (
        select(as_text(cast(RuleIngredient.ingredient_id, Text)))
        .where(RuleIngredient.product_rule_id == Container.product_rule_id)
        .correlate(Container)
        .scalar_subquery()
    )
    return case((Container.product_rule_id != ProductRule.id, then), else_=None)


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


def contents_where_it_lies() -> list[Any]:
    """The same, of what may lie in a container: for a statement that has Container and `kept_rule`, too."""
    ingredients, _, _ = contents_columns()
    confirmed = kept_or_current(ProductRule.confirmed_at, kept_rule.confirmed_at)
    return [
        func.concat(func.coalesce(ingredients, ""), " ", func.coalesce(held_when_opened(), "")).label(
            "ingredients"
        ),
        kept_or_current(ProductRule.regulatory_class, kept_rule.regulatory_class).label("regulatory_class"),
        or_(Product.kind != ProductKind.MANUFACTURED, confirmed.is_not(None)).label("is_known"),
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
