"""Which products may serve what sessions need: those of a group, and what goes into a cocktail?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.models import (
    Product,
    ProductIngredient,
    ProductRule,
    Recipe,
    RecipeComponent,
    RecipeSubstitute,
    RecipeVersion,
)
from stockroom.rules.requirements import Asked, Catalogue, Component, Formula
from stockroom.vocabulary import Basis, ContainerType, ProductKind, RecipeState

_COMPONENTS = Once(
    select(
        Recipe.product_id.label("yields"),
        RecipeVersion.id.label("version_id"),
        RecipeVersion.output_quantity,
        RecipeComponent.n,
        RecipeComponent.product_id,
        RecipeComponent.group_id,
        RecipeComponent.ingredient_id,
        RecipeComponent.quantity,
        RecipeComponent.basis,
    )
    .select_from(Recipe)
    .join(
        RecipeVersion,
        and_(RecipeVersion.recipe_id == Recipe.id, RecipeVersion.state == written(RecipeState.APPROVED)),
    )
    .join(RecipeComponent, RecipeComponent.recipe_version_id == RecipeVersion.id)
    .where(Recipe.product_id.in_(bindparam("products", expanding=True)))
    .order_by(RecipeVersion.id, RecipeComponent.n)
)
_SUBSTITUTES = Once(
    select(RecipeSubstitute.recipe_version_id, RecipeSubstitute.n, RecipeSubstitute.product_id).where(
        RecipeSubstitute.recipe_version_id.in_(bindparam("versions", expanding=True))
    )
)
_PROVIDERS = Once(
    select(ProductIngredient.ingredient_id, ProductIngredient.product_id)
    .select_from(ProductIngredient)
    .join(Product, Product.id == ProductIngredient.product_id)
    .where(
        ProductIngredient.ingredient_id.in_(bindparam("ingredients", expanding=True)),
        Product.kind == written(ProductKind.MANUFACTURED),
    )
)
_SINGLE = Once(
    select(Product.id, Product.group_id, Product.content_quantity, ProductRule.container_type)
    .select_from(Product)
    .outerjoin(ProductRule, and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None)))
    .where(
        or_(
            Product.id.in_(bindparam("products", expanding=True)),
            Product.group_id.in_(bindparam("groups", expanding=True)),
        ),
        Product.kind == written(ProductKind.MANUFACTURED),
    )
)


def catalogue_of(connection: Connection, needs: Iterable[Asked]) -> Catalogue:
    """Give what the rules must know of what these needs name; four statements at most."""
    asked = tuple(needs)
    products = {each.product_id for each in asked if each.product_id is not None}
    groups = {each.group_id for each in asked if each.group_id is not None}
    components = _COMPONENTS.all(connection, {"products": sorted(products)}) if products else ()
    groups |= {row.group_id for row in components if row.group_id is not None}
    substitutes, providers = _substitutes(connection, components), _providers(connection, components)
    products |= {row.product_id for row in components if row.product_id is not None}
    products |= {each for pool in (*substitutes.values(), *providers.values()) for each in pool}
    members: dict[int, set[int]] = defaultdict(set)
    whole: dict[int, int] = {}
    for row in _SINGLE.all(connection, {"products": sorted(products), "groups": sorted(groups)}):
        if row.group_id is not None:
            members[row.group_id].add(row.id)
        if row.container_type == ContainerType.SINGLE_DOSE:
            whole[row.id] = row.content_quantity
    in_group = {group_id: frozenset(ids) for group_id, ids in members.items()}
    formulas: dict[int, list[Any]] = defaultdict(list)
    for row in components:
        formulas[row.yields].append(row)
    return Catalogue(
        groups=in_group,
        formulas={
            yields: Formula(
                output_quantity=rows[0].output_quantity,
                components=tuple(_component(row, in_group, substitutes, providers) for row in rows),
            )
            for yields, rows in formulas.items()
        },
        whole=whole,
    )


def _component(
    row: Any,
    groups: dict[int, frozenset[int]],
    substitutes: dict[tuple[int, int], set[int]],
    providers: dict[int, set[int]],
) -> Component:
    pool = set(substitutes.get((row.version_id, row.n), ()))
    if row.product_id is not None:
        pool.add(row.product_id)
    pool |= groups.get(row.group_id, frozenset()) | providers.get(row.ingredient_id, set())
    return Component(product_ids=frozenset(pool), quantity=row.quantity, basis=Basis(row.basis))


def _substitutes(connection: Connection, components: Iterable[Any]) -> dict[tuple[int, int], set[int]]:
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    versions = sorted({row.version_id for row in components})
    for row in _SUBSTITUTES.all(connection, {"versions": versions}) if versions else ():
        found[row.recipe_version_id, row.n].add(row.product_id)
    return found


def _providers(connection: Connection, components: Iterable[Any]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    ingredients = sorted({row.ingredient_id for row in components if row.ingredient_id is not None})
    for row in _PROVIDERS.all(connection, {"ingredients": ingredients}) if ingredients else ():
        found[row.ingredient_id].add(row.product_id)
    return found
