"""Trade items: which product is sold under a code, and how many presentations a pack of that level holds."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.barcodes.gtin import normalise_gtin
from stockroom.errors import Unreadable
from stockroom.http.fields import Uid, WholeNumber, Words
from stockroom.reads.trade_items import TradeItemFacts, by_gtin, by_other_code
from stockroom.vocabulary import CodeScheme

blp = ResourceBlueprint("trade-items", __name__, description="Codes under which products are sold")


class TradeItemArgs(Schema):
    code = Words(
        required=True, most=100, metadata={"description": "a GTIN of 8 to 14 digits, or another code"}
    )


class TradeItemSchema(Schema):
    uid = Uid(required=True)
    scheme = fields.String(required=True, validate=validate.OneOf([each.value for each in CodeScheme]))
    item_code = fields.String(required=True)
    pack_level = fields.String(required=True)
    presentation_count = WholeNumber(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)


class TradeItemsSchema(Schema):
    items = fields.List(fields.Nested(TradeItemSchema), required=True)


@blp.route("")
class TradeItems(MethodView):
    @blp.arguments(TradeItemArgs, location="query")
    @blp.response(200, TradeItemsSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """What is sold under a code; nothing when no product has it"""
        code = args["code"]
        with installation().reading() as connection:
            found = [*by_gtin(connection, _gtin(code)).values(), *by_other_code(connection, [code]).values()]
        return {"items": [_shown(each) for each in found]}


def _gtin(code: str) -> list[str]:
    """The 14 digits of a code that is a GTIN; none for any other code."""
    try:
        return [normalise_gtin(code)]
    except Unreadable:
        return []


def _shown(facts: TradeItemFacts) -> dict[str, Any]:
    return {
        "uid": facts.trade_item_uid,
        "scheme": facts.scheme.value,
        "item_code": facts.item_code,
        "pack_level": facts.pack_level,
        "presentation_count": facts.presentation_count,
        "product_uid": facts.product.product_uid,
        "product_name": facts.product.name,
    }
