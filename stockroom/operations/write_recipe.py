"""How is a cocktail formula written down, and a new version of it?  As a draft that another person approves."""

from __future__ import annotations

from collections.abc import Sequence
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
from stockroom.models import Product, Recipe, RecipeComponent, RecipeSubstitute, RecipeVersion
from stockroom.reads.finding import one_by_uid
from stockroom.reads.recipe_parts import Part, PartNamed, not_to_be_mixed, parts_named, require_words
from stockroom.reads.reconstitutions import its_recipe, recipe_name, reconstitution_of
from stockroom.rules.scaling import exactly
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import Action, BaseUnit, Basis, ProductKind, RecipeState

COMPONENTS_MAX = 20
"""More than any cocktail pattern of the source texts has."""
POWDER_DISPLACES_MOST = 2
"""What comes out of a powder is at most so many times its liquid: a powder adds to the volume."""


@dataclass(eq=False, kw_only=True)
class NotAPowder(Refused):
    """Nobody has said how this product is dissolved."""

    code: ClassVar[str] = "not_a_powder"
    message: ClassVar[str] = extracted(
        "Nobody has said in what {product} is dissolved. Write that down among what is true of the product first."
    )
    product: str


@dataclass(eq=False, kw_only=True)
class RecipeNameTaken(Refused):
    """Another recipe has this name."""

    code: ClassVar[str] = "recipe_name_taken"
    message: ClassVar[str] = extracted(
        "There is a recipe called {name} already. Write a new version of it, or choose another name."
    )
    name: str
    recipe_uid: str


@dataclass(eq=False, kw_only=True)
class NotMixed(Refused):
    """A source says that parts of the recipe are not mixed."""

    code: ClassVar[str] = "not_mixed"
    message: ClassVar[str] = extracted(
        "A source says that this is not mixed: {incompatible}. Take something else, or write why it is mixed "
        "all the same; whoever approves it reads that."
    )
    incompatible: tuple[str, ...]
    slugs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ComponentOf:
    """What one dose takes of one product, of any of a group, or of whatever provides an ingredient."""

    quantity: int
    """Base units of the product or of the group's products; for an ingredient µL of what provides it."""
    product_uid: str | None = None
    group_uid: str | None = None
    ingredient_uid: str | None = None
    basis: Basis = Basis.DOSE
    """Whether the quantity is for one dose or for one mL of what comes out."""
    substitute_uids: tuple[str, ...] = ()
    """Products that may go in for it."""


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
    mixing: str = ""
    """How it is mixed, as the bench reads it."""
    is_ordered: bool = False
    """Its components go in one after another, as they stand here."""
    sterile_products_max: int | None = None
    """How many different sterile products may go in, where it is fewer than the clinic allows."""
    technique: str = ""
    """Slug of the technique for which it is meant; empty: any."""
    indications: tuple[str, ...] = ()
    """Slugs of what it is for."""
    accepted: tuple[str, ...] = ()
    """Slugs of incompatibilities that it goes against on purpose."""
    accepted_reason: str = ""


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
class DraftReconstitution:
    """The recipe of a powder and its diluent, as the product says."""

    product_uid: str


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

    Raises InvalidValue, RecipeNameTaken, ThingNotFound, and NotMixed unless what is not mixed is accepted.
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

    Raises InvalidValue, ThingNotFound, NotMixed.
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


def draft_reconstitution(
    store: Store, command: DraftReconstitution, *, actor: Actor, key: str, now: datetime
) -> RecipeWritten:
    """Write the recipe by which a powder is dissolved, as a draft; where there is one, a further version of it.

    Raises ThingNotFound, NotAPowder, NotMixed.
    """
    return perform(
        store,
        Act(kind="recipe.draft_reconstitution", action=Action.WRITE_RECIPE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _draft_reconstitution(work, command),
        answer=RecipeWritten,
        actor=actor,
        key=key,
        now=now,
    )


def _draft_reconstitution(work: Work, command: DraftReconstitution) -> RecipeWritten:
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    said = reconstitution_of(work.connection, command.product_uid)
    if said is None:
        raise NotAPowder(product=product.name)
    version = VersionOf(
        components=(
            ComponentOf(quantity=said.content_quantity, product_uid=said.powder_uid),
            ComponentOf(quantity=said.diluent_quantity, product_uid=said.diluent_uid),
        ),
        output_quantity=said.output_quantity,
        beyond_use_minutes=said.minutes,
        reason=said.source or "as the product says",
    )
    uid = its_recipe(work.connection, name=said.name, strength=said.strength)
    if uid is not None:
        return _write_version(work, WriteVersion(recipe_uid=uid, version=version))
    name = recipe_name(said.name, said.strength)
    return _write(work, WriteRecipe(name=name, version=version, sources=said.source))


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
    newest = select(func.coalesce(func.max(RecipeVersion.number), 0)).where(
        RecipeVersion.recipe_id == recipe.id
    )
    number = work.connection.execute(newest).scalar_one() + 1
    return _insert_version(work, recipe.id, recipe.uid, number, command.version)


def _insert_version(
    work: Work, recipe_id: int, recipe_uid: str, number: int, version: VersionOf
) -> RecipeWritten:
    _check(version)
    parts = _looked_up(work, version)
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
            mixing=version.mixing.strip(),
            is_ordered=version.is_ordered,
            sterile_products_max=version.sterile_products_max,
            technique=version.technique,
            indications=" ".join(version.indications),
            accepted=" ".join(version.accepted),
            accepted_reason=version.accepted_reason.strip(),
            reason=version.reason,
            written_at=work.recorded_at,
            written_by_id=work.actor.person_id,
        )
        .returning(RecipeVersion.id)
    ).scalar_one()
    components, substitutes = _rows(version_id, version, parts)
    work.connection.execute(insert(RecipeComponent), components)
    if substitutes:
        work.connection.execute(insert(RecipeSubstitute), substitutes)
    work.payload.update(recipe=recipe_uid, version=uid, number=number, components=len(components))
    if version.accepted:
        work.payload["accepted"] = sorted(version.accepted)
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
    if version.sterile_products_max is not None and not 0 < version.sterile_products_max <= COMPONENTS_MAX:
        raise InvalidValue(field="sterile_products_max", problem=f"1 to {COMPONENTS_MAX}, or nothing")
    if version.accepted and not version.accepted_reason.strip():
        raise InvalidValue(
            field="accepted_reason", problem="write why it is mixed although a source says not to"
        )
    for n, each in enumerate(version.components):
        if len(set(each.substitute_uids)) != len(each.substitute_uids):
            raise InvalidValue(field=f"components[{n}].substitutes", problem="name each once")
        named = (each.product_uid, each.group_uid, each.ingredient_uid)
        if sum(uid is not None for uid in named) != 1:
            raise InvalidValue(
                field=f"components[{n}]", problem="name one product, one group or one ingredient"
            )
        if not 0 < each.quantity <= QUANTITY_MAX:
            raise InvalidValue(field=f"components[{n}].quantity", problem="more than zero base units")


def _looked_up(work: Work, version: VersionOf) -> tuple[Part, ...]:
    """Look up what the version names.  Raises ThingNotFound, InvalidValue, NotMixed."""
    named = [
        PartNamed(
            product_uid=each.product_uid,
            group_uid=each.group_uid,
            ingredient_uid=each.ingredient_uid,
            substitute_uids=each.substitute_uids,
        )
        for each in version.components
    ]
    parts = parts_named(work.connection, named)
    require_words(work.connection, technique=version.technique, indications=version.indications)
    volume = sum(
        exactly(
            each.quantity,
            each.basis,
            output_quantity=version.output_quantity,
            wanted_quantity=version.output_quantity,
        )
        for each, part in zip(version.components, parts, strict=True)
        if part.base_unit is BaseUnit.MICROLITRE
    )
    has_powder = any(part.base_unit is not BaseUnit.MICROLITRE for part in parts)
    if volume * (POWDER_DISPLACES_MOST if has_powder else 1) < version.output_quantity:
        raise InvalidValue(field="output_quantity", problem="more would come out than goes in")
    found = not_to_be_mixed(work.connection, parts)
    if not {each.slug for each in found} <= set(version.accepted):
        raise NotMixed(
            incompatible=tuple(each.name for each in found), slugs=tuple(each.slug for each in found)
        )
    return parts


def _rows(
    version_id: int, version: VersionOf, parts: Sequence[Part]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The rows of the components, and of what may go in for them."""
    numbered = list(enumerate(zip(version.components, parts, strict=True), start=1))
    components: list[dict[str, object]] = [
        {
            "recipe_version_id": version_id,
            "n": n,
            "product_id": part.product_id,
            "group_id": part.group_id,
            "ingredient_id": part.ingredient_id,
            "quantity": said.quantity,
            "basis": said.basis.value,
        }
        for n, (said, part) in numbered
    ]
    substitutes: list[dict[str, object]] = [
        {"recipe_version_id": version_id, "n": n, "product_id": product_id}
        for n, (_, part) in numbered
        for product_id in part.substitute_ids
    ]
    return components, substitutes
