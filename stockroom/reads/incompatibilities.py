"""What is not mixed with what, as the reference data and makers say, and what do the parts of a recipe hold?"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, or_, select, true

from stockroom.models import (
    Container,
    Ingredient,
    Product,
    ProductIngredient,
    ProductRule,
    ReferenceItem,
    RuleIncompatibility,
)
from stockroom.reads.mixtures import Within, products_within
from stockroom.rules.incompatibilities import NOTHING_MIXED, Incompatibility, Mixed, broken_by_mixing
from stockroom.rules.usability import Broken, Thing

SLUG_MAX = 100

_KNOWN = select(ReferenceItem.slug, ReferenceItem.name, ReferenceItem.detail).where(
    ReferenceItem.kind == "incompatibilities"
)


def incompatibilities(
    connection: Connection, product_ids: Iterable[int], *, also: ColumnElement[bool] | None = None
) -> tuple[Incompatibility, ...]:
    """Give every incompatibility of ingredients that is known, and those of these products; three statements.

    Of a product by the version of its rules that is in force, and by those others that `also` names.
    """
    rows = connection.execute(_KNOWN.order_by(ReferenceItem.slug)).all()
    told = {row.slug: json.loads(row.detail)["ingredients"] for row in rows}
    slugs = {slug for ingredients in told.values() for slug in ingredients}
    ids = {
        row.slug: row.id
        for row in connection.execute(
            select(Ingredient.slug, Ingredient.id).where(Ingredient.slug.in_(sorted(slugs)))
        )
    }
    of_ingredients = tuple(
        Incompatibility(
            slug=row.slug, name=row.name, ingredient_ids=frozenset(ids[slug] for slug in told[row.slug])
        )
        for row in rows
        if all(slug in ids for slug in told[row.slug])
    )
    return (*of_ingredients, *_of_products(connection, product_ids, also))


def _of_products(
    connection: Connection, product_ids: Iterable[int], also: ColumnElement[bool] | None
) -> Iterable[Incompatibility]:
    """What products are not mixed with; what several versions say is said once."""
    in_force = ProductRule.superseded_at.is_(None)
    rows = connection.execute(
        select(
            Product.id.label("product_id"),
            Product.uid,
            Product.name,
            Ingredient.id.label("ingredient_id"),
            Ingredient.slug,
            Ingredient.name.label("ingredient"),
        )
        .select_from(ProductRule)
        .join(RuleIncompatibility, RuleIncompatibility.product_rule_id == ProductRule.id)
        .join(Product, Product.id == ProductRule.product_id)
        .join(Ingredient, Ingredient.id == RuleIncompatibility.ingredient_id)
        .where(
            ProductRule.product_id.in_(sorted(set(product_ids))),
            in_force if also is None else or_(in_force, also),
        )
        .distinct()
        .order_by(Product.name, Ingredient.name)
    )
    for row in rows:
        yield Incompatibility(
            slug=f"{row.uid}-{row.slug}"[:SLUG_MAX],
            name=f"{row.name} + {row.ingredient}",
            ingredient_ids=frozenset({row.ingredient_id}),
            product_id=row.product_id,
        )


def names_of_incompatibilities(connection: Connection, slugs: Iterable[str]) -> dict[str, str]:
    """Give what these slugs are called, of the reference data and of products; unknown ones are left out.

    A recipe that went against what a maker said says so still when a newer leaflet does not.
    """
    wanted = set(slugs)
    if not wanted:
        return {}
    products = select(Product.id).where(Product.uid.in_(sorted(each[:36] for each in wanted)))
    product_ids = connection.execute(products).scalars().all()
    return {
        each.slug: each.name
        for each in incompatibilities(connection, product_ids, also=true())
        if each.slug in wanted
    }


def mixed_against(
    connection: Connection, clinic_id: int, things: Iterable[Thing], *, accepted: frozenset[str]
) -> tuple[Broken, ...]:
    """List which of the lots that come together in a cocktail are not mixed, through every cocktail among them.

    What a maker said of a vial when it was opened stays true for that vial, and of what was mixed from it; what
    is known since counts beside it.
    """
    mixed = tuple(things)
    within = products_within(connection, clinic_id, [each.lot_id for each in mixed])
    known = incompatibilities(
        connection,
        {each.product_id for each in mixed}.union(*(each.product_ids for each in within.values())),
        also=_said_before(clinic_id, mixed, within.values()),
    )
    inside = {lot_id: each.product_ids for lot_id, each in within.items()}
    return broken_by_mixing(known, mixed, within=inside, accepted=accepted)


def _said_before(
    clinic_id: int, mixed: Iterable[Thing], within: Iterable[Within]
) -> ColumnElement[bool] | None:
    """The versions of products' rules that count though another is in force; None where no vial was opened."""
    vials = sorted({each.location_id for each in mixed if each.is_opened})
    said = sorted(frozenset[int]().union(*(each.rule_ids for each in within)))
    if not vials and not said:
        return None
    by_vials = select(Container.product_rule_id).where(
        Container.clinic_id == clinic_id, Container.location_id.in_(vials)
    )
    return or_(ProductRule.id.in_(by_vials), ProductRule.id.in_(said))


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


def held_by_groups(connection: Connection, group_ids: Iterable[int]) -> dict[int, Mixed]:
    """Give each group's products, those that are archived left out, and what any of them holds; one statement."""
    held: dict[int, Mixed] = {}
    rows = connection.execute(
        select(Product.group_id, Product.id.label("product_id"), ProductIngredient.ingredient_id)
        .outerjoin(ProductIngredient, ProductIngredient.product_id == Product.id)
        .where(Product.group_id.in_(sorted(set(group_ids))), Product.archived_at.is_(None))
    )
    for row in rows:
        if row.group_id is None:
            continue
        known = held.get(row.group_id, NOTHING_MIXED)
        ingredient = frozenset({row.ingredient_id} - {None})
        held[row.group_id] = Mixed(
            ingredient_ids=known.ingredient_ids | ingredient,
            product_ids=known.product_ids | {row.product_id},
        )
    return held
