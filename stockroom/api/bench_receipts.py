"""Bench receipts: packs that were needed before their delivery was entered."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, post_load

from stockroom.access.acting import acting, installation
from stockroom.api.arriving import ArrivingLineFields, BookedSchema, shown
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import answer, override_of
from stockroom.http.fields import CivilDate, Instant, Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.bench_receive import BenchReceive, bench_receive
from stockroom.queries.bench_receipts import BenchReceiptRow, unmatched_bench_receipts
from stockroom.queries.paging import Page
from stockroom.reads.arrivals import ArrivingLine

blp = ResourceBlueprint(
    "bench-receipts", __name__, description="Packs received at the bench, until a delivery takes them off"
)


class BenchReceiptSchema(Schema):
    """A pack that the bench received and no delivery has taken off."""

    uid = Uid(required=True, metadata={"description": "its receipt"})
    received_at = Instant(required=True)
    received_by = fields.String(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    quantity = StockQuantity(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)


class BenchReceiveFields(ArrivingLineFields):
    """The pack, and why it is received although nobody authorised whoever receives it."""

    override = answer()

    @post_load
    def _line(self, said: dict[str, Any], **_: Any) -> BenchReceive:
        override = override_of(said.pop("override"))
        return BenchReceive(pack=ArrivingLine(**said), override=override)


@blp.route("")
class BenchReceipts(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(BenchReceiptSchema, "BenchReceiptPage"))
    def get(self, args: dict[str, Any]) -> Page[BenchReceiptRow]:
        """What the bench received and no delivery has taken off, the newest first"""
        with installation().reading() as connection:
            return unmatched_bench_receipts(
                connection, acting().clinic_id, after=args["cursor"], limit=args["limit"]
            )

    @blp.arguments(BenchReceiveFields)
    @blp.response(201, BookedSchema)
    def post(self, command: BenchReceive) -> dict[str, Any]:
        """Take one scanned pack in where it is needed, if the clinic allows it"""
        return shown(act(bench_receive, command))
