"""What should be ordered, with everything that was reckoned with; and what is chosen of it goes onto drafts."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.order_schemas import GatheringFields, OrdersGatheredSchema
from stockroom.http.fields import CivilDate, Uid, WholeNumber
from stockroom.http.paging import FlatPageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.gather_orders import GatherOrders, OrdersGathered, Wanted, gather_orders
from stockroom.queries.paging import Page, part_of
from stockroom.queries.reorder_suggestions import Reorder, reorder_suggestions

blp = ResourceBlueprint(
    "reorder-suggestions", __name__, description="What should be ordered; nothing is ordered by it"
)


class OfferSchema(Schema):
    """How the preferred supplier sells it."""

    supplier_uid = Uid(required=True)
    supplier = fields.String(required=True)
    item_code = fields.String(required=True)
    pack_count = WholeNumber(required=True)
    lead_time_days = WholeNumber(required=True, allow_none=True)


class DraftedSchema(Schema):
    """What a draft asks for of it: not on order yet, and not reckoned with."""

    order_uid = Uid(required=True)
    supplier = fields.String(required=True)
    packs = WholeNumber(required=True)
    count = WholeNumber(required=True)


class ReorderSuggestionSchema(Schema):
    """One product.  Counts are whole sealed presentations.

    suggested_count = target_count - usable_count - on_order_count, rounded up to whole packs, once usable and on
    order together are below the minimum; without a minimum nothing is suggested, and a minimum is proposed.
    """

    product_uid = Uid(required=True)
    name = fields.String(required=True)
    strength = fields.String(required=True)
    presentation = fields.String(required=True)
    usable_count = WholeNumber(required=True, attribute="suggestion.shelf.usable_count")
    promised_count = WholeNumber(
        required=True,
        attribute="suggestion.shelf.promised_count",
        metadata={"description": "of the usable ones, promised to sessions; not taken off"},
    )
    opened = StockQuantity(
        required=True,
        attribute="suggestion.shelf.opened_quantity",
        metadata={"description": "what is left in opened containers; shown, not counted"},
    )
    on_order_count = WholeNumber(required=True, attribute="suggestion.on_order_count")
    due_on = CivilDate(
        required=True,
        allow_none=True,
        attribute="suggestion.due_on",
        metadata={"description": "when the first of what is on order can be here"},
    )
    minimum_count = WholeNumber(
        required=True,
        allow_none=True,
        attribute="suggestion.shelf.minimum_count",
        metadata={"description": "null: nobody has set one"},
    )
    target_count = WholeNumber(required=True, allow_none=True, attribute="suggestion.shelf.target_count")
    used_count = WholeNumber(
        required=True,
        attribute="suggestion.shelf.used_count",
        metadata={"description": "in the last 90 days"},
    )
    suggested_count = WholeNumber(required=True, attribute="suggestion.suggested_count")
    suggested_packs = WholeNumber(required=True, attribute="suggestion.pack_count")
    proposed_minimum_count = WholeNumber(
        required=True,
        allow_none=True,
        attribute="suggestion.proposed_minimum_count",
        metadata={"description": "use per day x lead time + safety, where nobody has set a minimum"},
    )
    proposed_target_count = WholeNumber(
        required=True, allow_none=True, attribute="suggestion.proposed_target_count"
    )
    offer = fields.Nested(OfferSchema, required=True, allow_none=True)
    drafted = fields.List(fields.Nested(DraftedSchema), required=True)


@blp.route("")
class ReorderSuggestions(MethodView):
    @blp.arguments(FlatPageArgs, location="query")
    @blp.response(200, page_schema(ReorderSuggestionSchema, "ReorderSuggestionPage"))
    def get(self, args: dict[str, Any]) -> Page[Reorder]:
        """What should be ordered in this clinic: what is low first, then what has no minimum, then the rest"""
        with installation().reading() as connection:
            found = reorder_suggestions(connection, acting().clinic_id, now=present())
        return part_of(found, after=args["cursor"], limit=args["limit"], by="product_uid")


@blp.route("/orders")
class GatheredOrders(MethodView):
    @blp.arguments(GatheringFields)
    @blp.response(201, OrdersGatheredSchema)
    def post(self, body: dict[str, Any]) -> OrdersGathered:
        """Put what was chosen on one draft for each supplier; open drafts are gone on with, and nothing is sent"""
        wanted = tuple(Wanted(**each) for each in body["wanted"])
        gathered: OrdersGathered = act(gather_orders, GatherOrders(wanted=wanted))
        return gathered
