"""Late preparations: cocktails that were made already and are written down only now."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import ThingFields, in_base_units, overfill_reason, units_of_things
from stockroom.http.fields import Choice, Instant, Quantity, Uid, WholeNumber, Words
from stockroom.http.quantities import StockQuantity
from stockroom.operations.record_preparation import (
    INGREDIENTS_MAX,
    PouredIn,
    PreparationRecorded,
    RecordPreparation,
    record_preparation,
)
from stockroom.operations.start_preparation import DOSES_MAX
from stockroom.reads.open_sessions import SESSIONS_MAX
from stockroom.vocabulary import BaseUnit, IdentifiedBy, Rule

blp = ResourceBlueprint(
    "late-preparations",
    __name__,
    description="Cocktails that were made already: recorded, and never refused for a rule",
)


class PouredInFields(Schema):
    """What went into it; never a product of which we would have to pick."""

    thing = fields.Nested(ThingFields, required=True)
    quantity = Quantity(required=True)
    identified_by = Choice(IdentifiedBy, load_default=None)


class LatePreparationFields(Schema):
    """What was made, from what, for whom, when, and why it is written down only now."""

    ingredients = fields.List(
        fields.Nested(PouredInFields), required=True, validate=validate.Length(min=1, max=INGREDIENTS_MAX)
    )
    location_uid = Uid(required=True, metadata={"description": "where it lay when it was made"})
    occurred_at = Instant(required=True)
    reason = Words(required=True, most=2000, lines=True)
    output_quantity = Quantity(
        load_default=None, metadata={"description": "all the liquid that went in, if not said"}
    )
    recipe_version_uid = Uid(load_default=None, metadata={"description": "ad hoc, if not said"})
    dose_count = WholeNumber(least=1, most=DOSES_MAX, load_default=1)
    session_uids = fields.List(Uid(), load_default=[], validate=validate.Length(max=SESSIONS_MAX))
    overfill_reason = overfill_reason()


class PreparationRecordedSchema(Schema):
    preparation_uid = Uid(required=True)
    short_code = fields.String(required=True)
    movement_uid = Uid(required=True)
    lot_uid = Uid(required=True, metadata={"description": "by which its use is recorded"})
    lot_number = fields.String(required=True)
    beyond_use_at = Instant(required=True)
    output_quantity = StockQuantity(required=True)
    loss_quantity = StockQuantity(required=True)
    deviations = fields.List(Uid(), required=True, metadata={"description": "for a second person to sign"})
    rules = fields.List(Choice(Rule), required=True)
    lost_allocation_uids = fields.List(Uid(), required=True)


@blp.route("")
class LatePreparations(MethodView):
    @blp.arguments(LatePreparationFields)
    @blp.response(201, PreparationRecordedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Record a cocktail that was made already: each broken rule becomes a deviation"""
        units = units_of_things([each["thing"] for each in body["ingredients"]])
        ingredients = tuple(
            PouredIn(**{**each, "quantity": in_base_units(each["quantity"], unit)})
            for each, unit in zip(body["ingredients"], units, strict=True)
        )
        output = body["output_quantity"]
        said = {
            **body,
            "ingredients": ingredients,
            "output_quantity": None if output is None else in_base_units(output, BaseUnit.MICROLITRE),
            "session_uids": tuple(body["session_uids"]),
        }
        recorded: PreparationRecorded = act(record_preparation, RecordPreparation(**said))
        return {**asdict(recorded), "base_unit": BaseUnit.MICROLITRE}
