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
    RecipeSubstitute,
    RecipeVersion,
)
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import BaseUnit, Basis, ProductKind, RecipeState

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
class SubstituteRow:
    """A product that may go in for a component."""

    product_uid: str
    name: str


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
    basis: str = Basis.DOSE.value
    """For how much the quantity stands."""
    substitutes: tuple[SubstituteRow, ...] = ()


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
    mixing: str
    is_ordered: bool
    sterile_products_max: int | None
    technique: str
    indications: tuple[str, ...]
    accepted: tuple[str, ...]
    """Slugs of incompatibilities that it goes against on purpose."""
    accepted_reason: str
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
    pattern: str | None
    """The cocktail pattern of the source texts from which it was drafted."""
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
    """Give one formula with its versions and their components; five statements.  Raises ThingNotFound."""
    row = one_by_uid(connection, Recipe, uid, thing="recipe")
    yields = select(Product.uid).where(Product.id == row.product_id)
    return RecipeShown(
        uid=row.uid,
        name=row.name,
        purpose=row.purpose,
        sources=row.sources,
        product_uid=connection.execute(yields).scalar_one(),
        pattern=row.pattern,
        versions=_versions(connection, row.id),
    )


def _versions(connection: Connection, recipe_id: int) -> tuple[VersionRow, ...]:
    version = RecipeVersion
    rows = connection.execute(
        select(
            version.id, version.uid, version.number, version.state, version.beyond_use_minutes,
            version.output_quantity, version.loss_max_quantity, version.reason, version.written_at,
            version.mixing, version.is_ordered, version.sterile_products_max, version.technique,
            version.indications, version.accepted, version.accepted_reason,
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
            **_said(row),
            base_unit=BaseUnit.MICROLITRE.value,
            components=tuple(components.get(row.id, ())),
        )
        for row in rows
    )


def _said(row: Any) -> dict[str, Any]:
    """What a version's own columns say, lists of slugs as such."""
    said = {name: value for name, value in row._mapping.items() if name != "id"}
    return {**said, "indications": tuple(row.indications.split()), "accepted": tuple(row.accepted.split())}


def components_of(connection: Connection, version_ids: list[int]) -> dict[int, list[ComponentRow]]:
    """Give the components of recipe versions by version id, with their substitutes; two statements."""
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
            RecipeComponent.basis,
            func.coalesce(Product.base_unit, group_unit, BaseUnit.MICROLITRE.value).label("base_unit"),
        )
        .outerjoin(Product, Product.id == RecipeComponent.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == RecipeComponent.group_id)
        .outerjoin(Ingredient, Ingredient.id == RecipeComponent.ingredient_id)
        .where(RecipeComponent.recipe_version_id.in_(version_ids))
        .order_by(RecipeComponent.n)
    )
    found: dict[int, list[ComponentRow]] = {}
    rows = connection.execute(statement).all()
    instead = _substitutes(connection, version_ids) if rows else {}
    for row in rows:
        of_row = tuple(instead.get((row.recipe_version_id, row.n), ()))
        found.setdefault(row.recipe_version_id, []).append(_component(row, of_row))
    return found


def _substitutes(
    connection: Connection, version_ids: list[int]
) -> dict[tuple[int, int], list[SubstituteRow]]:
    instead: dict[tuple[int, int], list[SubstituteRow]] = {}
    name = func.trim(Product.name + " " + Product.strength)
    rows = connection.execute(
        select(RecipeSubstitute.recipe_version_id, RecipeSubstitute.n, Product.uid, name.label("name"))
        .join(Product, Product.id == RecipeSubstitute.product_id)
        .where(RecipeSubstitute.recipe_version_id.in_(version_ids))
        .order_by(name, Product.id)
    )
    for row in rows:
        said = SubstituteRow(product_uid=row.uid, name=row.name)
        instead.setdefault((row.recipe_version_id, row.n), []).append(said)
    return instead


def _component(row: Row[Any], substitutes: tuple[SubstituteRow, ...]) -> ComponentRow:
    said = {name: value for name, value in row._mapping.items() if name != "recipe_version_id"}
    return ComponentRow(**said, substitutes=substitutes)
