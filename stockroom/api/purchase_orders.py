"""Purchase orders: written, sent, put off, called off, and matched with what came."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response
from flask.views import MethodView

from stockroom.access.acting import acting, installation, present, zone_here
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.order_schemas import (
    OrderArrivalFields,
    OrderCancellationFields,
    OrderExpectationFields,
    OrderFields,
    OrderLineFields,
    OrderLinesFields,
    OrderMatchedSchema,
    OrderPlacingFields,
    OrdersArgs,
    OrderWrittenSchema,
    PurchaseOrderListedSchema,
    PurchaseOrderShownSchema,
)
from stockroom.clock import civil_date
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.order_file import PDF, order_pdf
from stockroom.http.paging import page_schema
from stockroom.ledger.order_lines import LineSaid
from stockroom.ledger.order_rows import OrderWritten
from stockroom.operations.match_order import Came, MatchOrder, OrderMatched, match_order
from stockroom.operations.place_order import (
    CancelOrder,
    ExpectLine,
    PlaceOrder,
    cancel_order,
    expect_line,
    place_order,
)
from stockroom.operations.write_order import (
    SetOrderLine,
    SetOrderLines,
    StartOrder,
    set_order_line,
    set_order_lines,
    start_order,
)
from stockroom.queries.clinics import named_clinics
from stockroom.queries.order_history import order_history
from stockroom.queries.order_lists import ListedOrder, OrderFilter, orders_page
from stockroom.queries.paging import Page
from stockroom.queries.purchase_orders import purchase_order

blp = ResourceBlueprint("purchase-orders", __name__, description="What was ordered from whom")
Tagged = tuple[Any, int, dict[str, str]]
_CONTENT = {PDF: {"schema": {"type": "string", "format": "binary"}}}


@blp.route("")
class PurchaseOrders(MethodView):
    @blp.arguments(OrdersArgs, location="query")
    @blp.response(200, page_schema(PurchaseOrderListedSchema, "PurchaseOrderPage"))
    def get(self, args: dict[str, Any]) -> Page[ListedOrder]:
        """The orders of this clinic, the newest first"""
        only = OrderFilter(
            part=args["part"], supplier_uid=args["supplier_uid"], product_uid=args["product_uid"]
        )
        with installation().reading() as connection:
            return orders_page(
                connection,
                acting().clinic_id,
                only=only,
                today=civil_date(present(), zone_here()),
                after=args["cursor"],
                limit=args["limit"],
            )

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
            history = order_history(connection, acting().clinic_id, found.order)
        shown = {**asdict(found.order), "state": found.state, "lines": found.lines, "history": history}
        return shown, 200, {"ETag": etag_of(found.order.version)}


@blp.route("/<uid>/file")
class OrderFile(MethodView):
    @blp.doc(responses={"200": {"description": "the file", "content": _CONTENT}})
    def get(self, uid: str) -> Response:
        """The order as a PDF, as it is sent to the supplier"""
        clinic_id, zone = acting().clinic_id, zone_here()
        with installation().reading() as connection:
            shown = purchase_order(connection, clinic_id, uid=uid)
            (clinic,) = named_clinics(connection, [clinic_id])
        paper = order_pdf(shown, clinic=clinic.name, zone=zone, today=civil_date(present(), zone))
        answer = Response(paper, mimetype=PDF)
        answer.headers["Content-Disposition"] = 'inline; filename="order.pdf"'
        return answer


@blp.route("/<uid>/lines")
class OrderLines(MethodView):
    @if_match()
    @blp.arguments(OrderLinesFields)
    @blp.response(200, OrderWrittenSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Say of several products how many packs a draft asks for; what is not named stays"""
        lines = tuple(LineSaid(**each) for each in body["lines"])
        return _tagged(
            act(set_order_lines, SetOrderLines(order_uid=uid, version=asked_version(), lines=lines))
        )


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
