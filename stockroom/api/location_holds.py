"""Holds of everything that lies at a place, or in an opened container."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.holding import HoldFields, HoldPlacedSchema
from stockroom.operations.place_hold import HoldPlaced, PlaceHold, place_hold

blp = ResourceBlueprint(
    "location-holds", __name__, description="What lies at a place and must not be used", under="locations"
)


@blp.route("/<uid>/holds")
class LocationHolds(MethodView):
    @blp.arguments(HoldFields)
    @blp.response(201, HoldPlacedSchema)
    def post(self, body: dict[str, Any], uid: str) -> HoldPlaced:
        """Stop what lies at a place now, or in an opened container; it stays stopped when it is moved"""
        placed: HoldPlaced = act(place_hold, PlaceHold(location_uid=uid, **body))
        return placed
