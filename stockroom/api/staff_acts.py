"""Staff acts: write-offs, corrections, overrides, count differences and bookings by hand, with their value."""

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
from stockroom.queries.staff_acts import staff_acts
from stockroom.queries.worth_cut import cut_at
from stockroom.rules.staff_acts import ActGroup, ActsBy, StaffActKind, grouped, total

blp = ResourceBlueprint("staff-acts", __name__, description="What somebody looks at twice, by person")


class StaffActsArgs(DaysArgs):
    by = Choice(ActsBy, load_default=ActsBy.PERSON)


class ActsOfKindSchema(Schema):
    kind = Choice(StaffActKind, required=True)
    count = WholeNumber(required=True)
    value = fields.Nested(ValueSchema, required=True)


class ActGroupSchema(Schema):
    name = fields.String(required=True)
    key = fields.String(required=True, metadata={"description": "uid of the person or product, or the day"})
    kinds = fields.List(fields.Nested(ActsOfKindSchema), required=True)


class StaffActsSchema(Schema):
    through_entry = WholeNumber(
        required=True, metadata={"description": "of the clinic's journal: what the books knew"}
    )
    groups = fields.List(fields.Nested(ActGroupSchema), required=True)
    total = fields.Nested(ActGroupSchema, required=True)


@blp.route("")
class StaffActs(MethodView):
    @blp.arguments(StaffActsArgs, location="query")
    @blp.response(200, StaffActsSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """How often and at what value, by person, product or day"""
        clinic_id, now, span = acting().clinic_id, present(), span_of(args)
        with installation().reading() as connection:
            cut = cut_at(connection, clinic_id, day=civil_date(now, zone_here()), now=now)
            acts = staff_acts(connection, cut, clinic_id, since=span.since, until=span.until)
        return {
            "through_entry": cut.seq,
            "groups": [_shown(group) for group in grouped(acts, args["by"])],
            "total": _shown(total(acts)),
        }


def _shown(group: ActGroup) -> dict[str, Any]:
    return {
        "name": group.name,
        "key": group.key,
        "kinds": [
            {"kind": kind, "count": its.count, "value": value_shown(its.value)}
            for kind, its in group.kinds.items()
        ],
    }
