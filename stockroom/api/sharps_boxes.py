"""Sharps boxes: opened in a room, closed at three quarters or by their date, and collected."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, CivilDate, Instant, Uid, Words
from stockroom.operations.keep_sharps_box import (
    NOTE_MAX,
    CloseSharpsBox,
    CollectSharpsBox,
    OpenSharpsBox,
    SharpsBoxKept,
    close_sharps_box,
    collect_sharps_box,
    open_sharps_box,
)
from stockroom.queries.sharps_boxes import sharps_boxes, sharps_boxes_gone
from stockroom.vocabulary import SharpsReason, WasteStream

blp = ResourceBlueprint(
    "sharps-boxes", __name__, description="Where sharps go, until when, and who took them"
)


class SharpsBoxOpeningFields(Schema):
    room_uid = Uid(required=True)
    waste_stream = Choice(WasteStream, required=True)


class SharpsBoxClosingFields(Schema):
    reason = Choice(SharpsReason, required=True)


class SharpsBoxCollectionFields(Schema):
    note = Words(required=True, most=NOTE_MAX, metadata={"description": "consignment note, and who took it"})


class SharpsBoxKeptSchema(Schema):
    box_uid = Uid(required=True)
    short_code = fields.String(required=True)
    close_by_on = CivilDate(required=True)


class SharpsBoxSchema(Schema):
    uid = Uid(required=True)
    short_code = fields.String(required=True)
    room_uid = Uid(required=True)
    waste_stream = Choice(WasteStream, required=True)
    opened_at = Instant(required=True)
    opened_by = fields.String(required=True)
    close_by_on = CivilDate(required=True)
    closed_at = Instant(required=True, allow_none=True)
    closed_by = fields.String(required=True, allow_none=True)
    close_reason = Choice(SharpsReason, required=True, allow_none=True)
    collected_at = Instant(required=True, allow_none=True)
    collected_by = fields.String(required=True, allow_none=True)
    collection_note = fields.String(required=True)


class SharpsBoxesSchema(Schema):
    items = fields.List(fields.Nested(SharpsBoxSchema), required=True)


@blp.route("")
class SharpsBoxes(MethodView):
    @blp.response(200, SharpsBoxesSchema)
    def get(self) -> dict[str, Any]:
        """The boxes that stand here, those to be closed first, then the latest that were collected"""
        with installation().reading() as connection:
            clinic_id = acting().clinic_id
            return {
                "items": [*sharps_boxes(connection, clinic_id), *sharps_boxes_gone(connection, clinic_id)]
            }

    @blp.arguments(SharpsBoxOpeningFields)
    @blp.response(201, SharpsBoxKeptSchema)
    def post(self, body: dict[str, Any]) -> SharpsBoxKept:
        """Open a box in a room"""
        opened: SharpsBoxKept = act(open_sharps_box, OpenSharpsBox(**body))
        return opened


@blp.route("/<uid>/closing")
class SharpsBoxClosing(MethodView):
    @blp.arguments(SharpsBoxClosingFields)
    @blp.response(201, SharpsBoxKeptSchema)
    def post(self, body: dict[str, Any], uid: str) -> SharpsBoxKept:
        """Close a box for good"""
        closed: SharpsBoxKept = act(close_sharps_box, CloseSharpsBox(box_uid=uid, **body))
        return closed


@blp.route("/<uid>/collection")
class SharpsBoxCollection(MethodView):
    @blp.arguments(SharpsBoxCollectionFields)
    @blp.response(201, SharpsBoxKeptSchema)
    def post(self, body: dict[str, Any], uid: str) -> SharpsBoxKept:
        """Say that a closed box was handed over"""
        gone: SharpsBoxKept = act(collect_sharps_box, CollectSharpsBox(box_uid=uid, **body))
        return gone
