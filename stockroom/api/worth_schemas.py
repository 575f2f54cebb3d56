"""How is a value shown in an answer?  Sums, each in its own currency, and whether they are all of it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from stockroom.http.fields import WholeNumber
from stockroom.rules.worth_layers import Value


class MoneySchema(Schema):
    currency = fields.String(required=True)
    minor = fields.Integer(required=True, metadata={"description": "in the currency's smallest coin"})


class ValueSchema(Schema):
    """Sums of money that are never added to each other."""

    sums = fields.List(fields.Nested(MoneySchema), required=True)
    is_whole = fields.Boolean(
        required=True, metadata={"description": "false where a part has a cost that nobody knows"}
    )


class WorthTotalSchema(Schema):
    name = fields.String(
        required=True, metadata={"description": "of the product group; empty for what is in none"}
    )
    lot_count = WholeNumber(required=True)
    value = fields.Nested(ValueSchema, required=True)
    unknown_count = WholeNumber(
        required=True, metadata={"description": "lots whose cost is not known, or not wholly"}
    )


def value_shown(value: Value) -> dict[str, Any]:
    """Give a value as an answer says it."""
    sums = [{"currency": currency, "minor": minor} for currency, minor in value.sums]
    return {"sums": sums, "is_whole": value.is_whole}
