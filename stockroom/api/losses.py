"""Losses: what was thrown away or went missing in a time, and what it cost."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present, zone_here
from stockroom.api.asked_days import DaysArgs, span_of
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.worth_schemas import ValueSchema, value_shown
from stockroom.clock import civil_date
from stockroom.http.fields import Choice, WholeNumber
from stockroom.queries.worth_cut import cut_at
from stockroom.queries.worth_losses import lost_lines
from stockroom.rules.worth_losses import GROUPS, LossesBy, LossGroup, by_group, total_of

blp = ResourceBlueprint("losses", __name__, description="What was thrown away or went missing")


class LossesArgs(DaysArgs):
    by = Choice(LossesBy, load_default=LossesBy.MONTH)


class LossGroupSchema(Schema):
    name = fields.String(required=True, metadata={"description": "such as 2026-03, or broken"})
    count = WholeNumber(required=True, metadata={"description": "lines by which something was lost"})
    lost = fields.Nested(ValueSchema, required=True)
    found_count = WholeNumber(required=True)
    found = fields.Nested(ValueSchema, required=True, metadata={"description": "what counts found again"})
    net = fields.Nested(ValueSchema, required=True)
    unknown_count = WholeNumber(required=True)


class LossesSchema(Schema):
    through_entry = WholeNumber(
        required=True, metadata={"description": "of the clinic's journal: what the books knew"}
    )
    groups = fields.List(fields.Nested(LossGroupSchema), required=True)
    total = fields.Nested(LossGroupSchema, required=True)


@blp.route("")
class Losses(MethodView):
    @blp.arguments(LossesArgs, location="query")
    @blp.response(200, LossesSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """What was lost from one day through another, by month, reason, product or person"""
        clinic_id, now = acting().clinic_id, present()
        span = span_of(args)
        with installation().reading() as connection:
            cut = cut_at(connection, clinic_id, day=civil_date(now, zone_here()), now=now)
            lines = lost_lines(connection, cut, clinic_id, since=span.since, until=span.until)
        told = [line.loss for line in lines]
        return {
            "through_entry": cut.seq,
            "groups": [_shown(each) for each in by_group(told, GROUPS[args["by"]])],
            "total": _shown(total_of(told)),
        }


def _shown(group: LossGroup) -> dict[str, Any]:
    return {
        "name": group.name,
        "count": group.count,
        "lost": value_shown(group.lost),
        "found_count": group.found_count,
        "found": value_shown(group.found),
        "net": value_shown(group.net),
        "unknown_count": group.unknown_count,
    }
