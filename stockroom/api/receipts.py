"""Receipts: deliveries that were taken in, and what they cost."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, post_load, validate

from stockroom.access.acting import acting, installation
from stockroom.api.arriving import LINES_MAX, ArrivingLineFields, CostFields, arriving_lines, shown
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import answer, override_of
from stockroom.api.unpacking import DeliveryBookedSchema
from stockroom.errors import ThingNotFound
from stockroom.http.fields import Choice, CivilDate, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.complete_cost import CompleteCost, CostCompleted, LineCost, complete_cost
from stockroom.operations.receive import Receive, Received, receive
from stockroom.queries.paging import Page
from stockroom.queries.receipts import ReceiptRow, ReceiptShown, receipt, receipts
from stockroom.vocabulary import ArrivalState, CostState, OrderChoice

blp = ResourceBlueprint("receipts", __name__, description="Deliveries, booked whole or not at all")


class DeliveredLineFields(ArrivingLineFields):
    """A line of a delivery, which may be for an order."""

    order_choice = Choice(
        OrderChoice,
        load_default=OrderChoice.UNDECIDED,
        metadata={"description": "whether what is beyond the orders is kept, or it counts on no order"},
    )


class ReceiptFields(Schema):
    """A delivery with all its lines."""

    supplier_uid = Uid(required=True)
    delivery_note = Words(required=True, most=100)
    arrived_at = Instant(required=True)
    state_on_arrival = Choice(ArrivalState, required=True)
    received_by_uid = Uid(load_default=None, metadata={"description": "whoever took it in, if not the actor"})
    late_reason = Words(
        most=2000,
        lines=True,
        load_default="",
        metadata={"description": "why it is entered although the books of its day are closed"},
    )
    again_reason = Words(
        most=500,
        lines=True,
        load_default="",
        metadata={
            "description": "why it is booked although the same delivery note was received with these goods"
        },
    )
    lines = arriving_lines(DeliveredLineFields)
    override = answer()


class LineCostFields(Schema):
    receipt_line_uid = Uid(required=True)
    cost = fields.Nested(CostFields, required=True)

    @post_load
    def _cost(self, said: dict[str, Any], **_: Any) -> LineCost:
        return LineCost(**said)


class CostsFields(Schema):
    """What lines of this receipt cost."""

    lines = fields.List(
        fields.Nested(LineCostFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )
    reason = Words(
        most=2000, lines=True, load_default="", metadata={"description": "why a known cost is changed"}
    )


class CostCompletedSchema(Schema):
    receipt_line_uids = fields.List(Uid(), required=True)


class ReceiptSchema(Schema):
    """A delivery; without a supplier, opening stock or a pack that the bench received."""

    uid = Uid(required=True)
    supplier_uid = Uid(required=True, allow_none=True)
    supplier = fields.String(required=True, allow_none=True)
    delivery_note = fields.String(required=True)
    arrived_at = Instant(required=True)
    state_on_arrival = Choice(ArrivalState, required=True)
    received_by_uid = Uid(required=True)
    received_by = fields.String(required=True)
    movement_uid = Uid(required=True)
    books_begin_on = CivilDate(required=True, allow_none=True)
    at_bench = fields.Boolean(required=True)


class ReceiptLineSchema(Schema):
    uid = Uid(required=True)
    n = WholeNumber(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    pack_count = WholeNumber(required=True)
    quantity = StockQuantity(required=True)
    cost_state = Choice(CostState, required=True)
    unit_cost_minor = WholeNumber(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    serial = fields.String(required=True, allow_none=True)
    raw_scan = fields.String(required=True, allow_none=True)
    decision = fields.String(required=True)
    taken_off_quantity = StockQuantity(
        required=True, metadata={"description": "what the bench had received of it before"}
    )


class ReceiptShownSchema(Schema):
    receipt = fields.Nested(ReceiptSchema, required=True)
    lines = fields.List(fields.Nested(ReceiptLineSchema), required=True)


class ReceiptsArgs(PageArgs):
    supplier_uid = Uid(load_default=None)


@blp.route("")
class Receipts(MethodView):
    @blp.arguments(ReceiptsArgs, location="query")
    @blp.response(200, page_schema(ReceiptSchema, "ReceiptPage"))
    def get(self, args: dict[str, Any]) -> Page[ReceiptRow]:
        """The deliveries of this clinic, the newest first"""
        with installation().reading() as connection:
            return receipts(
                connection,
                acting().clinic_id,
                supplier_uid=args["supplier_uid"],
                after=args["cursor"],
                limit=args["limit"],
            )

    @blp.arguments(ReceiptFields)
    @blp.response(201, DeliveryBookedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Take a delivery in; it closes the supplier's orders with it"""
        received: Received = act(
            receive,
            Receive(**{**body, "lines": tuple(body["lines"]), "override": override_of(body["override"])}),
        )
        return {**shown(received), "orders": received.orders}


@blp.route("/<uid>")
class Receipt(MethodView):
    @blp.response(200, ReceiptShownSchema)
    def get(self, uid: str) -> ReceiptShown:
        """One delivery with its lines"""
        with installation().reading() as connection:
            return receipt(connection, acting().clinic_id, uid=uid)


@blp.route("/<uid>/costs")
class ReceiptCosts(MethodView):
    @blp.arguments(CostsFields)
    @blp.response(200, CostCompletedSchema)
    def post(self, body: dict[str, Any], uid: str) -> CostCompleted:
        """Complete what lines of a delivery cost; quantities stay"""
        with installation().reading() as connection:
            known = {line.uid for line in receipt(connection, acting().clinic_id, uid=uid).lines}
        for line in body["lines"]:
            if line.receipt_line_uid not in known:
                raise ThingNotFound(thing="line of this receipt", uid=line.receipt_line_uid)
        command = CompleteCost(lines=tuple(body["lines"]), reason=body["reason"])
        completed: CostCompleted = act(complete_cost, command)
        return completed
