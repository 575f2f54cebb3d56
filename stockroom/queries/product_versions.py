"""Which versions has a product's rule had: what did each say, who put it in force, when and why, and what was opened?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Container, Ingredient, Person, Product, ProductRule, RuleIngredient
from stockroom.queries.catalogue import (
    ContentRow,
    RuleRow,
    diluent,
    incompatibilities,
    rule_columns,
    rule_shown,
)
from stockroom.vocabulary import BaseUnit, ContainerState, ProductKind

VERSIONS_MAX = 50
_author = aliased(Person, name="author")
_confirmer = aliased(Person, name="confirmer")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """One version of a product's rule; what was opened under it keeps it."""

    rule: RuleRow
    ingredients: tuple[ContentRow, ...]
    recorded_at: datetime
    recorded_by: str | None
    """None where a version of before did not write it down."""
    reason: str
    superseded_at: datetime | None
    """None for the version in force."""
    confirmed_by: str | None
    opened_count: int
    """Containers of this clinic that were opened under it."""
    open_count: int
    """Those of them that are open now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquid:
    """A product in which a powder can be dissolved."""

    uid: str
    name: str
    strength: str


def rule_versions(
    connection: Connection, clinic_id: int, *, product_uid: str, limit: int = VERSIONS_MAX
) -> tuple[RuleVersion, ...]:
    """Give the versions of a product's rule, the newest first; three statements."""
    rows = connection.execute(_versions(clinic_id, product_uid).limit(limit)).all()
    ids = [row.rule_id for row in rows]
    held, apart = _held(connection, ids), incompatibilities(connection, ids)
    return tuple(
        RuleVersion(
            rule=rule_shown(row, apart.get(row.rule_id, ())),
            ingredients=tuple(held.get(row.rule_id, ())),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            reason=row.reason,
            superseded_at=row.superseded_at,
            confirmed_by=row.confirmed_by,
            opened_count=row.opened_count,
            open_count=row.open_count,
        )
        for row in rows
    )


def _versions(clinic_id: int, product_uid: str) -> Any:
    opened = (
        select(func.count())
        .where(Container.clinic_id == clinic_id, Container.product_rule_id == ProductRule.id)
        .correlate(ProductRule)
    )
    return (
        select(
            *rule_columns(),
            ProductRule.recorded_at,
            ProductRule.reason,
            ProductRule.superseded_at,
            _author.name.label("recorded_by"),
            _confirmer.name.label("confirmed_by"),
            opened.scalar_subquery().label("opened_count"),
            opened.where(Container.state == ContainerState.OPEN).scalar_subquery().label("open_count"),
        )
        .select_from(ProductRule)
        .join(Product, Product.id == ProductRule.product_id)
        .outerjoin(diluent, diluent.id == ProductRule.diluent_id)
        .outerjoin(_author, _author.id == ProductRule.recorded_by_id)
        .outerjoin(_confirmer, _confirmer.id == ProductRule.confirmed_by_id)
        .where(Product.uid == product_uid)
        .order_by(ProductRule.version.desc())
    )


def _held(connection: Connection, rule_ids: list[int]) -> dict[int, list[ContentRow]]:
    found: dict[int, list[ContentRow]] = {}
    if not rule_ids:
        return found
    rows = connection.execute(
        select(
            RuleIngredient.product_rule_id,
            Ingredient.uid,
            Ingredient.slug,
            Ingredient.name,
            RuleIngredient.amount,
            RuleIngredient.is_excipient,
        )
        .join(Ingredient, Ingredient.id == RuleIngredient.ingredient_id)
        .where(RuleIngredient.product_rule_id.in_(rule_ids))
        .order_by(Ingredient.name)
    )
    for row in rows:
        values = {name: value for name, value in row._mapping.items() if name != "product_rule_id"}
        found.setdefault(row.product_rule_id, []).append(ContentRow(**values))
    return found


def liquids(connection: Connection) -> tuple[Liquid, ...]:
    """Give the bought products that are counted in mL and not archived, by name; one statement."""
    rows = connection.execute(
        select(Product.uid, Product.name, Product.strength)
        .where(
            Product.kind == ProductKind.MANUFACTURED,
            Product.base_unit == BaseUnit.MICROLITRE,
            Product.archived_at.is_(None),
        )
        .order_by(Product.name, Product.id)
    )
    return tuple(Liquid(**row._mapping) for row in rows)
