"""Purchase orders: written, sent, put off, called off, and matched with what came."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, CivilDate, Flag, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.ledger.order_lines import LINES_MAX, PACKS_MAX
from stockroom.ledger.order_rows import OrderWritten
from stockroom.operations.match_order import Came, MatchOrder, OrderMatched, match_order
from stockroom.operations.place_order import (
    TEXT_LONGEST,
    CancelOrder,
    ExpectLine,
    PlaceOrder,
    cancel_order,
    expect_line,
    place_order,
)
from stockroom.operations.write_order import (
    SetOrderLine,
    StartOrder,
    set_order_line,
    start_order,
)
from stockroom.queries.paging import Page
from stockroom.queries.purchase_orders import OrderRow, purchase_order, purchase_orders
from stockroom.rules.ordering import OrderState

blp = ResourceBlueprint("purchase-orders", __name__, description="What was ordered from whom")
Tagged = tuple[Any, int, dict[str, str]]


class OrderFields(Schema):
    supplier_uid = Uid(required=True)


class OrderLineFields(Schema):
    """So many packs of a product; none takes it off."""

    packs = WholeNumber(required=True, most=PACKS_MAX)
    pack_count = WholeNumber(
        least=1,
        most=PACKS_MAX,
        load_default=None,
        metadata={"description": "whole presentations in a pack; as the supplier sells it by default"},
    )
    item_code = Words(most=100, load_default=None)


class OrderPlacingFields(Schema):
    reference = Words(most=TEXT_LONGEST, load_default="")
    expected_on = CivilDate(load_default=None)


class OrderCancellationFields(Schema):
    reason = Words(required=True, most=TEXT_LONGEST)


class OrderExpectationFields(Schema):
    """What the supplier says of a line."""

    expected_on = CivilDate(load_default=None)
    none_until = CivilDate(
        load_default=None,
        metadata={"description": "the supplier has none before this day"},
    )
    rest_is_coming = Flag(load_default=True)


class OrderCameFields(Schema):
    order_line_uid = Uid(required=True)
    receipt_line_uid = Uid(required=True)
    count = WholeNumber(
        required=True, least=1, most=2**31 - 1, metadata={"description": "whole presentations"}
    )


class OrderArrivalFields(Schema):
    receipt_uid = Uid(required=True)
    came = fields.List(
        fields.Nested(OrderCameFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )
    more_came = Flag(
        load_default=False, metadata={"description": "more came than was ordered, and it is kept"}
    )


class OrderWrittenSchema(Schema):
    order_uid = Uid(required=True)
    version = WholeNumber(required=True)


class OrderMatchedSchema(OrderWrittenSchema):
    state = Choice(OrderState, required=True)
    owed_count = WholeNumber(required=True, metadata={"description": "presentations that are still owed"})


class PurchaseOrderSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    supplier_uid = Uid(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    expected_on = CivilDate(required=True, allow_none=True)
    started_by = fields.String(required=True)
    started_at = Instant(required=True)
    ordered_at = Instant(required=True, allow_none=True)
    cancelled_at = Instant(required=True, allow_none=True)
    cancel_reason = fields.String(required=True)


class PurchaseOrderLineSchema(Schema):
    uid = Uid(required=True)
    n = WholeNumber(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    item_code = fields.String(required=True)
    pack_count = WholeNumber(required=True)
    packs_ordered = WholeNumber(required=True)
    price_minor = WholeNumber(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    expected_on = CivilDate(required=True, allow_none=True)
    none_until = CivilDate(required=True, allow_none=True)
    due_on = CivilDate(required=True, allow_none=True)
    arrived_count = WholeNumber(required=True)
    owed_count = WholeNumber(required=True)
    is_closed = fields.Boolean(required=True)


class PurchaseOrderShownSchema(PurchaseOrderSchema):
    state = Choice(OrderState, required=True)
    lines = fields.List(fields.Nested(PurchaseOrderLineSchema), required=True)


@blp.route("")
class PurchaseOrders(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(PurchaseOrderSchema, "PurchaseOrderPage"))
    def get(self, args: dict[str, Any]) -> Page[OrderRow]:
        """The orders of this clinic, the newest first"""
        with installation().reading() as connection:
            return purchase_orders(connection, acting().clinic_id, after=args["cursor"], limit=args["limit"])

    @blp.arguments(OrderFields)
    @blp.response(201, OrderWrittenSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any]) -> Tagged:
        """Begin a draft for a supplier; its lines follow"""
        return _tagged(act(start_order, StartOrder(**body)), 201)


@blp.route("/<uid>")
class Order(MethodView):
    @blp.response(200, PurchaseOrderShownSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> Tagged:
        """One order with its lines, where it stands and what is owed"""
        with installation().reading() as connection:
            found = purchase_order(connection, acting().clinic_id, uid=uid)
        shown = {**asdict(found.order), "state": found.state, "lines": found.lines}
        return shown, 200, {"ETag": etag_of(found.order.version)}


@blp.route("/<uid>/lines/<product_uid>")
class OrderLine(MethodView):
    @blp.arguments(OrderLineFields)
    @blp.response(200, OrderWrittenSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str, product_uid: str) -> Tagged:
        """Say how many packs of a product a draft asks for; none takes it off"""
        return _tagged(act(set_order_line, SetOrderLine(order_uid=uid, product_uid=product_uid, **body)))


@blp.route("/<uid>/lines/<line_uid>/expectation")
class Expectation(MethodView):
    @if_match()
    @blp.arguments(OrderExpectationFields)
    @blp.response(200, OrderWrittenSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str, line_uid: str) -> Tagged:
        """Say when a line comes, until when the supplier has none, or that the rest is not coming"""
        command = ExpectLine(order_uid=uid, line_uid=line_uid, version=asked_version(), **body)
        return _tagged(act(expect_line, command))


@blp.route("/<uid>/placing")
class Placing(MethodView):
    @if_match()
    @blp.arguments(OrderPlacingFields)
    @blp.response(200, OrderWrittenSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str) -> Tagged:
        """Write down that the order was sent"""
        return _tagged(act(place_order, PlaceOrder(order_uid=uid, version=asked_version(), **body)))


@blp.route("/<uid>/cancellation")
class Cancellation(MethodView):
    @if_match()
    @blp.arguments(OrderCancellationFields)
    @blp.response(200, OrderWrittenSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str) -> Tagged:
        """Call off what did not come yet"""
        return _tagged(act(cancel_order, CancelOrder(order_uid=uid, version=asked_version(), **body)))


@blp.route("/<uid>/arrivals")
class Arrivals(MethodView):
    @blp.arguments(OrderArrivalFields)
    @blp.response(201, OrderMatchedSchema)
    def post(self, body: dict[str, Any], uid: str) -> OrderMatched:
        """Say what a receipt brought of the order; what is still owed stays owed"""
        came = tuple(Came(**each) for each in body["came"])
        command = MatchOrder(
            order_uid=uid, receipt_uid=body["receipt_uid"], came=came, more_came=body["more_came"]
        )
        matched: OrderMatched = act(match_order, command)
        return matched


def _tagged(written: OrderWritten, status: int = 200) -> Tagged:
    return written, status, {"ETag": etag_of(written.version)}
