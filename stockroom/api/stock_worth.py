"""Stock as of a past day: what there was, and what it was worth by what its deliveries cost."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.worth_schemas import ValueSchema, WorthTotalSchema, value_shown
from stockroom.clock import civil_date
from stockroom.http.fields import CivilDate, Instant, QueryNumber, Uid, WholeNumber
from stockroom.http.paging import FlatPageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.queries.paging import Page, part_of
from stockroom.queries.worth_as_of import LotWorth, list_digest, stock_worth
from stockroom.queries.worth_cut import Cut, cut_at
from stockroom.reads.clinics import clinic_settings
from stockroom.rules.worth_totals import Total, total, totals

blp = ResourceBlueprint(
    "stock-worth", __name__, description="What lay in stock at the end of a day, and what it was worth"
)


class AsOfArgs(Schema):
    day = CivilDate(
        load_default=None, metadata={"description": "a civil day of the clinic; today if not said"}
    )
    through_entry = QueryNumber(
        least=1,
        load_default=None,
        metadata={
            "description": "read the books through this entry of the clinic's journal, with what was written down "
            "after that day; if not said, as they stood when the day was over"
        },
    )


class AsOfPageArgs(FlatPageArgs, AsOfArgs):
    """Which day, and which part of its lots."""


class StockWorthSchema(Schema):
    day = CivilDate(required=True)
    through_entry = WholeNumber(required=True)
    recorded_at = Instant(
        required=True, allow_none=True, metadata={"description": "when that entry was written"}
    )
    is_as_it_stood = fields.Boolean(
        required=True,
        metadata={"description": "false where what was written down after that day is in it"},
    )
    digest = fields.String(
        required=True,
        metadata={"description": "SHA-256 by which two copies of the list are known to be the same"},
    )
    total = fields.Nested(WorthTotalSchema, required=True)
    groups = fields.List(fields.Nested(WorthTotalSchema), required=True)


class LotWorthSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    is_cocktail = fields.Boolean(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    group = fields.String(required=True, allow_none=True)
    sealed_quantity = StockQuantity(required=True)
    opened_quantity = StockQuantity(required=True)
    on_the_way_quantity = StockQuantity(
        required=True, metadata={"description": "sent to another clinic, and not arrived there"}
    )
    value = fields.Nested(ValueSchema, required=True)


@blp.route("")
class StockWorth(MethodView):
    @blp.arguments(AsOfArgs, location="query")
    @blp.response(200, StockWorthSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """What all stock of a day was worth, in all and by product group"""
        cut, rows = _read(args)
        groups = totals(rows, name=lambda row: row.group or "", value=lambda row: row.value)
        return {
            "day": cut.day,
            "through_entry": cut.seq,
            "recorded_at": cut.recorded_at,
            "is_as_it_stood": cut.is_as_it_stood,
            "digest": list_digest(cut, rows),
            "total": _shown(total(rows, value=lambda row: row.value)),
            "groups": [_shown(each) for each in groups],
        }


@blp.route("/lots")
class LotsWorth(MethodView):
    @blp.arguments(AsOfPageArgs, location="query")
    @blp.response(200, page_schema(LotWorthSchema, "LotWorthPage"))
    def get(self, args: dict[str, Any]) -> Page[dict[str, Any]]:
        """What each lot of a day was worth, by group and product"""
        _, rows = _read(args)
        part = part_of(rows, after=args["cursor"], limit=args["limit"], by="lot_uid")
        return Page(items=tuple(map(_lot, part.items)), next_cursor=part.next_cursor)


def _read(args: dict[str, Any]) -> tuple[Cut, tuple[LotWorth, ...]]:
    clinic_id, now = acting().clinic_id, present()
    with installation().reading() as connection:
        zone = clinic_settings(connection, clinic_id).time_zone
        day = args["day"] or civil_date(now, zone)
        cut = cut_at(connection, clinic_id, day=day, now=now, through_seq=args["through_entry"])
        return cut, stock_worth(connection, cut, clinic_ids=[clinic_id])


def _shown(each: Total) -> dict[str, Any]:
    return {
        "name": each.name,
        "lot_count": each.row_count,
        "value": value_shown(each.value),
        "unknown_count": each.unknown_count,
    }


def _lot(row: LotWorth) -> dict[str, Any]:
    said = {each.name: getattr(row, each.name) for each in fields_of(row)}
    return {**said, "value": value_shown(row.value)}
