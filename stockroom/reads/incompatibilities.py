"""What is not mixed with what, as the reference data say, and what do the parts of a recipe hold?"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import Connection, select

from stockroom.models import Ingredient, Product, ProductIngredient, ReferenceItem
from stockroom.rules.incompatibilities import Incompatibility

_KNOWN = select(ReferenceItem.slug, ReferenceItem.name, ReferenceItem.detail).where(
    ReferenceItem.kind == "incompatibilities"
)


def incompatibilities(connection: Connection) -> tuple[Incompatibility, ...]:
    """Give every incompatibility that is known, its ingredients by id; two statements."""
    rows = connection.execute(_KNOWN.order_by(ReferenceItem.slug)).all()
    told = {row.slug: json.loads(row.detail)["ingredients"] for row in rows}
    slugs = {slug for ingredients in told.values() for slug in ingredients}
    ids = {
        row.slug: row.id
        for row in connection.execute(
            select(Ingredient.slug, Ingredient.id).where(Ingredient.slug.in_(sorted(slugs)))
        )
    }
    return tuple(
        Incompatibility(
            slug=row.slug, name=row.name, ingredient_ids=frozenset(ids[slug] for slug in told[row.slug])
        )
        for row in rows
        if all(slug in ids for slug in told[row.slug])
    )


def held_by_products(connection: Connection, product_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Give what each product holds, actives and excipients; one statement."""
    held: dict[int, frozenset[int]] = {}
    rows = connection.execute(
        select(ProductIngredient.product_id, ProductIngredient.ingredient_id).where(
            ProductIngredient.product_id.in_(sorted(set(product_ids)))
        )
    )
    for row in rows:
        held[row.product_id] = held.get(row.product_id, frozenset()) | {row.ingredient_id}
    return held


def held_by_groups(connection: Connection, group_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Give what any product of each group holds, those that are archived left out; one statement."""
    held: dict[int, frozenset[int]] = {}
    rows = connection.execute(
        select(Product.group_id, ProductIngredient.ingredient_id)
        .join(ProductIngredient, ProductIngredient.product_id == Product.id)
        .where(Product.group_id.in_(sorted(set(group_ids))), Product.archived_at.is_(None))
    )
    for row in rows:
        if row.group_id is not None:
            held[row.group_id] = held.get(row.group_id, frozenset()) | {row.ingredient_id}
    return held
