"""How are deliveries in work and their lines written?"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from stockroom.api.arriving import PACK_TEXT_MAX, READING_MAX, BookedSchema, CostFields
from stockroom.api.scan_text import ScanText
from stockroom.api.things import answer
from stockroom.http.fields import Choice, CivilDate, Flag, Instant, Uid, WholeNumber, Words
from stockroom.http.quantities import StockQuantity
from stockroom.operations.start_delivery import StartDelivery
from stockroom.queries.likely_products import Why
from stockroom.reads.delivery_lines import LineSaid
from stockroom.rules.order_matching import Beyond
from stockroom.rules.ordering import OrderState
from stockroom.rules.receiving import NOT_KNOWN_YET, PACKS_MAX, Concern
from stockroom.rules.unpacking import Lack
from stockroom.vocabulary import ArrivalState, BenchDecision, CostState, DeliveryState, Fault, OrderChoice


class DeliveryFields(Schema):
    """The paper of a delivery, as far as it is known."""

    supplier_uid = Uid(load_default=None)
    delivery_note = Words(most=100, load_default="")
    arrived_at = Instant(load_default=None, metadata={"description": "now, if left out"})
    state_on_arrival = Choice(ArrivalState, load_default=ArrivalState.GOOD)

    @post_load
    def _paper(self, said: dict[str, Any], **_: Any) -> StartDelivery:
        return StartDelivery(**said)


class SaidFields(Schema):
    """What a person says of a line; it completes the scan and never contradicts it."""

    location_uid = Uid(
        load_default=None,
        metadata={"description": "where it is put; on a new line the product's usual place, if left out"},
    )
    reading = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=READING_MAX),
        metadata={"description": "which of the line's `readings` is on the pack"},
    )
    product_uid = Uid(load_default=None)
    lot_number = fields.String(load_default=None, validate=validate.Length(min=1, max=PACK_TEXT_MAX))
    expires_on = CivilDate(load_default=None)
    expires_at = Instant(load_default=None)
    serial = fields.String(load_default=None, validate=validate.Length(min=1, max=PACK_TEXT_MAX))
    pack_count = WholeNumber(least=1, load_default=None)
    cost = fields.Nested(CostFields, load_default=NOT_KNOWN_YET)
    decision = Words(most=500, lines=True, load_default="")
    bench = Choice(BenchDecision, load_default=BenchDecision.UNDECIDED)
    order = Choice(
        OrderChoice,
        load_default=OrderChoice.UNDECIDED,
        metadata={"description": "whether what is beyond the orders is kept, or it counts on no order"},
    )

    @post_load
    def _said(self, said: dict[str, Any], **_: Any) -> Any:
        scan = said.pop("scan", None)
        return (scan, LineSaid(**said)) if "scan" in self.fields else LineSaid(**said)


class AddedFields(SaidFields):
    """A pack: its scan, or what was read on it by eye."""

    scan = ScanText(load_default=None, metadata={"description": "the text exactly as the scanner gave it"})


class AsideFields(Schema):
    """Packs that are taken in, and put where nothing is usable."""

    packs = WholeNumber(required=True, least=1, most=PACKS_MAX)
    fault = Choice(Fault, required=True)
    into_uid = Uid(required=True, metadata={"description": "quarantine, or the place for what goes back"})
    words = Words(most=500, lines=True, load_default="", metadata={"description": "what was seen"})
    stays_owed = Flag(
        load_default=False, metadata={"description": "they count on no order: the supplier replaces them"}
    )


class RefusalFields(Schema):
    """Packs that were refused at the door: they are never taken in, and stay owed."""

    packs = WholeNumber(
        required=True,
        least=0,
        most=PACKS_MAX,
        metadata={"description": "of the line's packs, in all; none takes it back"},
    )
    fault = Choice(Fault, required=True)


class DeliveryPostFields(Schema):
    received_by_uid = Uid(load_default=None, metadata={"description": "whoever took it in, if not the actor"})
    late_reason = Words(
        most=500,
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
    override = answer()


class DeliveryKeptSchema(Schema):
    delivery_uid = Uid(required=True)
    version = WholeNumber(required=True)


class LineAddedSchema(Schema):
    """The line as it stands now."""

    line_uid = Uid(required=True)
    n = WholeNumber(required=True)
    version = WholeNumber(required=True)
    pack_count = WholeNumber(required=True)
    was_there = fields.Boolean(
        required=True, metadata={"description": "the packs were added to a line of the same lot and place"}
    )
    delivery_version = WholeNumber(required=True)


class LineChangedSchema(Schema):
    line_uid = Uid(required=True)
    n = WholeNumber(required=True)
    version = WholeNumber(required=True)
    delivery_version = WholeNumber(required=True)


class ForOrderSchema(Schema):
    """So many whole presentations of a line are for a line of an order."""

    order_uid = Uid(required=True)
    reference = fields.String(required=True)
    order_line_uid = Uid(required=True)
    count = WholeNumber(required=True)


class OwedLineSchema(Schema):
    """A line of an order that was sent; whole presentations."""

    order_uid = Uid(required=True)
    reference = fields.String(required=True)
    line_uid = Uid(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    ordered_count = WholeNumber(required=True)
    arrived_count = WholeNumber(required=True, metadata={"description": "came before"})
    owed_count = WholeNumber(required=True)
    due_on = CivilDate(required=True, allow_none=True)
    none_until = CivilDate(required=True, allow_none=True)


class OwedHereSchema(Schema):
    line = fields.Nested(OwedLineSchema, required=True)
    here_count = WholeNumber(required=True, metadata={"description": "what of it is in this delivery"})
    left_count = WholeNumber(required=True, metadata={"description": "what stays owed once it is booked"})


class OrderAfterSchema(Schema):
    """Where an order stands once the delivery is booked."""

    order_uid = Uid(required=True)
    state = Choice(OrderState, required=True)
    owed_count = WholeNumber(required=True, metadata={"description": "the backorder, in presentations"})


class DeliveryBookedSchema(BookedSchema):
    orders = fields.List(fields.Nested(OrderAfterSchema), required=True)


class DeliverySchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    state = Choice(DeliveryState, required=True)
    supplier_uid = Uid(required=True, allow_none=True)
    supplier = fields.String(required=True, allow_none=True)
    delivery_note = fields.String(required=True)
    arrived_at = Instant(required=True)
    state_on_arrival = Choice(ArrivalState, required=True)
    started_by = fields.String(required=True)
    started_at = Instant(required=True)
    updated_at = Instant(required=True)
    receipt_uid = Uid(required=True, allow_none=True)
    line_count = WholeNumber(required=True)


class DeliveryLineSchema(Schema):
    """One lot of a delivery in work, and what somebody must still say of it."""

    uid = Uid(required=True)
    n = WholeNumber(required=True)
    version = WholeNumber(required=True, metadata={"description": "for If-Match"})
    raw_scan = fields.String(required=True, allow_none=True)
    reading = fields.String(required=True, allow_none=True)
    readings = fields.List(fields.String(), required=True)
    code = fields.String(required=True, allow_none=True)
    product_uid = Uid(required=True, allow_none=True)
    product_name = fields.String(required=True, allow_none=True)
    pack_level = fields.String(required=True, allow_none=True)
    presentation_count = WholeNumber(required=True)
    quantity = StockQuantity(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    serial = fields.String(required=True, allow_none=True)
    pack_count = WholeNumber(required=True)
    location_uid = Uid(required=True, allow_none=True)
    location_name = fields.String(required=True, allow_none=True)
    cost_state = Choice(CostState, required=True)
    unit_cost_minor = WholeNumber(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    decision = fields.String(required=True)
    bench_decision = Choice(BenchDecision, required=True)
    order_choice = Choice(OrderChoice, required=True)
    fault = Choice(Fault, required=True, allow_none=True)
    refused_count = WholeNumber(required=True, metadata={"description": "packs refused at the door"})
    for_orders = fields.List(fields.Nested(ForOrderSchema), required=True)
    beyond = Choice(Beyond, required=True, allow_none=True)
    beyond_count = WholeNumber(
        required=True, metadata={"description": "whole presentations that are for nothing that is owed"}
    )
    concerns = fields.List(Choice(Concern), required=True)
    lacks = fields.List(Choice(Lack), required=True)
    entered_by = fields.String(required=True)
    entered_at = Instant(required=True)


class DeliveryShownSchema(Schema):
    delivery = fields.Nested(DeliverySchema, required=True)
    lines = fields.List(fields.Nested(DeliveryLineSchema), required=True)
    owed = fields.List(
        fields.Nested(OwedHereSchema),
        required=True,
        metadata={"description": "what the supplier owes, due first first; empty once it was booked"},
    )


class LikelyProductSchema(Schema):
    """A product that the pack may be."""

    product_uid = Uid(required=True)
    name = fields.String(required=True)
    strength = fields.String(required=True)
    presentation = fields.String(required=True)
    manufacturer = fields.String(required=True)
    why = fields.List(Choice(Why), required=True)
    digits_alike = WholeNumber(
        required=True, metadata={"description": "digits in which its nearest code begins as this one"}
    )


class LikelyProductsSchema(Schema):
    items = fields.List(fields.Nested(LikelyProductSchema), required=True)
