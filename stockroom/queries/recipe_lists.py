"""Which recipes are there, what is in force of each, and what may a recipe be made of?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, func, literal, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Ingredient, Manufacturer, Product, ProductGroup, Recipe, RecipeVersion
from stockroom.vocabulary import BaseUnit, ProductKind, RecipeState

MIXABLE_MAX = 1_000
"""Of each kind; a larger catalogue is searched by its names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRecipe:
    """A formula with the version in force (None: it cannot be prepared yet) and the newest."""

    uid: str
    name: str
    purpose: str
    number: int | None
    output_quantity: int | None
    """µL of one dose."""
    beyond_use_minutes: int | None
    newest_number: int | None
    """None: drafted from a pattern of the source texts, whose amounts nobody has written yet."""
    draft_count: int
    """Versions that wait for approval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixable:
    """Something that a recipe may ask for: a product, any of a group, or whatever provides an ingredient."""

    kind: str
    """product, group or ingredient."""
    uid: str
    name: str
    maker: str
    """The manufacturer of a product."""
    base_unit: str


def recipe_count(connection: Connection, *, text: str = "") -> int:
    """Count the recipes; one statement."""
    return int(connection.execute(select(func.count()).select_from(Recipe).where(*_named(text))).scalar_one())


def recipes_listed(
    connection: Connection, *, text: str = "", descending: bool = False, offset: int = 0, limit: int
) -> tuple[ListedRecipe, ...]:
    """Give recipes by name; one statement."""
    approved, every = aliased(RecipeVersion), aliased(RecipeVersion)
    in_force = and_(approved.recipe_id == Recipe.id, approved.state == RecipeState.APPROVED)
    of_recipe = every.recipe_id == Recipe.id
    statement = (
        select(
            Recipe.uid,
            Recipe.name,
            Recipe.purpose,
            approved.number,
            approved.output_quantity,
            approved.beyond_use_minutes,
            select(func.max(every.number)).where(of_recipe).scalar_subquery().label("newest_number"),
            select(func.count(every.id))
            .where(of_recipe, every.state == RecipeState.DRAFT)
            .scalar_subquery()
            .label("draft_count"),
        )
        .outerjoin(approved, in_force)
        .where(*_named(text))
        .order_by(Recipe.name.desc() if descending else Recipe.name, Recipe.id)
        .limit(limit)
        .offset(offset)
    )
    return tuple(ListedRecipe(**row._mapping) for row in connection.execute(statement))


def mixables(connection: Connection) -> tuple[Mixable, ...]:
    """Give what a recipe may ask for, products first, each kind by name; three statements."""
    return tuple(
        Mixable(kind=kind, **row._mapping)
        for kind, statement in (
            ("product", _products()),
            ("group", _groups()),
            ("ingredient", _ingredients()),
        )
        for row in connection.execute(statement.limit(MIXABLE_MAX))
    )


def _named(text: str) -> tuple[Any, ...]:
    if not text:
        return ()
    return (or_(*(column.icontains(text, autoescape=True) for column in (Recipe.name, Recipe.purpose))),)


def _products() -> Any:
    """Nothing that is counted in pieces is mixed."""
    name = func.trim(Product.name + " " + Product.strength).label("name")
    return (
        select(Product.uid, name, func.coalesce(Manufacturer.name, "").label("maker"), Product.base_unit)
        .join(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .where(
            Product.kind == ProductKind.MANUFACTURED,
            Product.archived_at.is_(None),
            Product.base_unit != BaseUnit.PIECE,
        )
        .order_by(Product.name, Product.strength, Product.id)
    )


def _groups() -> Any:
    """Groups whose products are all counted in one unit, that of a mixture's parts."""
    unit = func.min(Product.base_unit)
    return (
        select(
            ProductGroup.uid,
            ProductGroup.name,
            literal("").label("maker"),
            unit.label("base_unit"),
        )
        .join(Product, and_(Product.group_id == ProductGroup.id, Product.archived_at.is_(None)))
        .group_by(ProductGroup.id, ProductGroup.uid, ProductGroup.name)
        .having(unit == func.max(Product.base_unit), unit != BaseUnit.PIECE)
        .order_by(ProductGroup.name)
    )


def _ingredients() -> Any:
    return select(
        Ingredient.uid,
        Ingredient.name,
        literal("").label("maker"),
        literal(BaseUnit.MICROLITRE.value).label("base_unit"),
    ).order_by(Ingredient.name)
