"""What does a version of a recipe ask for?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Text, bindparam, cast, func, select

from stockroom.db.columns import written
from stockroom.models import (
    Ingredient,
    Product,
    ProductGroup,
    Recipe,
    RecipeComponent,
    RecipeSubstitute,
    RecipeVersion,
)
from stockroom.rules import compounding
from stockroom.vocabulary import BaseUnit, Basis, ProductKind, RecipeState


@dataclass(frozen=True, kw_only=True)
class Formula:
    """A version of a recipe, as preparing needs it."""

    version_id: int
    version_uid: str
    number: int
    state: RecipeState
    product_id: int
    beyond_use_minutes: int
    recipe: compounding.Recipe
    sterile_products_max: int | None
    accepted: frozenset[str]
    """Slugs of incompatibilities that it goes against on purpose."""
    technique: str = ""
    """Slug of the technique for which it is meant; empty: any."""


def formula(connection: Connection, version_id: int) -> Formula:
    """Give a version and its components, in two statements.  NoResultFound for no such version."""
    row = connection.execute(_VERSION, {"version": version_id}).one()
    return Formula(
        version_id=row.id,
        version_uid=row.uid,
        number=row.number,
        state=RecipeState(row.state),
        product_id=row.product_id,
        beyond_use_minutes=row.beyond_use_minutes,
        recipe=compounding.Recipe(
            name=row.name,
            output_quantity=row.output_quantity,
            base_unit=BaseUnit.MICROLITRE,
            components=_components(connection, version_id),
            loss_max_quantity=row.loss_max_quantity,
            is_ordered=row.is_ordered,
        ),
        sterile_products_max=row.sterile_products_max,
        accepted=frozenset(row.accepted.split()),
        technique=row.technique,
    )


@dataclass(frozen=True, kw_only=True)
class Approved:
    """The version of a recipe that is in force."""

    id: int
    number: int
    beyond_use_minutes: int


def approved_version(connection: Connection, recipe_id: int) -> Approved | None:
    """Give the approved version of a recipe, of which there is at most one."""
    row = connection.execute(_APPROVED, {"recipe": recipe_id}).first()
    return None if row is None else Approved(**row._mapping)


def technique_of(connection: Connection, version_id: int | None) -> str | None:
    """Give the technique for which a version is meant; None where it says none, and without a recipe."""
    said = select(RecipeVersion.technique).where(RecipeVersion.id == version_id)
    return connection.execute(said).scalar_one_or_none() or None


def group_units(connection: Connection, group_ids: Iterable[int]) -> dict[int, frozenset[BaseUnit]]:
    """Give the base units in which the products of each group are counted: one, if they are equivalents."""
    rows = connection.execute(
        select(Product.group_id, Product.base_unit)
        .where(Product.group_id.in_(set(group_ids)), Product.archived_at.is_(None))
        .distinct()
    )
    units: dict[int, frozenset[BaseUnit]] = {}
    for row in rows:
        units[row.group_id] = units.get(row.group_id, frozenset()) | {BaseUnit(row.base_unit)}
    return units


def _components_statement() -> Any:
    group_unit = (
        select(func.min(Product.base_unit))
        .where(Product.group_id == RecipeComponent.group_id, Product.kind == ProductKind.MANUFACTURED)
        .correlate(RecipeComponent)
        .scalar_subquery()
    )
    return (
        select(
            RecipeComponent.n,
            RecipeComponent.quantity,
            RecipeComponent.product_id,
            RecipeComponent.group_id,
            RecipeComponent.ingredient_id,
            RecipeComponent.basis,
            _substitutes().label("substitutes"),
            func.coalesce(Product.name, ProductGroup.name, Ingredient.name).label("name"),
            func.coalesce(Product.base_unit, group_unit, BaseUnit.MICROLITRE.value).label("base_unit"),
        )
        .outerjoin(Product, Product.id == RecipeComponent.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == RecipeComponent.group_id)
        .outerjoin(Ingredient, Ingredient.id == RecipeComponent.ingredient_id)
        .where(RecipeComponent.recipe_version_id == bindparam("version"))
        .order_by(RecipeComponent.n)
    )


def _substitutes() -> Any:
    """The products that may go in for a component, as one text."""
    return (
        select(func.aggregate_strings(cast(RecipeSubstitute.product_id, Text), " "))
        .where(
            RecipeSubstitute.recipe_version_id == RecipeComponent.recipe_version_id,
            RecipeSubstitute.n == RecipeComponent.n,
        )
        .correlate(RecipeComponent)
        .scalar_subquery()
    )


# Statements of every cocktail, built once.
_VERSION = (
    select(RecipeVersion.__table__, Recipe.name, Recipe.product_id)
    .join(Recipe, Recipe.id == RecipeVersion.recipe_id)
    .where(RecipeVersion.id == bindparam("version"))
)
_APPROVED = select(RecipeVersion.id, RecipeVersion.number, RecipeVersion.beyond_use_minutes).where(
    RecipeVersion.recipe_id == bindparam("recipe"), RecipeVersion.state == written(RecipeState.APPROVED)
)
_COMPONENTS = _components_statement()


def _components(connection: Connection, version_id: int) -> tuple[compounding.Component, ...]:
    return tuple(_component(row) for row in connection.execute(_COMPONENTS, {"version": version_id}))


def _component(row: Row[Any]) -> compounding.Component:
    return compounding.Component(
        n=row.n,
        name=row.name,
        quantity=row.quantity,
        base_unit=BaseUnit(row.base_unit),
        product_id=row.product_id,
        group_id=row.group_id,
        ingredient_id=row.ingredient_id,
        basis=Basis(row.basis),
        substitute_ids=frozenset(map(int, (row.substitutes or "").split())),
    )
