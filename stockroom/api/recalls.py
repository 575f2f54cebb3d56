"""Recalls: a manufacturer's lot, or a whole product, that nobody may use in any clinic."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.holding import HoldReleasedSchema, HoldSchema, ReleaseFields
from stockroom.http.fields import QueryFlag, Uid, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.recall_lot import RecallLot, RecallPlaced, recall_lot
from stockroom.operations.release_hold import HoldReleased, ReleaseRecall, release_recall
from stockroom.queries.holds import HoldRow, holds
from stockroom.queries.paging import Page, part_of
from stockroom.vocabulary import HoldReason

blp = ResourceBlueprint("recalls", __name__, description="What is recalled, in every clinic")


class RecallFields(Schema):
    """What is recalled, as the notice says."""

    product_uid = Uid(required=True)
    lot_number = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=100),
        metadata={"description": "as printed; all of the product if left out"},
    )
    note = Words(required=True, most=2000, lines=True)


class RecallPlacedSchema(Schema):
    hold_uid = Uid(required=True)
    lot_uids = fields.List(Uid(), required=True)
    prepared_lot_uids = fields.List(Uid(), required=True)
    lost_allocation_uids = fields.List(Uid(), required=True)


class RecallsArgs(PageArgs):
    with_released = QueryFlag(load_default=False, metadata={"description": "those that ended too"})


@blp.route("")
class Recalls(MethodView):
    @blp.arguments(RecallsArgs, location="query")
    @blp.response(200, page_schema(HoldSchema, "RecallPage"))
    def get(self, args: dict[str, Any]) -> Page[HoldRow]:
        """What is recalled, the newest first"""
        with installation().reading() as connection:
            found = holds(connection, acting().clinic_id, with_released=args["with_released"])
        recalls = [hold for hold in found if hold.is_everywhere and hold.reason == HoldReason.RECALL]
        return part_of(recalls, after=args["cursor"], limit=args["limit"])

    @blp.arguments(RecallFields)
    @blp.response(201, RecallPlacedSchema)
    def post(self, body: dict[str, Any]) -> RecallPlaced:
        """Recall a lot or a product in every clinic at once"""
        placed: RecallPlaced = act(recall_lot, RecallLot(**body))
        return placed


@blp.route("/<uid>/release")
class RecallRelease(MethodView):
    @blp.arguments(ReleaseFields)
    @blp.response(200, HoldReleasedSchema)
    def post(self, body: dict[str, Any], uid: str) -> HoldReleased:
        """End a recall in every clinic"""
        released: HoldReleased = act(release_recall, ReleaseRecall(hold_uid=uid, note=body["note"]))
        return released
