"""Disposals: what is thrown away, and why."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import ThingFields, in_base_units, units_of_things
from stockroom.http.fields import Choice, Quantity, Uid, WholeNumber, Words
from stockroom.operations.dispose import LINES_MAX, DisposalOf, Dispose, Disposed, dispose
from stockroom.vocabulary import DisposalReason

blp = ResourceBlueprint("disposals", __name__, description="What is thrown away; never refused for a rule")


class DisposalLineFields(Schema):
    """Whole presentations from a shelf, or anything from an opened container."""

    thing = fields.Nested(ThingFields, required=True)
    quantity = Quantity(required=True)


class DisposalFields(Schema):
    lines = fields.List(
        fields.Nested(DisposalLineFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )
    reason = Choice(DisposalReason, required=True)
    note = Words(most=2000, lines=True, load_default="")


class DisposalBookedSchema(Schema):
    movement_uid = Uid(required=True)
    promises_lost = WholeNumber(required=True, metadata={"description": "promises that no longer fit"})


@blp.route("")
class Disposals(MethodView):
    @blp.arguments(DisposalFields)
    @blp.response(201, DisposalBookedSchema)
    def post(self, body: dict[str, Any]) -> Disposed:
        """Throw things away"""
        units = units_of_things([line["thing"] for line in body["lines"]])
        lines = tuple(
            DisposalOf(thing=line["thing"], quantity=in_base_units(line["quantity"], unit))
            for line, unit in zip(body["lines"], units, strict=True)
        )
        disposed: Disposed = act(dispose, Dispose(lines=lines, reason=body["reason"], note=body["note"]))
        return disposed
