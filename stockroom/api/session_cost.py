"""What a session cost: what the patient got, and what was thrown away because of it."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.worth_schemas import ValueSchema, value_shown
from stockroom.clock import civil_date
from stockroom.http.fields import Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.queries.worth_cut import cut_at
from stockroom.queries.worth_session import SessionPart, session_cost
from stockroom.reads.clinics import clinic_settings

blp = ResourceBlueprint(
    "session-cost", __name__, description="What sessions cost, by what deliveries cost", under="sessions"
)


class SessionPartSchema(Schema):
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    is_thrown_away = fields.Boolean(required=True)
    quantity = StockQuantity(required=True)
    value = fields.Nested(ValueSchema, required=True)


class SessionCostSchema(Schema):
    session_uid = Uid(required=True)
    through_entry = WholeNumber(required=True)
    used = fields.Nested(ValueSchema, required=True)
    thrown_away = fields.Nested(ValueSchema, required=True)
    total = fields.Nested(ValueSchema, required=True)
    parts = fields.List(fields.Nested(SessionPartSchema), required=True)


@blp.route("/<uid>/cost")
class SessionCost(MethodView):
    @blp.response(200, SessionCostSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """What a session cost, as the books know it now"""
        clinic_id, now = acting().clinic_id, present()
        with installation().reading() as connection:
            zone = clinic_settings(connection, clinic_id).time_zone
            cut = cut_at(connection, clinic_id, day=civil_date(now, zone), now=now)
            found = session_cost(connection, cut, clinic_id, session_uid=uid)
        return {
            "session_uid": found.session_uid,
            "through_entry": cut.seq,
            "used": value_shown(found.used),
            "thrown_away": value_shown(found.thrown_away),
            "total": value_shown(found.total),
            "parts": [_part(each) for each in found.parts],
        }


def _part(part: SessionPart) -> dict[str, Any]:
    said = {each.name: getattr(part, each.name) for each in fields_of(part)}
    return {**said, "value": value_shown(part.value)}
