"""Stocktakes: what was found, lot by lot, and what that changed in the books."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import (
    SecondPersonFields,
    in_base_units,
    second_person_of,
    units_of_lots,
    with_units,
)
from stockroom.http.fields import Choice, Instant, Quantity, Uid, WholeNumber
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.ledger.stocktakes import CountBooked
from stockroom.operations.count import LINES_MAX, Count, CountedLine, count
from stockroom.queries.paging import Page
from stockroom.queries.stocktakes import StocktakeRow, stocktake, stocktakes
from stockroom.vocabulary import CountReason

blp = ResourceBlueprint("stocktakes", __name__, description="What was found when somebody counted")


class CountedLineFields(Schema):
    """What was found of one lot at one place, an opened container included."""

    lot_uid = Uid(required=True)
    location_uid = Uid(required=True)
    counted_at = Instant(required=True)
    found_quantity = Quantity(required=True, metadata={"description": "zero when nothing was there"})
    reason = Choice(CountReason, load_default=None, metadata={"description": "asked for when it differs"})


class StocktakeFields(Schema):
    lines = fields.List(
        fields.Nested(CountedLineFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )
    second_person = fields.Nested(
        SecondPersonFields,
        load_default=None,
        metadata={"description": "where the differences are more than the clinic tolerates"},
    )


class DifferenceSchema(Schema):
    lot_uid = Uid(required=True)
    location_uid = Uid(required=True)
    book_quantity = StockQuantity(required=True)
    found_quantity = StockQuantity(required=True)


class CountBookedSchema(Schema):
    stocktake_uid = Uid(required=True)
    movement_uid = Uid(required=True, allow_none=True, metadata={"description": "null when nothing differed"})
    differences = fields.List(fields.Nested(DifferenceSchema), required=True)
    lost_allocation_uids = fields.List(Uid(), required=True)


class StocktakeSchema(Schema):
    uid = Uid(required=True)
    counted_by_uid = Uid(required=True)
    counted_by = fields.String(required=True)
    recorded_at = Instant(required=True)
    movement_uid = Uid(required=True, allow_none=True)
    second_person = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "who confirmed it too, where one was asked for"},
    )


class StocktakeLineSchema(Schema):
    n = WholeNumber(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    counted_at = Instant(required=True)
    counted_by = fields.String(required=True)
    counted_quantity = StockQuantity(required=True)
    book_quantity = StockQuantity(required=True)
    reason = Choice(CountReason, required=True, allow_none=True)


class StocktakeShownSchema(StocktakeSchema):
    lines = fields.List(fields.Nested(StocktakeLineSchema), required=True)


@blp.route("")
class Stocktakes(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(StocktakeSchema, "StocktakePage"))
    def get(self, args: dict[str, Any]) -> Page[StocktakeRow]:
        """The stocktakes of this clinic, the newest first"""
        with installation().reading() as connection:
            return stocktakes(connection, acting().clinic_id, after=args["cursor"], limit=args["limit"])

    @blp.arguments(StocktakeFields)
    @blp.response(201, CountBookedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Book what was found, against what the books said at the moment of counting"""
        units = units_of_lots(line["lot_uid"] for line in body["lines"])
        lines = tuple(
            CountedLine(**{**line, "found_quantity": found})
            for line in body["lines"]
            for found in [in_base_units(line["found_quantity"], units.get(line["lot_uid"]), may_be_zero=True)]
        )
        second = second_person_of(body["second_person"])
        booked: CountBooked = act(count, Count(lines=lines, **second))
        return {
            "stocktake_uid": booked.stocktake_uid,
            "movement_uid": booked.movement_uid,
            "differences": with_units(booked.differences),
            "lost_allocation_uids": booked.lost_allocation_uids,
        }


@blp.route("/<uid>")
class Stocktake(MethodView):
    @blp.response(200, StocktakeShownSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """One stocktake with its lines"""
        with installation().reading() as connection:
            found = stocktake(connection, acting().clinic_id, uid=uid)
        return {**asdict(found.stocktake), "lines": found.lines}
