"""What the bench missed: lots that somebody should count."""

from __future__ import annotations

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Instant, Uid
from stockroom.http.quantities import StockQuantity
from stockroom.queries.count_suggestions import CountSuggestion, count_suggestions

blp = ResourceBlueprint(
    "count-suggestions", __name__, description="Lots of which the bench said that they are not there"
)


class CountSuggestionSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    place = fields.String(required=True)
    quantity = StockQuantity(required=True, metadata={"description": "what the books say lies there"})
    answer = fields.String(required=True, metadata={"description": "not_there or damaged"})
    answered_at = Instant(required=True)
    answered_by = fields.String(required=True)


class CountSuggestionsSchema(Schema):
    items = fields.List(fields.Nested(CountSuggestionSchema), required=True)


@blp.route("")
class CountSuggestions(MethodView):
    @blp.response(200, CountSuggestionsSchema)
    def get(self) -> dict[str, tuple[CountSuggestion, ...]]:
        """What was missed at the bench and nobody has counted since, newest first"""
        with installation().reading() as connection:
            return {"items": count_suggestions(connection, acting().clinic_id)}
