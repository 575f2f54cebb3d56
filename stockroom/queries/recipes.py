"""Which cocktail formulas are there, what does each version say, and who approved it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Ingredient,
    Person,
    Product,
    ProductGroup,
    Recipe,
    RecipeComponent,
    RecipeVersion,
)
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import BaseUnit, ProductKind, RecipeState

_writer = aliased(Person, name="writer")
_approver = aliased(Person, name="approver")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecipeRow:
    """A formula as a list shows it."""

    uid: str
    name: str
    purpose: str
    sources: str
    approved_uid: str | None
    """The version in force; None: it cannot be prepared yet."""
    approved_number: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRow:
    """What one dose takes of one product, of any of a group, or of whatever provides an ingredient."""

    n: int
    name: str
    product_uid: str | None
    group_uid: str | None
    ingredient_uid: str | None
    quantity: int
    base_unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """One version of a formula; volumes are of one dose."""

    uid: str
    number: int
    state: str
    beyond_use_minutes: int
    output_quantity: int
    loss_max_quantity: int
    base_unit: str
    reason: str
    written_at: datetime
    written_by: str
    approved_at: datetime | None
    approved_by: str | None
    retired_at: datetime | None
    components: tuple[ComponentRow, ...]


@dataclass(frozen=True, kw_only=True)
class RecipeShown:
    """A formula with all its versions, newest first."""

    uid: str
    name: str
    purpose: str
    sources: str
    product_uid: str
    """The prepared product that it yields."""
    versions: tuple[VersionRow, ...]


def recipes(connection: Connection, *, after: str | None = None, limit: int = PAGE_ROWS) -> Page[RecipeRow]:
    """Give the formulas; one statement.  Raises CursorUnreadable."""
    in_force = and_(RecipeVersion.recipe_id == Recipe.id, RecipeVersion.state == RecipeState.APPROVED)
    statement: Any = select(
        Recipe.uid,
        Recipe.name,
        Recipe.purpose,
        Recipe.sources,
        RecipeVersion.uid.label("approved_uid"),
        RecipeVersion.number.label("approved_number"),
    ).outerjoin(RecipeVersion, in_force)
    return page_of(
        connection, statement, Recipe, lambda row: RecipeRow(**row._mapping), after=after, limit=limit
    )


def recipe(connection: Connection, *, uid: str) -> RecipeShown:
    """Give one formula with its versions and their components; four statements.  Raises ThingNotFound."""
    row = one_by_uid(connection, Recipe, uid, thing="recipe")
    yields = select(Product.uid).where(Product.id == row.product_id)
    return RecipeShown(
        uid=row.uid,
        name=row.name,
        purpose=row.purpose,
        sources=row.sources,
        product_uid=connection.execute(yields).scalar_one(),
        versions=_versions(connection, row.id),
    )


def _versions(connection: Connection, recipe_id: int) -> tuple[VersionRow, ...]:
    version = RecipeVersion
    rows = connection.execute(
        select(
            version.id, version.uid, version.number, version.state, version.beyond_use_minutes,
            version.output_quantity, version.loss_max_quantity, version.reason, version.written_at,
            version.approved_at, version.retired_at,
            _writer.name.label("written_by"), _approver.name.label("approved_by"),
        )
        .join(_writer, _writer.id == version.written_by_id)
        .outerjoin(_approver, _approver.id == version.approved_by_id)
        .where(version.recipe_id == recipe_id)
        .order_by(version.number.desc())
    ).all()  # fmt: skip
    components = components_of(connection, [row.id for row in rows])
    return tuple(
        VersionRow(
            **{name: value for name, value in row._mapping.items() if name != "id"},
            base_unit=BaseUnit.MICROLITRE.value,
            components=tuple(components.get(row.id, ())),
        )
        for row in rows
    )


def components_of(connection: Connection, version_ids: list[int]) -> dict[int, list[ComponentRow]]:
    """Give the components of recipe versions by version id, in one statement."""
    group_unit = (
        select(func.min(Product.base_unit))
        .where(Product.group_id == RecipeComponent.group_id, Product.kind == ProductKind.MANUFACTURED)
        .correlate(RecipeComponent)
        .scalar_subquery()
    )
    statement: Any = (
        select(
            RecipeComponent.recipe_version_id,
            RecipeComponent.n,
            func.coalesce(
                func.trim(Product.name + " " + Product.strength), ProductGroup.name, Ingredient.name
            ).label("name"),
            Product.uid.label("product_uid"),
            ProductGroup.uid.label("group_uid"),
            Ingredient.uid.label("ingredient_uid"),
            RecipeComponent.quantity,
            func.coalesce(Product.base_unit, group_unit, BaseUnit.MICROLITRE.value).label("base_unit"),
        )
        .outerjoin(Product, Product.id == RecipeComponent.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == RecipeComponent.group_id)
        .outerjoin(Ingredient, Ingredient.id == RecipeComponent.ingredient_id)
        .where(RecipeComponent.recipe_version_id.in_(version_ids))
        .order_by(RecipeComponent.n)
    )
    found: dict[int, list[ComponentRow]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.recipe_version_id, []).append(_component(row))
    return found


def _component(row: Row[Any]) -> ComponentRow:
    return ComponentRow(
        **{name: value for name, value in row._mapping.items() if name != "recipe_version_id"}
    )
