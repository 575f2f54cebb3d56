"""How are the versions of a product's rule answered, side by side?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from marshmallow import Schema, fields

from stockroom.api.product_schemas import ContentSchema, RuleSchema, rule_shown
from stockroom.http.fields import Instant, WholeNumber
from stockroom.queries.product_versions import RuleVersion


class RuleVersionSchema(Schema):
    """One version of a product's rule; what was opened under it keeps it."""

    rule = fields.Nested(RuleSchema, required=True)
    ingredients = fields.List(fields.Nested(ContentSchema), required=True)
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True, allow_none=True)
    reason = fields.String(required=True)
    superseded_at = Instant(required=True, allow_none=True, metadata={"description": "null: in force"})
    confirmed_by = fields.String(required=True, allow_none=True)
    opened_count = WholeNumber(required=True, metadata={"description": "containers here opened under it"})
    open_count = WholeNumber(required=True, metadata={"description": "those of them that are open now"})


class RuleVersionsSchema(Schema):
    items = fields.List(fields.Nested(RuleVersionSchema), required=True)


def versions_shown(versions: Iterable[RuleVersion], base_unit: str) -> dict[str, Any]:
    """Give the versions of a rule as they are answered, the newest first."""
    said = [asdict(each) for each in versions]
    return {"items": [{**each, "rule": rule_shown(each["rule"], base_unit)} for each in said]}
