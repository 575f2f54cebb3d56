"""Recipes: cocktail formulas, written as drafts and put in force by somebody else than their author."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import in_base_units
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.http.fields import Choice, Instant, Quantity, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.approve_recipe import ApproveRecipe, RecipeApproved, approve_recipe
from stockroom.operations.write_recipe import (
    COMPONENTS_MAX,
    ComponentOf,
    DraftReconstitution,
    RecipeWritten,
    VersionOf,
    WriteRecipe,
    WriteVersion,
    draft_reconstitution,
    write_recipe,
    write_version,
)
from stockroom.queries.paging import Page
from stockroom.queries.recipes import RecipeRow, RecipeShown, recipe, recipes
from stockroom.reads.base_units import units_of_groups, units_of_products
from stockroom.vocabulary import BaseUnit, Basis, RecipeState

blp = ResourceBlueprint("recipes", __name__, description="Cocktail formulas and their versions")
MINUTES_MAX = 366 * 24 * 60


class ComponentFields(Schema):
    """What one dose takes of one product, of any of a group, or of whatever provides an ingredient."""

    quantity = Quantity(required=True)
    product_uid = Uid(load_default=None, allow_none=True)
    group_uid = Uid(load_default=None, allow_none=True)
    ingredient_uid = Uid(load_default=None, allow_none=True)
    basis = Choice(
        Basis,
        load_default=Basis.DOSE,
        metadata={"description": "for one dose, or for one mL of what comes out"},
    )
    substitute_uids = fields.List(
        Uid(),
        load_default=[],
        validate=validate.Length(max=COMPONENTS_MAX),
        metadata={"description": "products that may go in for it"},
    )


class RecipeVersionFields(Schema):
    """What a version says; volumes are of one dose."""

    components = fields.List(
        fields.Nested(ComponentFields),
        required=True,
        validate=validate.Length(min=1, max=COMPONENTS_MAX),
    )
    output_quantity = Quantity(required=True)
    loss_max_quantity = Quantity(
        load_default=None, allow_none=True, metadata={"description": "may stay in syringes without a word"}
    )
    beyond_use_minutes = WholeNumber(
        required=True, least=1, most=MINUTES_MAX, metadata={"description": "from its beginning"}
    )
    reason = Words(required=True, most=2000, lines=True, metadata={"description": "why it is written"})
    mixing = Words(most=2000, lines=True, load_default="", metadata={"description": "how it is mixed"})
    is_ordered = fields.Boolean(
        load_default=False, metadata={"description": "the components go in one after another"}
    )
    sterile_products_max = WholeNumber(
        least=1,
        most=COMPONENTS_MAX,
        load_default=None,
        allow_none=True,
        metadata={"description": "fewer different sterile products than the clinic allows"},
    )
    technique = fields.String(
        load_default="",
        validate=validate.Regexp(r"^([a-z0-9][a-z0-9-]{0,99})?$"),
        metadata={"description": "a technique of the reference data"},
    )
    indications = fields.List(
        fields.String(validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,99}$")),
        load_default=[],
        validate=validate.Length(max=50),
    )
    accepted = fields.List(
        fields.String(validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,99}$")),
        load_default=[],
        validate=validate.Length(max=50),
        metadata={"description": "incompatibilities, by slug, that it goes against on purpose"},
    )
    accepted_reason = Words(most=2000, lines=True, load_default="")


class RecipeFields(Schema):
    """A new formula with its first version."""

    name = Words(required=True)
    purpose = Words(most=2000, lines=True, load_default="")
    sources = Words(most=2000, lines=True, load_default="")
    version = fields.Nested(RecipeVersionFields, required=True)


class RecipeListedSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    purpose = fields.String(required=True)
    sources = fields.String(required=True)
    approved_uid = Uid(
        required=True, allow_none=True, metadata={"description": "the version in force; null: none yet"}
    )
    approved_number = WholeNumber(required=True, allow_none=True)


class SubstituteSchema(Schema):
    product_uid = Uid(required=True)
    name = fields.String(required=True)


class ComponentSchema(Schema):
    n = WholeNumber(required=True)
    name = fields.String(required=True)
    product_uid = Uid(required=True, allow_none=True)
    group_uid = Uid(required=True, allow_none=True)
    ingredient_uid = Uid(required=True, allow_none=True)
    quantity = StockQuantity(required=True)
    basis = fields.String(required=True, validate=validate.OneOf([each.value for each in Basis]))
    substitutes = fields.List(fields.Nested(SubstituteSchema), required=True)


class RecipeVersionSchema(Schema):
    uid = Uid(required=True)
    number = WholeNumber(required=True)
    state = fields.String(required=True, validate=validate.OneOf([each.value for each in RecipeState]))
    beyond_use_minutes = WholeNumber(required=True)
    output_quantity = StockQuantity(required=True)
    loss_max_quantity = StockQuantity(required=True)
    mixing = fields.String(required=True)
    is_ordered = fields.Boolean(required=True)
    sterile_products_max = WholeNumber(required=True, allow_none=True)
    technique = fields.String(required=True)
    indications = fields.List(fields.String(), required=True)
    accepted = fields.List(fields.String(), required=True)
    accepted_reason = fields.String(required=True)
    reason = fields.String(required=True)
    written_at = Instant(required=True)
    written_by = fields.String(required=True)
    approved_at = Instant(required=True, allow_none=True)
    approved_by = fields.String(required=True, allow_none=True)
    retired_at = Instant(required=True, allow_none=True)
    components = fields.List(fields.Nested(ComponentSchema), required=True)


class RecipeSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    purpose = fields.String(required=True)
    sources = fields.String(required=True)
    product_uid = Uid(required=True, metadata={"description": "the prepared product that it yields"})
    pattern = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "the pattern of the source texts from which it was drafted"},
    )
    versions = fields.List(
        fields.Nested(RecipeVersionSchema), required=True, metadata={"description": "newest first"}
    )


class RecipeWrittenSchema(Schema):
    recipe_uid = Uid(required=True)
    version_uid = Uid(required=True)
    number = WholeNumber(required=True)


class RecipeApprovedSchema(RecipeWrittenSchema):
    retired_uid = Uid(required=True, allow_none=True, metadata={"description": "the version before"})


@blp.route("")
class Recipes(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(RecipeListedSchema, "RecipePage"))
    def get(self, args: dict[str, Any]) -> Page[RecipeRow]:
        """The formulas, oldest first"""
        with installation().reading() as connection:
            return recipes(connection, after=args["cursor"], limit=args["limit"])

    @blp.arguments(RecipeFields)
    @blp.response(201, RecipeWrittenSchema)
    def post(self, body: dict[str, Any]) -> RecipeWritten:
        """Write a formula; its first version is a draft"""
        version = _version_of(body.pop("version"))
        written: RecipeWritten = act(write_recipe, WriteRecipe(version=version, **body))
        return written


class PowderFields(Schema):
    """The powder whose recipe is drafted."""

    product_uid = Uid(required=True)


@blp.route("/reconstitutions")
class Reconstitutions(MethodView):
    @blp.arguments(PowderFields)
    @blp.response(201, RecipeWrittenSchema)
    def post(self, body: dict[str, Any]) -> RecipeWritten:
        """Draft the recipe of a powder and its diluent, as the product says"""
        written: RecipeWritten = act(draft_reconstitution, DraftReconstitution(**body))
        return written


@blp.route("/<uid>")
class Recipe(MethodView):
    @blp.response(200, RecipeSchema)
    def get(self, uid: str) -> RecipeShown:
        """One formula with all its versions"""
        with installation().reading() as connection:
            return recipe(connection, uid=uid)


@blp.route("/<uid>/versions")
class RecipeVersions(MethodView):
    @blp.arguments(RecipeVersionFields)
    @blp.response(201, RecipeWrittenSchema)
    def post(self, body: dict[str, Any], uid: str) -> RecipeWritten:
        """Write a further version; the one in force stays so until this one is approved"""
        command = WriteVersion(recipe_uid=uid, version=_version_of(body))
        written: RecipeWritten = act(write_version, command)
        return written


@blp.route("/<uid>/versions/<version_uid>/approval")
class RecipeApproval(MethodView):
    @blp.response(200, RecipeApprovedSchema)
    def post(self, uid: str, version_uid: str) -> RecipeApproved:
        """Put a version in force, by another practitioner than its author"""
        with installation().reading() as connection:
            known = {version.uid for version in recipe(connection, uid=uid).versions}
        if version_uid not in known:
            raise ThingNotFound(thing="recipe version", uid=version_uid[:40])
        approved: RecipeApproved = act(approve_recipe, ApproveRecipe(version_uid=version_uid))
        return approved


def _version_of(said: dict[str, Any]) -> VersionOf:
    """Make the version that a body describes, its quantities in base units."""
    parts = said["components"]
    for n, part in enumerate(parts):
        if sum(part[name] is not None for name in ("product_uid", "group_uid", "ingredient_uid")) != 1:
            raise InvalidValue(
                field=f"components[{n}]", problem="name one product, one group or one ingredient"
            )
    with installation().reading() as connection:
        units = {
            **units_of_products(connection, [p["product_uid"] for p in parts if p["product_uid"]]),
            **units_of_groups(connection, [p["group_uid"] for p in parts if p["group_uid"]]),
        }
    volume, loss = BaseUnit.MICROLITRE, said["loss_max_quantity"]
    components = tuple(
        ComponentOf(
            **{
                **part,
                "substitute_uids": tuple(part["substitute_uids"]),
                "quantity": in_base_units(
                    part["quantity"], units.get(part["product_uid"] or part["group_uid"], volume)
                ),
            }
        )
        for part in parts
    )
    return VersionOf(
        components=components,
        output_quantity=in_base_units(said["output_quantity"], volume),
        loss_max_quantity=0 if loss is None else in_base_units(loss, volume, may_be_zero=True),
        beyond_use_minutes=said["beyond_use_minutes"],
        reason=said["reason"],
        indications=tuple(said["indications"]),
        accepted=tuple(said["accepted"]),
        **{
            name: said[name]
            for name in ("mixing", "is_ordered", "sterile_products_max", "technique", "accepted_reason")
        },
    )
