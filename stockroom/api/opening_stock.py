"""Opening stock: what a clinic had on the day its books begin."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema

from stockroom.api.arriving import BookedSchema, arriving_lines, shown
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Words
from stockroom.operations.bring_forward import BringForward, bring_forward

blp = ResourceBlueprint(
    "opening-stock", __name__, description="What lay there before the books began, dated to their first day"
)


class OpeningStockFields(Schema):
    """Sealed whole presentations, as they were counted."""

    note = Words(most=100, load_default="", metadata={"description": "the list on which it was counted"})
    lines = arriving_lines()


@blp.route("")
class OpeningStock(MethodView):
    @blp.arguments(OpeningStockFields)
    @blp.response(201, BookedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Bring stock forward; it is listed among the receipts"""
        command = BringForward(lines=tuple(body["lines"]), note=body["note"])
        return shown(act(bring_forward, command))
