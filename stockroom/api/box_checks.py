"""Box checks: looks at the emergency box."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import CivilDate, Flag, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.check_emergency_box import (
    NOTE_LONGEST,
    SEAL_LONGEST,
    CheckEmergencyBox,
    EmergencyBoxChecked,
    check_emergency_box,
)
from stockroom.queries.box_checks import BoxCheckRow, box_checks
from stockroom.queries.paging import Page

blp = ResourceBlueprint("box-checks", __name__, description="Looks at the emergency box")


class BoxCheckFields(Schema):
    location_uid = Uid(required=True)
    is_complete = Flag(required=True)
    is_sealed = Flag(required=True)
    seal = Words(load_default="", most=SEAL_LONGEST, metadata={"description": "the number of the seal"})
    note = Words(load_default="", most=NOTE_LONGEST)


class BoxCheckedSchema(Schema):
    check_uid = Uid(required=True)
    missing_count = WholeNumber(required=True, metadata={"description": "by the books"})
    earliest_expires_on = CivilDate(required=True, allow_none=True)


class BoxCheckSchema(Schema):
    uid = Uid(required=True)
    location_uid = Uid(required=True)
    place = fields.String(required=True)
    checked_at = Instant(required=True)
    checked_by = fields.String(required=True)
    is_sealed = fields.Boolean(required=True)
    seal = fields.String(required=True)
    is_complete = fields.Boolean(required=True)
    missing_count = WholeNumber(required=True)
    earliest_expires_on = CivilDate(required=True, allow_none=True)
    note = fields.String(required=True)


@blp.route("")
class BoxChecks(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(BoxCheckSchema, "BoxCheckPage"))
    def get(self, args: dict[str, Any]) -> Page[BoxCheckRow]:
        """The looks at this clinic's emergency boxes, the newest first"""
        with installation().reading() as connection:
            return box_checks(connection, acting().clinic_id, after=args["cursor"], limit=args["limit"])

    @blp.arguments(BoxCheckFields)
    @blp.response(201, BoxCheckedSchema)
    def post(self, body: dict[str, Any]) -> EmergencyBoxChecked:
        """Write down a look at an emergency box"""
        checked: EmergencyBoxChecked = act(check_emergency_box, CheckEmergencyBox(**body))
        return checked
