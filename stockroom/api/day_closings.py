"""Day closings: which days are closed, and closing one; the books have closings of their own."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import CivilDate, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.close_day import (
    ALTHOUGH_LONGEST,
    THINGS_MAX,
    CloseDay,
    DayClosed,
    LeftOver,
    close_day,
)
from stockroom.queries.day_closing import DayClosingRow, day_closings
from stockroom.queries.paging import Page

blp = ResourceBlueprint("day-closings", __name__, description="Days that were closed; not the books")


class LeftOverFields(Schema):
    lot_uid = Uid(required=True)
    location_uid = Uid(required=True, metadata={"description": "the opened container itself, or the place"})


class DayClosingFields(Schema):
    day = CivilDate(required=True)
    thrown_away = fields.List(
        fields.Nested(LeftOverFields), load_default=list, validate=validate.Length(max=THINGS_MAX)
    )
    although = Words(
        load_default="",
        most=ALTHOUGH_LONGEST,
        lines=True,
        metadata={"description": "why something stays open or unfinished"},
    )


class DayClosedSchema(Schema):
    closing_uid = Uid(required=True)
    day = CivilDate(required=True)
    thrown_away_count = WholeNumber(required=True)
    left_open_count = WholeNumber(required=True)
    unfinished_count = WholeNumber(required=True)
    movement_uid = Uid(required=True, allow_none=True)


class DayClosingSchema(Schema):
    uid = Uid(required=True)
    day = CivilDate(required=True)
    closed_at = Instant(required=True)
    closed_by = fields.String(required=True)
    thrown_away_count = WholeNumber(required=True)
    left_open_count = WholeNumber(required=True)
    unfinished_count = WholeNumber(required=True)
    although = fields.String(required=True)
    movement_uid = Uid(required=True, allow_none=True)


@blp.route("")
class DayClosings(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(DayClosingSchema, "DayClosingPage"))
    def get(self, args: dict[str, Any]) -> Page[DayClosingRow]:
        """The closed days of this clinic, the newest first"""
        with installation().reading() as connection:
            return day_closings(connection, acting().clinic_id, after=args["cursor"], limit=args["limit"])

    @blp.arguments(DayClosingFields)
    @blp.response(201, DayClosedSchema)
    def post(self, body: dict[str, Any]) -> DayClosed:
        """Close a day, throwing away in one movement what does not keep"""
        command = CloseDay(
            day=body["day"],
            thrown_away=tuple(LeftOver(**each) for each in body["thrown_away"]),
            although=body["although"],
        )
        closed: DayClosed = act(close_day, command)
        return closed
