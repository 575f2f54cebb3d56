"""Stock: what is on hand by product, what will have to be thrown away, and of what there is too little."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Choice, CivilDate, Instant, QueryNumber, Uid, WholeNumber
from stockroom.http.paging import FlatPageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.queries.expiring import ending_things, expiring_lots
from stockroom.queries.low_stock import LevelSupplied, levels_supplied
from stockroom.queries.paging import Page, part_of
from stockroom.queries.stock import ProductStock, stock_by_product
from stockroom.reads.settings import settings_of
from stockroom.rules.low_stock import Supply

blp = ResourceBlueprint(
    "stock-on-hand", __name__, description="What is on hand in this clinic", under="stock"
)
DAYS_MAX = 3_650
HOURS_MAX = 24 * 366


class ProductStockSchema(Schema):
    """One product's stock; counts are whole sealed presentations."""

    product_uid = Uid(required=True)
    name = fields.String(required=True)
    strength = fields.String(required=True)
    presentation = fields.String(required=True)
    on_hand = StockQuantity(required=True)
    usable = StockQuantity(required=True)
    allocated = StockQuantity(required=True)
    opened = StockQuantity(required=True, metadata={"description": "what of it lies in opened containers"})
    sealed_count = WholeNumber(required=True)
    usable_sealed_count = WholeNumber(required=True)
    earliest_expiry = CivilDate(required=True, allow_none=True)
    lot_count = WholeNumber(required=True)
    minimum_count = WholeNumber(required=True, allow_none=True)


class ExpiringArgs(Schema):
    days = QueryNumber(
        most=DAYS_MAX,
        load_default=None,
        metadata={"description": "for printed expiries, from today on; the clinic's setting if not said"},
    )
    hours = QueryNumber(
        most=HOURS_MAX, load_default=24, metadata={"description": "for opened containers and cocktails"}
    )


class ExpiringLotSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    expires_on = CivilDate(required=True)
    quantity = StockQuantity(required=True)


class EndingThingSchema(Schema):
    """An opened container or a cocktail whose clock is near its end, or past it."""

    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    container_code = fields.String(required=True, allow_none=True)
    stands_in = fields.String(required=True)
    beyond_use_at = Instant(required=True)
    quantity = StockQuantity(required=True)


class ExpiringSchema(Schema):
    lots = fields.List(fields.Nested(ExpiringLotSchema), required=True)
    things = fields.List(fields.Nested(EndingThingSchema), required=True)


class LevelSchema(Schema):
    """Usable sealed presentations against the minimum; null where nobody has set one."""

    product_uid = Uid(required=True)
    name = fields.String(required=True)
    strength = fields.String(required=True)
    presentation = fields.String(required=True)
    usable_sealed_count = WholeNumber(required=True)
    minimum_count = WholeNumber(required=True, allow_none=True)
    target_count = WholeNumber(required=True, allow_none=True)
    supply = Choice(
        Supply,
        required=True,
        allow_none=True,
        metadata={"description": "whether what is on order is enough in time; null without a minimum"},
    )
    on_order_count = WholeNumber(required=True)
    due_on = CivilDate(
        required=True,
        allow_none=True,
        metadata={"description": "when the next of it can be here; of what is overdue, since when"},
    )


@blp.route("")
class Stock(MethodView):
    @blp.arguments(FlatPageArgs, location="query")
    @blp.response(200, page_schema(ProductStockSchema, "ProductStockPage"))
    def get(self, args: dict[str, Any]) -> Page[ProductStock]:
        """What is on hand, by product"""
        with installation().reading() as connection:
            found = stock_by_product(connection, acting().clinic_id, now=present())
        return part_of(found, after=args["cursor"], limit=args["limit"], by="product_uid")


@blp.route("/expiring")
class Expiring(MethodView):
    @blp.arguments(ExpiringArgs, location="query")
    @blp.response(200, ExpiringSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """What expires soon or has expired, the first first"""
        clinic_id, at = acting().clinic_id, present()
        with installation().reading() as connection:
            days = args["days"]
            if days is None:
                days = settings_of(connection, clinic_id).expiring_soon_days
            return {
                "lots": expiring_lots(connection, clinic_id, now=at, days=days),
                "things": ending_things(connection, clinic_id, now=at, hours=args["hours"]),
            }


@blp.route("/below-minimum")
class BelowMinimum(MethodView):
    @blp.arguments(FlatPageArgs, location="query")
    @blp.response(200, page_schema(LevelSchema, "LevelPage"))
    def get(self, args: dict[str, Any]) -> Page[LevelSupplied]:
        """Of which products there is less than the minimum, or none was ever set, and what is on order of them"""
        with installation().reading() as connection:
            found = levels_supplied(connection, acting().clinic_id, now=present())
        return part_of(found, after=args["cursor"], limit=args["limit"], by="product_uid")
