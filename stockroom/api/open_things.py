"""Everything that is open in the clinic: vials, heads, tubes and cocktails, what dies first at the top."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Choice, Instant, Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.queries.open_things import COCKTAIL, CONTAINER, OpenThing, open_things, with_stops
from stockroom.queries.paging import Page, part_of
from stockroom.vocabulary import Rule

blp = ResourceBlueprint("open-things", __name__, description="Everything open in the clinic now")
_UID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class OpenThingArgs(Schema):
    limit = PageArgs._declared_fields["limit"]
    cursor = fields.String(
        load_default=None,
        validate=validate.Regexp(rf"^{_UID}\.{_UID}$"),
        metadata={"description": "`next_cursor` of the page before"},
    )
    kind = fields.String(load_default=None, validate=validate.OneOf([CONTAINER, COCKTAIL]))
    place_uid = Uid(load_default=None, metadata={"description": "only what stands or lies there"})


class OpenThingSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf([CONTAINER, COCKTAIL]))
    uid = Uid(required=True, metadata={"description": "of the container, or of the preparation"})
    short_code = fields.String(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    content_quantity = StockQuantity(required=True)
    left_quantity = StockQuantity(required=True)
    allocated_quantity = StockQuantity(required=True)
    since = Instant(required=True, metadata={"description": "when it was opened, or begun to be made"})
    by = fields.String(required=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    place_uid = Uid(required=True)
    place = fields.String(required=True)
    is_put_aside = fields.Boolean(
        required=True, metadata={"description": "in quarantine or among the returns"}
    )
    serves_one = fields.Boolean(required=True, metadata={"description": "it is for one patient only"})
    stopped_by = fields.List(
        Choice(Rule), required=True, metadata={"description": "what stops it beside its limit"}
    )


@blp.route("")
class OpenThings(MethodView):
    @blp.arguments(OpenThingArgs, location="query")
    @blp.response(200, page_schema(OpenThingSchema, "OpenThingPage"))
    def get(self, args: dict[str, Any]) -> Page[OpenThing]:
        """What is open in this clinic, containers and cocktails, what dies first at the top"""
        with installation().reading() as connection:
            asked = [
                each
                for each in open_things(connection, acting().clinic_id)
                if args["kind"] in (None, each.kind) and args["place_uid"] in (None, each.place_uid)
            ]
            page = part_of(asked, after=args["cursor"], limit=args["limit"], by="line")
            items = with_stops(connection, acting().clinic_id, page.items, now=present())
        return replace(page, items=items)
