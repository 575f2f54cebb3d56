"""Disposals: what is thrown away, and why."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.booklines import BookLineSchema
from stockroom.api.things import ThingFields, in_base_units, units_of_things
from stockroom.http.fields import Choice, Instant, Quantity, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.dispose import LINES_MAX, DisposalOf, Dispose, Disposed, dispose
from stockroom.queries.movements import movements_with_lines
from stockroom.vocabulary import DisposalReason, MovementKind, Rule

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
    happened_at = Instant(
        load_default=None, metadata={"description": "when it really was, recorded late; now if left out"}
    )
    late_reason = Words(most=2000, lines=True, load_default="")


class DisposalBookedSchema(Schema):
    movement_uid = Uid(required=True)
    promises_lost = WholeNumber(required=True, metadata={"description": "promises that no longer fit"})
    broken_rules = fields.List(
        Choice(Rule), required=True, metadata={"description": "recorded late; each waits for a second person"}
    )


class DisposalSchema(Schema):
    """One act of throwing away; a reversal of it stands among the movements."""

    movement_uid = Uid(required=True)
    seq = WholeNumber(required=True, metadata={"description": "the number of its journal entry"})
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    is_late = fields.Boolean(required=True, metadata={"description": "recorded after it happened"})
    reason = fields.String(required=True)
    actor = fields.String(required=True, allow_none=True)
    document_kind = fields.String(required=True)
    document_uid = Uid(required=True, allow_none=True)
    lines = fields.List(fields.Nested(BookLineSchema), required=True)


@blp.route("")
class Disposals(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(DisposalSchema, "DisposalPage"))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """What was thrown away in this clinic, the newest first"""
        here, kind = acting().clinic_id, MovementKind.DISPOSE
        with installation().reading() as connection:
            page = movements_with_lines(
                connection, here, kind=kind, after=args["cursor"], limit=args["limit"]
            )
        items = [
            {**asdict(each.movement), "movement_uid": each.movement.uid, "lines": each.lines}
            for each in page.items
        ]
        return {"items": items, "next_cursor": page.next_cursor}

    @blp.arguments(DisposalFields)
    @blp.response(201, DisposalBookedSchema)
    def post(self, body: dict[str, Any]) -> Disposed:
        """Throw things away"""
        units = units_of_things([line["thing"] for line in body["lines"]])
        lines = tuple(
            DisposalOf(thing=line["thing"], quantity=in_base_units(line["quantity"], unit))
            for line, unit in zip(body["lines"], units, strict=True)
        )
        disposed: Disposed = act(dispose, Dispose(**{**body, "lines": lines}))
        return disposed
