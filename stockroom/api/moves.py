"""Moves: goods that were put to another place of the same clinic."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import goods_lines, lots_in_base_units
from stockroom.http.fields import Choice, Instant, Uid, Words
from stockroom.operations.move_goods import GoodsMoved, MoveGoods, MoveLine, move_goods
from stockroom.vocabulary import Rule

blp = ResourceBlueprint("moves", __name__, description="Goods that were put to another place")


class MoveFields(Schema):
    """Whole presentations from shelves to one place; what is held, expired or recalled may be moved too."""

    to_uid = Uid(required=True)
    lines = goods_lines()
    reason = Words(most=2000, lines=True, load_default="")
    happened_at = Instant(
        load_default=None, metadata={"description": "when it really was, recorded late; now if left out"}
    )
    late_reason = Words(most=2000, lines=True, load_default="")


class GoodsMovedSchema(Schema):
    movement_uid = Uid(required=True)
    lost_allocation_uids = fields.List(
        Uid(), required=True, metadata={"description": "promises that ended: nothing may be used there"}
    )
    broken_rules = fields.List(
        Choice(Rule), required=True, metadata={"description": "recorded late; each waits for a second person"}
    )
    shortened = fields.List(
        Uid(),
        required=True,
        metadata={"description": "cocktails that left the fridge and keep for less long"},
    )


@blp.route("")
class Moves(MethodView):
    @blp.arguments(MoveFields)
    @blp.response(201, GoodsMovedSchema)
    def post(self, body: dict[str, Any]) -> GoodsMoved:
        """Move goods within the clinic"""
        lines = tuple(MoveLine(**line) for line in lots_in_base_units(body["lines"]))
        moved: GoodsMoved = act(move_goods, MoveGoods(**{**body, "lines": lines}))
        return moved
