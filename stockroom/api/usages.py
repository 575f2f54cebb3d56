"""Usages: what was used on patients in this clinic."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.using import AreaPartSchema
from stockroom.http.fields import Choice, Instant, Uid, WholeNumber
from stockroom.http.paging import LinePageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.queries.paging import Page
from stockroom.queries.usages import UsageRow, usages
from stockroom.vocabulary import IdentifiedBy

blp = ResourceBlueprint("usages", __name__, description="What was used on patients, by session")


class UsageSchema(Schema):
    movement_uid = Uid(required=True)
    n = WholeNumber(required=True)
    session_uid = Uid(required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    is_late = fields.Boolean(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    quantity = StockQuantity(required=True)
    areas = fields.List(fields.Nested(AreaPartSchema), required=True)
    technique = fields.String(required=True, allow_none=True)
    depth_um = WholeNumber(required=True, allow_none=True)
    indication = fields.String(required=True, allow_none=True)
    practitioner_uid = Uid(required=True, allow_none=True)
    practitioner = fields.String(required=True, allow_none=True)
    prescriber_uid = Uid(required=True, allow_none=True)
    prescriber = fields.String(required=True, allow_none=True)
    identified_by = Choice(IdentifiedBy, required=True)
    serial = fields.String(required=True, allow_none=True)
    stands = fields.Boolean(required=True, metadata={"description": "false when it was taken back"})


class UsagesArgs(LinePageArgs):
    session_uid = Uid(load_default=None)
    lot_uid = Uid(load_default=None)


@blp.route("")
class Usages(MethodView):
    @blp.arguments(UsagesArgs, location="query")
    @blp.response(200, page_schema(UsageSchema, "UsagePage"))
    def get(self, args: dict[str, Any]) -> Page[UsageRow]:
        """What was used, the newest first; of one session or lot where named"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            return usages(connection, acting().clinic_id, after=after, **args)
