"""What planned sessions take of a product by day, and what is left of it then; nothing is kept by it."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import CivilDate, Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.queries.booked_products import booked_of
from stockroom.queries.catalogue import product

blp = ResourceBlueprint(
    "booked-products", __name__, description="What planned sessions take of products", under="products"
)


class BookedDaySchema(Schema):
    on = CivilDate(required=True)
    sessions = WholeNumber(required=True)
    needed = StockQuantity(required=True)
    left = StockQuantity(
        required=True,
        metadata={"description": "usable at the last session of the day, and not needed until then"},
    )
    short = StockQuantity(required=True)


class ProductBookedSchema(Schema):
    product_uid = Uid(required=True)
    short_on = CivilDate(required=True, allow_none=True)
    days = fields.List(fields.Nested(BookedDaySchema), required=True)


@blp.route("/<uid>/availability")
class ProductAvailability(MethodView):
    @blp.response(200, ProductBookedSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """What planned sessions take of a product on each day, and what is left of it then"""
        with installation().reading() as connection:
            row = product(connection, uid=uid)
            booked = booked_of(connection, acting().clinic_id, product_uid=uid, now=present())
        days = [
            {
                "on": each.on, "sessions": each.sessions, "needed": each.needed, "left": each.left,
                "short": each.short, "base_unit": row.base_unit,
            }
            for each in booked.days
        ]  # fmt: skip
        return {"product_uid": row.uid, "short_on": booked.short_on, "days": days}
