"""Holds: what must not be used in this clinic, and lifting that."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.holding import HoldReleasedSchema, HoldSchema, ReleaseFields
from stockroom.api.things import override_of
from stockroom.http.fields import QueryFlag
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.release_hold import HoldReleased, ReleaseHold, release_hold
from stockroom.queries.holds import HoldRow, holds
from stockroom.queries.paging import Page, part_of

blp = ResourceBlueprint("holds", __name__, description="What must not be used, and why")


class HoldsArgs(PageArgs):
    with_released = QueryFlag(load_default=False, metadata={"description": "those that were lifted too"})


@blp.route("")
class Holds(MethodView):
    @blp.arguments(HoldsArgs, location="query")
    @blp.response(200, page_schema(HoldSchema, "HoldPage"))
    def get(self, args: dict[str, Any]) -> Page[HoldRow]:
        """The holds that count in this clinic, recalls included, the newest first"""
        with installation().reading() as connection:
            found = holds(connection, acting().clinic_id, with_released=args["with_released"])
        return part_of(found, after=args["cursor"], limit=args["limit"])


@blp.route("/<uid>/release")
class HoldRelease(MethodView):
    @blp.arguments(ReleaseFields)
    @blp.response(200, HoldReleasedSchema)
    def post(self, body: dict[str, Any], uid: str) -> HoldReleased:
        """Lift a hold"""
        command = ReleaseHold(hold_uid=uid, note=body["note"], override=override_of(body["override"]))
        released: HoldReleased = act(release_hold, command)
        return released
