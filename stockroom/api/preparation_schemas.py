"""What is said of cocktails in requests and answers?"""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from stockroom.api.passing_over import passing_over
from stockroom.api.things import OverrideFields, SecondPersonFields, ThingFields, answer, overfill_reason
from stockroom.http.fields import Instant, Quantity, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs
from stockroom.http.quantities import StockQuantity
from stockroom.operations.start_preparation import DOSES_MAX
from stockroom.reads.open_sessions import SESSIONS_MAX
from stockroom.vocabulary import IdentifiedBy, PreparationState, Rule

_INGREDIENTS_MAX = 200
_STATES = [state.value for state in PreparationState]


class PreparationArgs(PageArgs):
    state = fields.Enum(PreparationState, by_value=True, load_default=None)
    version_uid = Uid(load_default=None, metadata={"description": "made by this version of a recipe"})


class PreparationFields(Schema):
    """A cocktail to be made; without a recipe it says why."""

    recipe_uid = Uid(load_default=None, allow_none=True)
    reason = Words(most=2000, lines=True, load_default="")
    dose_count = WholeNumber(least=1, most=DOSES_MAX, load_default=1)
    wanted_quantity = Quantity(
        load_default=None,
        allow_none=True,
        metadata={"description": "what is to come out by the recipe; null: as many whole doses"},
    )
    again_reason = Words(
        most=500,
        load_default="",
        metadata={"description": "why another one is made for the same session"},
    )
    session_uids = fields.List(Uid(), load_default=[], validate=validate.Length(max=SESSIONS_MAX))
    override = answer()


class IngredientFields(Schema):
    """What was scanned, or named by lot or container."""

    thing = fields.Nested(ThingFields, required=True)
    quantity = Quantity(
        load_default=None, allow_none=True, metadata={"description": "null: what the recipe still lacks"}
    )
    identified_by = fields.Enum(IdentifiedBy, by_value=True, load_default=None, allow_none=True)
    override = fields.Nested(OverrideFields, load_default=None, allow_none=True)
    passing_over = passing_over()
    overfill_reason = overfill_reason()
    more_products_reason = Words(
        most=2000,
        lines=True,
        load_default="",
        metadata={"description": "why it may hold more sterile products than the clinic allows"},
    )


class FinishFields(Schema):
    """What came out, and where it lies."""

    location_uid = Uid(required=True)
    output_quantity = Quantity(
        load_default=None, allow_none=True, metadata={"description": "null: all the liquid that went in"}
    )
    loss_reason = Words(most=2000, lines=True, load_default="")
    checked_by = fields.Nested(
        SecondPersonFields,
        load_default=None,
        allow_none=True,
        metadata={"description": "the second person who checked it and signs; counted like a log-in"},
    )
    override = fields.Nested(OverrideFields, load_default=None, allow_none=True)


class ReassignFields(Schema):
    """The sessions that a cocktail is for now."""

    session_uids = fields.List(Uid(), required=True, validate=validate.Length(min=1, max=SESSIONS_MAX))


class PreparationReassignedSchema(Schema):
    preparation_uid = Uid(required=True)
    session_uids = fields.List(Uid(), required=True)


class DrawnFields(Schema):
    """How much of an ingredient was physically drawn; nought when its vial was not touched."""

    n = WholeNumber(required=True, least=1, most=1_000_000)
    quantity = Quantity(required=True)


class AbandonFields(Schema):
    """An answer for each ingredient, and why."""

    drawn = fields.List(
        fields.Nested(DrawnFields), required=True, validate=validate.Length(max=_INGREDIENTS_MAX)
    )
    reason = Words(required=True, most=2000, lines=True)


class PreparationSchema(Schema):
    uid = Uid(required=True)
    short_code = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(_STATES))
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    recipe_uid = Uid(required=True, allow_none=True)
    version_number = WholeNumber(required=True, allow_none=True)
    reason = fields.String(required=True)
    dose_count = WholeNumber(required=True)
    wanted_quantity = StockQuantity(required=True, allow_none=True)
    life_minutes = WholeNumber(
        required=True, allow_none=True, metadata={"description": "it may be used so long from its beginning"}
    )
    life_minutes_refrigerated = WholeNumber(
        required=True,
        allow_none=True,
        metadata={"description": "so long while it lies in a fridge, where that is longer"},
    )
    warm_since = Instant(
        required=True, allow_none=True, metadata={"description": "since when it lies outside a fridge"}
    )
    life_rule = fields.String(
        required=True, metadata={"description": "recipe, or the slug of the rule that is shorter"}
    )
    again_reason = fields.String(required=True)
    started_at = Instant(required=True)
    started_by = fields.String(required=True)
    ended_at = Instant(required=True, allow_none=True)
    end_reason = fields.String(required=True, metadata={"description": "why it was abandoned"})
    lot_uid = Uid(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    loss_quantity = StockQuantity(required=True, allow_none=True)


class SessionNamedSchema(Schema):
    uid = Uid(required=True)
    short_code = fields.String(required=True)
    patient_uid = Uid(required=True)
    state = fields.String(required=True)


class WantedSchema(Schema):
    n = WholeNumber(required=True)
    name = fields.String(required=True)
    wanted_quantity = StockQuantity(required=True, metadata={"description": "for all doses"})
    drawn_quantity = StockQuantity(required=True)
    substitutes = fields.List(
        fields.String(), required=True, metadata={"description": "products that may go in for it"}
    )


class IngredientOfSchema(Schema):
    n = WholeNumber(required=True)
    component_n = WholeNumber(required=True, allow_none=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    container_code = fields.String(required=True, allow_none=True)
    quantity = StockQuantity(required=True)
    is_kept = fields.Boolean(
        required=True, metadata={"description": "false: a recorded fact took it away from this cocktail"}
    )
    is_substitute = fields.Boolean(required=True)


class CheckSchema(Schema):
    """Who checked it, and how that was signed; nothing of a signature from before it was asked for."""

    by = fields.String(required=True)
    meaning = fields.String(required=True, allow_none=True)
    signed_at = Instant(required=True, allow_none=True)
    way = fields.String(required=True, allow_none=True)


class PassedOverSchema(Schema):
    """A lot that was to be taken first, and what the bench answered."""

    uid = Uid(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    place = fields.String(required=True)
    location_uid = Uid(required=True)
    taken_lot_uid = Uid(required=True)
    taken_lot_number = fields.String(required=True)
    answer = fields.String(required=True)
    words = fields.String(required=True)
    answered_at = Instant(required=True)
    answered_by = fields.String(required=True)


class WorksheetSchema(PreparationSchema):
    mixing = fields.String(required=True)
    is_ordered = fields.Boolean(required=True)
    superseded_by = WholeNumber(
        required=True,
        allow_none=True,
        metadata={"description": "of a draft: the version in force, where it is another"},
    )
    left_quantity = StockQuantity(required=True)
    is_left_over = fields.Boolean(
        required=True, metadata={"description": "some of it lies there, and its sessions are over"}
    )
    check = fields.Nested(CheckSchema, required=True, allow_none=True)
    passed = fields.List(fields.Nested(PassedOverSchema), required=True)
    sessions = fields.List(fields.Nested(SessionNamedSchema), required=True)
    wanted = fields.List(fields.Nested(WantedSchema), required=True)
    ingredients = fields.List(fields.Nested(IngredientOfSchema), required=True)


class PreparationStartedSchema(Schema):
    preparation_uid = Uid(required=True)
    short_code = fields.String(required=True)
    started_at = Instant(required=True)


class IngredientAddedSchema(Schema):
    n = WholeNumber(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product = fields.String(required=True)
    container_code = fields.String(required=True, allow_none=True)
    quantity = StockQuantity(required=True)
    component_n = WholeNumber(required=True, allow_none=True)
    lacking_quantity = StockQuantity(
        required=True, metadata={"description": "what the recipe lacks of it still"}
    )
    was_rounded = fields.Boolean(required=True)
    is_substitute = fields.Boolean(required=True)
    overridden = fields.List(fields.Enum(Rule, by_value=True), required=True)


class IngredientRemovedSchema(Schema):
    preparation_uid = Uid(required=True)
    n = WholeNumber(required=True)


class PreparationFinishedSchema(Schema):
    preparation_uid = Uid(required=True)
    movement_uid = Uid(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    beyond_use_at = Instant(required=True)
    output_quantity = StockQuantity(required=True)
    loss_quantity = StockQuantity(required=True)
    overridden = fields.List(fields.Enum(Rule, by_value=True), required=True)


class ThrownAwaySchema(Schema):
    n = WholeNumber(required=True)
    quantity = StockQuantity(required=True)


class PreparationAbandonedSchema(Schema):
    preparation_uid = Uid(required=True)
    movement_uid = Uid(required=True, allow_none=True)
    disposed = fields.List(fields.Nested(ThrownAwaySchema), required=True)
