"""Which fields do orders and suggestions have, coming in and going out?"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from stockroom.http.fields import Choice, CivilDate, Flag, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs
from stockroom.ledger.order_lines import ITEM_CODE_LONGEST, LINES_MAX, PACKS_MAX, PriceSaid
from stockroom.operations.gather_orders import WANTED_MAX
from stockroom.operations.place_order import TEXT_LONGEST
from stockroom.queries.order_history import OrderHappening
from stockroom.queries.order_lists import OrderPart
from stockroom.rules.ordering import OrderState


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
    item_code = Words(
        most=ITEM_CODE_LONGEST,
        load_default=None,
        metadata={"description": "the supplier's own; as it is known by default"},
    )
    price_minor = WholeNumber(
        allow_none=True,
        metadata={
            "description": "of one pack, in the currency's minor unit; goes with `currency`; null: not known; "
            "as it last was when neither is given"
        },
    )
    currency = Words(most=3, allow_none=True, metadata={"description": "ISO 4217"})

    @post_load
    def _join_price(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        """A price is said when either half of it is."""
        is_said = {"price_minor", "currency"} & body.keys()
        price = PriceSaid(minor=body.pop("price_minor", None), currency=body.pop("currency", None))
        return {**body, "price": price if is_said else None}


class OrderLineOfFields(OrderLineFields):
    """What a draft asks for of a product."""

    product_uid = Uid(required=True)


class OrderLinesFields(Schema):
    lines = fields.List(
        fields.Nested(OrderLineOfFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )


class OrdersArgs(PageArgs):
    part = Choice(
        OrderPart,
        load_default=OrderPart.ALL,
        metadata={"description": "open: drafts and what is owed; late: what should have been here"},
    )
    supplier_uid = Uid(load_default=None)
    product_uid = Uid(load_default=None, metadata={"description": "orders on which this product stands"})


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
    words = Words(
        most=TEXT_LONGEST,
        load_default="",
        metadata={"description": "what it said; needed where the rest is not coming"},
    )


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
    state = Choice(OrderState, required=True)
    expected_on = CivilDate(required=True, allow_none=True)
    started_by = fields.String(required=True)
    started_at = Instant(required=True)
    ordered_at = Instant(required=True, allow_none=True)
    cancelled_at = Instant(required=True, allow_none=True)
    cancel_reason = fields.String(required=True)


class PurchaseOrderListedSchema(PurchaseOrderSchema):
    """An order as the list shows it; counts are whole presentations."""

    due_on = CivilDate(
        required=True,
        allow_none=True,
        metadata={"description": "when the first of what is owed can be here"},
    )
    is_late = fields.Boolean(required=True)
    line_count = WholeNumber(required=True)
    ordered_count = WholeNumber(required=True)
    owed_count = WholeNumber(required=True)


class PurchaseOrderLineSchema(Schema):
    uid = Uid(required=True)
    n = WholeNumber(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    presentation = fields.String(required=True)
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


class OrderEventSchema(Schema):
    """What happened to the order; which fields hold something follows from its kind."""

    kind = Choice(OrderHappening, required=True)
    at = Instant(required=True)
    person = fields.String(required=True)
    product_name = fields.String(required=True)
    expected_on = CivilDate(required=True, allow_none=True)
    none_until = CivilDate(required=True, allow_none=True)
    rest_is_coming = fields.Boolean(required=True)
    receipt_uid = Uid(required=True, allow_none=True)
    delivery_note = fields.String(required=True)
    count = WholeNumber(required=True)
    is_taken_back = fields.Boolean(required=True)
    reason = fields.String(required=True)


class PurchaseOrderShownSchema(PurchaseOrderSchema):
    ordered_by = fields.String(required=True, allow_none=True)
    cancelled_by = fields.String(required=True, allow_none=True)
    lines = fields.List(fields.Nested(PurchaseOrderLineSchema), required=True)
    history = fields.List(
        fields.Nested(OrderEventSchema), required=True, metadata={"description": "the newest first"}
    )


class GatheredLineFields(Schema):
    """So many packs of a product from a supplier."""

    product_uid = Uid(required=True)
    supplier_uid = Uid(required=True)
    packs = WholeNumber(required=True, least=1, most=PACKS_MAX)
    pack_count = WholeNumber(
        least=1,
        most=PACKS_MAX,
        load_default=None,
        metadata={"description": "whole presentations in a pack; as the supplier sells it by default"},
    )


class GatheringFields(Schema):
    """What was chosen of the suggestions."""

    wanted = fields.List(
        fields.Nested(GatheredLineFields), required=True, validate=validate.Length(min=1, max=WANTED_MAX)
    )


class GatheredOrderSchema(Schema):
    order_uid = Uid(required=True)
    version = WholeNumber(required=True)
    supplier_uid = Uid(required=True)
    is_new = fields.Boolean(required=True)
    line_count = WholeNumber(required=True, metadata={"description": "so many of the chosen lines are on it"})


class OrdersGatheredSchema(Schema):
    orders = fields.List(fields.Nested(GatheredOrderSchema), required=True)
