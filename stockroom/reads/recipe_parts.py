"""What do the components of a version that is being written name, and what do they hold?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from stockroom.errors import InvalidValue
from stockroom.models import Ingredient, Product, ProductGroup, ReferenceItem
from stockroom.reads.finding import many_by_uid
from stockroom.reads.incompatibilities import held_by_groups, held_by_products, incompatibilities
from stockroom.reads.recipes import group_units
from stockroom.rules.incompatibilities import NOTHING_MIXED, Incompatibility, Mixed, clashing
from stockroom.vocabulary import BaseUnit


@dataclass(frozen=True, kw_only=True)
class PartNamed:
    """A component by what it names: exactly one of product, group and ingredient."""

    product_uid: str | None
    group_uid: str | None
    ingredient_uid: str | None
    substitute_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Part:
    """A component, looked up."""

    product_id: int | None
    group_id: int | None
    ingredient_id: int | None
    substitute_ids: tuple[int, ...]
    base_unit: BaseUnit
    holds: Mixed
    """Ingredients and excipients, and its product; of a group those of any of its products."""


def parts_named(connection: Connection, named: Sequence[PartNamed]) -> tuple[Part, ...]:
    """Look up what the components name; a bounded number of statements.

    Raises ThingNotFound, and InvalidValue for what makes no volume, or a substitute that is counted in
    another unit than what it stands in for.
    """
    uids = {uid for part in named for uid in (part.product_uid, *part.substitute_uids) if uid}
    products = many_by_uid(connection, Product, uids, thing="product")
    groups = many_by_uid(
        connection, ProductGroup, {part.group_uid for part in named if part.group_uid}, thing="product group"
    )
    ingredients = many_by_uid(
        connection,
        Ingredient,
        {part.ingredient_uid for part in named if part.ingredient_uid},
        thing="ingredient",
    )
    units = group_units(connection, [row.id for row in groups.values()])
    in_products = held_by_products(connection, [row.id for row in products.values()])
    in_groups = held_by_groups(connection, [row.id for row in groups.values()])
    parts = []
    for n, part in enumerate(named):
        product = products.get(part.product_uid or "")
        group = groups.get(part.group_uid or "")
        ingredient = ingredients.get(part.ingredient_uid or "")
        instead = [products[uid] for uid in part.substitute_uids]
        unit = _unit(
            n, BaseUnit(product.base_unit) if product else None, units.get(group.id) if group else None
        )
        if any(each.base_unit != unit or (product and each.id == product.id) for each in instead):
            raise InvalidValue(
                field=f"components[{n}].substitutes",
                problem="another product, which is counted in the same unit",
            )
        held = in_groups.get(group.id, NOTHING_MIXED) if group else NOTHING_MIXED
        if product:
            itself = frozenset({product.id})
            held = Mixed(ingredient_ids=in_products.get(product.id, frozenset()), product_ids=itself)
        if ingredient:
            held = Mixed(ingredient_ids=frozenset({ingredient.id}))
        parts.append(
            Part(
                product_id=product.id if product else None,
                group_id=group.id if group else None,
                ingredient_id=ingredient.id if ingredient else None,
                substitute_ids=tuple(each.id for each in instead),
                base_unit=unit,
                holds=held,
            )
        )
    return tuple(parts)


def not_to_be_mixed(connection: Connection, parts: Sequence[Part]) -> tuple[Incompatibility, ...]:
    """Give what comes together in a recipe of these parts and is not mixed."""
    held = [part.holds for part in parts]
    products = frozenset[int]().union(*(each.product_ids for each in held))
    return clashing(incompatibilities(connection, products), held)


def require_words(connection: Connection, *, technique: str, indications: Sequence[str]) -> None:
    """Raise InvalidValue for a technique or an indication that the reference data do not have."""
    asked = {("techniques", technique)} if technique else set()
    asked |= {("indications", slug) for slug in indications}
    if not asked:
        return
    rows = connection.execute(
        select(ReferenceItem.kind, ReferenceItem.slug).where(
            ReferenceItem.kind.in_(("techniques", "indications"))
        )
    )
    unknown = asked - {(row.kind, row.slug) for row in rows}
    for kind, slug in sorted(unknown):
        raise InvalidValue(
            field="technique" if kind == "techniques" else "indications",
            problem=f"not in the reference data: {slug[:40]}",
        )


def _unit(n: int, of_product: BaseUnit | None, of_group: frozenset[BaseUnit] | None) -> BaseUnit:
    if of_group is not None and len(of_group) != 1:
        raise InvalidValue(
            field=f"components[{n}]", problem="the products of this group are counted differently"
        )
    unit = of_product or next(iter(of_group or {BaseUnit.MICROLITRE}))
    if unit is BaseUnit.PIECE:
        raise InvalidValue(field=f"components[{n}]", problem="nothing that is counted in pieces is mixed")
    return unit
