"""Returns to a supplier: goods that go back, whatever their state."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import goods_lines, lots_in_base_units
from stockroom.http.fields import Uid, Words
from stockroom.operations.return_to_supplier import (
    GoodsReturned,
    ReturnLine,
    ReturnToSupplier,
    return_to_supplier,
)

blp = ResourceBlueprint("returns-to-supplier", __name__, description="Goods that went back to a supplier")


class ReturnFields(Schema):
    """Whole presentations from any place, or opened containers with all that is in them."""

    supplier_uid = Uid(required=True)
    reference = Words(
        required=True, most=100, metadata={"description": "the supplier's number of the return"}
    )
    reason = Words(required=True, most=2000, lines=True)
    lines = goods_lines()


class GoodsReturnedSchema(Schema):
    movement_uid = Uid(required=True)


@blp.route("")
class ReturnsToSupplier(MethodView):
    @blp.arguments(ReturnFields)
    @blp.response(201, GoodsReturnedSchema)
    def post(self, body: dict[str, Any]) -> GoodsReturned:
        """Send goods back to a supplier"""
        lines = tuple(ReturnLine(**line) for line in lots_in_base_units(body["lines"]))
        returned: GoodsReturned = act(return_to_supplier, ReturnToSupplier(**{**body, "lines": lines}))
        return returned
