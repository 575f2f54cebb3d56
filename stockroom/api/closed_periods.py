"""Closed periods: up to when the books of this clinic are closed."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.close_period import ALTHOUGH_LONGEST, ClosePeriod, PeriodEnded, close_period
from stockroom.queries.closed_periods import ClosedPeriodRow, closed_periods
from stockroom.queries.paging import Page

blp = ResourceBlueprint("closed-periods", __name__, description="Books that are closed")


class PeriodEndedSchema(Schema):
    closed_period_uid = Uid(required=True)
    through_at = Instant(required=True)
    through_seq = WholeNumber(required=True, metadata={"description": "the last journal entry in it"})
    balances_digest = fields.String(required=True, metadata={"description": "SHA-256 of every balance"})


class ClosedPeriodSchema(Schema):
    uid = Uid(required=True)
    through_at = Instant(required=True)
    through_seq = WholeNumber(required=True)
    balances_digest = fields.String(required=True)
    closed_by = fields.String(required=True)
    although = fields.String(required=True, metadata={"description": "why, where something still stood open"})


class ClosingFields(Schema):
    although = Words(
        load_default="",
        most=ALTHOUGH_LONGEST,
        lines=True,
        metadata={"description": "why the books are closed although something still stands open"},
    )


@blp.route("")
class ClosedPeriods(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(ClosedPeriodSchema, "ClosedPeriodPage"))
    def get(self, args: dict[str, Any]) -> Page[ClosedPeriodRow]:
        """The closed periods of this clinic, the newest first"""
        with installation().reading() as connection:
            return closed_periods(connection, acting().clinic_id, after=args["cursor"], limit=args["limit"])

    @blp.arguments(ClosingFields)
    @blp.response(201, PeriodEndedSchema)
    def post(self, body: dict[str, Any]) -> PeriodEnded:
        """Close the books through now; for good"""
        ended: PeriodEnded = act(close_period, ClosePeriod(**body))
        return ended
