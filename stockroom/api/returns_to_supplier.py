"""Returns to a supplier: goods that go back, whatever their state, and what is expected for them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import goods_lines, lots_in_base_units
from stockroom.http.fields import Choice, Instant, QueryFlag, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.return_to_supplier import (
    GoodsReturned,
    ReturnLine,
    ReturnToSupplier,
    return_to_supplier,
)
from stockroom.operations.settle_return import ReturnSettled, SettleReturn, settle_return
from stockroom.queries.paging import Page
from stockroom.queries.supplier_returns import ReturnRow, supplier_return, supplier_returns
from stockroom.vocabulary import ReturnExpects

blp = ResourceBlueprint("returns-to-supplier", __name__, description="Goods that went back to a supplier")


class ReturnFields(Schema):
    """Whole presentations from any place, or opened containers with all that is in them."""

    supplier_uid = Uid(required=True)
    reference = Words(
        required=True, most=100, metadata={"description": "the supplier's number of the return"}
    )
    reason = Words(required=True, most=2000, lines=True)
    lines = goods_lines()
    expects = Choice(
        ReturnExpects,
        load_default=ReturnExpects.NOTHING,
        metadata={"description": "what the supplier owes for them"},
    )
    receipt_uid = Uid(load_default=None, metadata={"description": "the delivery that had brought them"})


class SettlementFields(Schema):
    paper = Words(
        required=True,
        most=100,
        metadata={"description": "the number of the credit note, or of the replacement's delivery note"},
    )


class GoodsReturnedSchema(Schema):
    movement_uid = Uid(required=True)
    return_uid = Uid(required=True)


class ReturnSettledSchema(Schema):
    return_uid = Uid(required=True)


class ReturnSchema(Schema):
    uid = Uid(required=True)
    supplier_uid = Uid(required=True)
    supplier = fields.String(required=True)
    reference = fields.String(required=True)
    reason = fields.String(required=True)
    expects = Choice(ReturnExpects, required=True)
    returned_at = Instant(required=True)
    returned_by = fields.String(required=True)
    movement_uid = Uid(required=True)
    receipt_uid = Uid(required=True, allow_none=True)
    settled_at = Instant(required=True, allow_none=True)
    settled_by = fields.String(required=True, allow_none=True)
    settled_by_paper = fields.String(required=True)
    is_taken_back = fields.Boolean(required=True, metadata={"description": "its movement was reversed"})
    line_count = WholeNumber(required=True)


class ReturnedLineSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    quantity = StockQuantity(required=True)
    place = fields.String(required=True)


class ReturnShownSchema(ReturnSchema):
    lines = fields.List(fields.Nested(ReturnedLineSchema), required=True)


class ReturnsArgs(PageArgs):
    awaited = QueryFlag(
        load_default=False, metadata={"description": "only where something is still expected"}
    )


@blp.route("")
class ReturnsToSupplier(MethodView):
    @blp.arguments(ReturnsArgs, location="query")
    @blp.response(200, page_schema(ReturnSchema, "ReturnPage"))
    def get(self, args: dict[str, Any]) -> Page[ReturnRow]:
        """What went back, the newest first"""
        with installation().reading() as connection:
            return supplier_returns(
                connection,
                acting().clinic_id,
                awaited_only=args["awaited"],
                after=args["cursor"],
                limit=args["limit"],
            )

    @blp.arguments(ReturnFields)
    @blp.response(201, GoodsReturnedSchema)
    def post(self, body: dict[str, Any]) -> GoodsReturned:
        """Send goods back to a supplier"""
        lines = tuple(ReturnLine(**line) for line in lots_in_base_units(body["lines"]))
        returned: GoodsReturned = act(return_to_supplier, ReturnToSupplier(**{**body, "lines": lines}))
        return returned


@blp.route("/<uid>")
class Return(MethodView):
    @blp.response(200, ReturnShownSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """One return with what went back"""
        with installation().reading() as connection:
            found = supplier_return(connection, acting().clinic_id, uid=uid)
        return {**asdict(found.paper), "lines": found.lines}


@blp.route("/<uid>/settlement")
class Settlement(MethodView):
    @blp.arguments(SettlementFields)
    @blp.response(200, ReturnSettledSchema)
    def post(self, body: dict[str, Any], uid: str) -> ReturnSettled:
        """Write down by which paper the replacement or the credit came"""
        settled: ReturnSettled = act(settle_return, SettleReturn(return_uid=uid, **body))
        return settled
