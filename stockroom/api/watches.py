"""Watches: what is asked of a place each day."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.errors import ThingNotFound
from stockroom.http.celsius import Celsius
from stockroom.http.fields import Flag, Uid
from stockroom.ledger.temperatures import kept_place
from stockroom.operations.watch_place import PlaceWatched, WatchPlace, watch_place
from stockroom.rules.temperatures import Limits

blp = ResourceBlueprint(
    "watches", __name__, description="What is asked of a place each day", under="locations"
)


class LimitsFields(Schema):
    """Within which it should be, both bounds included."""

    lowest = Celsius(required=True)
    highest = Celsius(required=True)


class WatchFields(Schema):
    is_read = Flag(required=True, metadata={"description": "its thermometer is read"})
    limits = fields.Nested(
        LimitsFields,
        required=True,
        allow_none=True,
        metadata={"description": "null: those of its storage class"},
    )
    is_emergency_box = Flag(load_default=False)


class WatchSchema(Schema):
    is_read = fields.Boolean(required=True)
    limits = fields.Nested(
        LimitsFields, required=True, allow_none=True, metadata={"description": "null: not known"}
    )
    is_emergency_box = fields.Boolean(required=True)
    is_decided = fields.Boolean(required=True, metadata={"description": "false: as usual for such a place"})


class PlaceWatchedSchema(Schema):
    watch_uid = Uid(required=True)


@blp.route("/<uid>/watch")
class Watch(MethodView):
    @blp.response(200, WatchSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """What is asked of a place each day"""
        with installation().reading() as connection:
            place = kept_place(connection, acting().clinic_id, uid)
        if place is None:
            raise ThingNotFound(thing="place", uid=uid[:40])
        limits = place.watch.limits
        return {
            "is_read": place.watch.is_read,
            "limits": None
            if limits is None
            else {"lowest": limits.lowest_tenths, "highest": limits.highest_tenths},
            "is_emergency_box": place.watch.is_emergency_box,
            "is_decided": place.is_decided,
        }

    @blp.arguments(WatchFields)
    @blp.response(200, PlaceWatchedSchema)
    def put(self, body: dict[str, Any], uid: str) -> PlaceWatched:
        """Say what is asked of a place from now on; readings keep the limits by which they were judged"""
        said = body["limits"]
        limits = None
        if said is not None:
            limits = Limits(lowest_tenths=said["lowest"], highest_tenths=said["highest"])
        command = WatchPlace(
            location_uid=uid,
            is_read=body["is_read"],
            limits=limits,
            is_emergency_box=body["is_emergency_box"],
        )
        watched: PlaceWatched = act(watch_place, command)
        return watched
