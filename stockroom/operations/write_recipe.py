"""How is a cocktail formula written down, and a new version of it?  As a draft that another person approves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.prepared_products import insert_prepared_product
from stockroom.models import Ingredient, Product, ProductGroup, Recipe, RecipeComponent, RecipeVersion
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.recipes import group_units
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import Action, BaseUnit, ProductKind, RecipeState

COMPONENTS_MAX = 20
"""More than any cocktail pattern of the source texts has."""


@dataclass(eq=False, kw_only=True)
class RecipeNameTaken(Refused):
    """Another recipe has this name."""

    code: ClassVar[str] = "recipe_name_taken"
    message: ClassVar[str] = extracted(
        "There is a recipe called {name} already. Write a new version of it, or choose another name."
    )
    name: str
    recipe_uid: str


@dataclass(frozen=True, kw_only=True)
class ComponentOf:
    """What one dose takes of one product, of any of a group, or of whatever provides an ingredient."""

    quantity: int
    """Base units of the product or of the group's products; for an ingredient µL of what provides it."""
    product_uid: str | None = None
    group_uid: str | None = None
    ingredient_uid: str | None = None


@dataclass(frozen=True, kw_only=True)
class VersionOf:
    """What a version says."""

    components: tuple[ComponentOf, ...]
    output_quantity: int
    """µL that one dose yields."""
    beyond_use_minutes: int
    """How long it may be used, counted from the beginning of its preparation."""
    reason: str
    """Why it is written."""
    loss_max_quantity: int = 0
    """µL a dose that may stay in syringes and needles without a word."""


@dataclass(frozen=True, kw_only=True)
class WriteRecipe:
    """A new formula with its first version."""

    name: str
    version: VersionOf
    purpose: str = ""
    sources: str = ""


@dataclass(frozen=True, kw_only=True)
class WriteVersion:
    """A further version of a formula."""

    recipe_uid: str
    version: VersionOf


@dataclass(frozen=True, kw_only=True)
class RecipeWritten:
    """A draft; it can be prepared once another person has approved it."""

    recipe_uid: str
    version_uid: str
    number: int


def write_recipe(
    store: Store, command: WriteRecipe, *, actor: Actor, key: str, now: datetime
) -> RecipeWritten:
    """Write a formula, its first version as a draft, and the prepared product that it yields.

    Raises InvalidValue, RecipeNameTaken, ThingNotFound.
    """
    return perform(
        store,
        Act(kind="recipe.write", action=Action.WRITE_RECIPE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _write(work, command),
        answer=RecipeWritten,
        actor=actor,
        key=key,
        now=now,
    )


def write_version(
    store: Store, command: WriteVersion, *, actor: Actor, key: str, now: datetime
) -> RecipeWritten:
    """Write a further version as a draft; the approved one stays in force until this one is approved.

    Raises InvalidValue, ThingNotFound.
    """
    return perform(
        store,
        Act(kind="recipe.write_version", action=Action.WRITE_RECIPE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _write_version(work, command),
        answer=RecipeWritten,
        actor=actor,
        key=key,
        now=now,
    )


def _write(work: Work, command: WriteRecipe) -> RecipeWritten:
    name = command.name.strip()
    if not name:
        raise InvalidValue(field="name", problem="a recipe has a name")
    same = work.connection.execute(select(Recipe.uid).where(Recipe.name == name)).scalar_one_or_none()
    if same is not None:
        raise RecipeNameTaken(name=name, recipe_uid=same)
    uid = new_uid(work.now)
    recipe_id = work.connection.execute(
        insert(Recipe)
        .values(
            uid=uid,
            name=name,
            product_id=insert_prepared_product(work, name=name, kind=ProductKind.PREPARED),
            purpose=command.purpose,
            sources=command.sources,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
        .returning(Recipe.id)
    ).scalar_one()
    return _insert_version(work, recipe_id, uid, 1, command.version)


def _write_version(work: Work, command: WriteVersion) -> RecipeWritten:
    recipe = one_by_uid(work.connection, Recipe, command.recipe_uid, thing="recipe")
    newest = select(func.max(RecipeVersion.number)).where(RecipeVersion.recipe_id == recipe.id)
    number = work.connection.execute(newest).scalar_one() + 1
    return _insert_version(work, recipe.id, recipe.uid, number, command.version)


def _insert_version(
    work: Work, recipe_id: int, recipe_uid: str, number: int, version: VersionOf
) -> RecipeWritten:
    _check(version)
    components = _components(work, version)
    uid = new_uid(work.now)
    version_id = work.connection.execute(
        insert(RecipeVersion)
        .values(
            uid=uid,
            recipe_id=recipe_id,
            number=number,
            state=RecipeState.DRAFT,
            beyond_use_minutes=version.beyond_use_minutes,
            output_quantity=version.output_quantity,
            loss_max_quantity=version.loss_max_quantity,
            reason=version.reason,
            written_at=work.recorded_at,
            written_by_id=work.actor.person_id,
        )
        .returning(RecipeVersion.id)
    ).scalar_one()
    rows = [{"recipe_version_id": version_id, "n": n, **row} for n, row in enumerate(components, start=1)]
    work.connection.execute(insert(RecipeComponent), rows)
    work.payload.update(recipe=recipe_uid, version=uid, number=number, components=len(rows))
    return RecipeWritten(recipe_uid=recipe_uid, version_uid=uid, number=number)


def _check(version: VersionOf) -> None:
    if not 0 < len(version.components) <= COMPONENTS_MAX:
        raise InvalidValue(field="components", problem=f"a recipe has 1 to {COMPONENTS_MAX} components")
    if not version.reason.strip():
        raise InvalidValue(field="reason", problem="write why this version is written")
    for field in ("output_quantity", "beyond_use_minutes"):
        if not 0 < getattr(version, field) <= QUANTITY_MAX:
            raise InvalidValue(field=field, problem="more than zero")
    if not 0 <= version.loss_max_quantity < version.output_quantity:
        raise InvalidValue(field="loss_max_quantity", problem="not negative, and less than what comes out")
    for n, each in enumerate(version.components):
        named = (each.product_uid, each.group_uid, each.ingredient_uid)
        if sum(uid is not None for uid in named) != 1:
            raise InvalidValue(
                field=f"components[{n}]", problem="name one product, one group or one ingredient"
            )
        if not 0 < each.quantity <= QUANTITY_MAX:
            raise InvalidValue(field=f"components[{n}].quantity", problem="more than zero base units")


def _components(work: Work, version: VersionOf) -> list[dict[str, object]]:
    """Look up what the components name.  Raises ThingNotFound, InvalidValue for what makes no volume."""
    connection, parts = work.connection, version.components
    products = many_by_uid(
        connection, Product, {p.product_uid for p in parts if p.product_uid}, thing="product"
    )
    groups = many_by_uid(
        connection, ProductGroup, {p.group_uid for p in parts if p.group_uid}, thing="product group"
    )
    ingredients = many_by_uid(
        connection, Ingredient, {p.ingredient_uid for p in parts if p.ingredient_uid}, thing="ingredient"
    )
    units = group_units(connection, [row.id for row in groups.values()])
    rows: list[dict[str, object]] = []
    volume = 0
    for n, part in enumerate(parts):
        product = products.get(part.product_uid or "")
        group = groups.get(part.group_uid or "")
        ingredient = ingredients.get(part.ingredient_uid or "")
        unit = _unit(
            n, BaseUnit(product.base_unit) if product else None, units.get(group.id) if group else None
        )
        volume += part.quantity if unit is BaseUnit.MICROLITRE else 0
        rows.append(
            {
                "product_id": product.id if product else None,
                "group_id": group.id if group else None,
                "ingredient_id": ingredient.id if ingredient else None,
                "quantity": part.quantity,
            }
        )
    if volume < version.output_quantity:
        raise InvalidValue(field="output_quantity", problem="more would come out than goes in")
    return rows


def _unit(n: int, of_product: BaseUnit | None, of_group: frozenset[BaseUnit] | None) -> BaseUnit:
    if of_group is not None and len(of_group) != 1:
        raise InvalidValue(
            field=f"components[{n}]", problem="the products of this group are counted differently"
        )
    unit = of_product or next(iter(of_group or {BaseUnit.MICROLITRE}))
    if unit is BaseUnit.PIECE:
        raise InvalidValue(field=f"components[{n}]", problem="nothing that is counted in pieces is mixed")
    return unit
