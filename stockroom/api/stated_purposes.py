"""Stated purposes: what patients' names were opened for to somebody who audits."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, Instant, Uid, WholeNumber
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.state_purpose import (
    LASTS_HOURS_MAX,
    REFERENCE_LONGEST,
    PurposeStated,
    StatePurpose,
    state_purpose,
)
from stockroom.queries.paging import Page
from stockroom.queries.stated_purposes import PurposeRow, stated_purposes
from stockroom.vocabulary import AuditPurpose

blp = ResourceBlueprint("stated-purposes", __name__, description="What names were opened for")


class PurposeFields(Schema):
    """Why names are needed, the number of the case, and for how many hours."""

    purpose = Choice(AuditPurpose, required=True)
    reference = fields.String(
        required=True,
        validate=validate.Length(min=1, max=REFERENCE_LONGEST),
        metadata={"description": "no name of a patient"},
    )
    lasts_hours = WholeNumber(load_default=8, least=1, most=LASTS_HOURS_MAX)


class PurposeStatedSchema(Schema):
    stated_uid = Uid(required=True)
    until_at = Instant(required=True)


class PurposeSchema(Schema):
    uid = Uid(required=True)
    person_uid = Uid(required=True)
    person = fields.String(required=True)
    purpose = Choice(AuditPurpose, required=True)
    reference = fields.String(required=True)
    stated_at = Instant(required=True)
    until_at = Instant(required=True)


@blp.route("")
class StatedPurposes(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(PurposeSchema, "StatedPurposePage"))
    def get(self, args: dict[str, Any]) -> Page[PurposeRow]:
        """What was stated in this clinic, the newest first"""
        with installation().reading() as connection:
            return stated_purposes(connection, acting().clinic_id, after=args["cursor"], limit=args["limit"])

    @blp.arguments(PurposeFields)
    @blp.response(201, PurposeStatedSchema)
    def post(self, body: dict[str, Any]) -> PurposeStated:
        """Open patients' names to an auditor for some hours, and write down what for"""
        stated: PurposeStated = act(state_purpose, StatePurpose(**body))
        return stated
