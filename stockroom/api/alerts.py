"""Alerts: what somebody must look at, and answering it."""

from __future__ import annotations

import json
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, CivilDate, Instant, QueryFlag, Uid, WholeNumber
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.notices import AlertKind, AlertState, Severity
from stockroom.operations.answer_alert import (
    AcknowledgeAlert,
    AlertAnswered,
    SnoozeAlert,
    acknowledge_alert,
    snooze_alert,
)
from stockroom.queries.alerts import AlertRow, AlertsAsked, alerts
from stockroom.rules.alerting import profile
from stockroom.vocabulary import BaseUnit

blp = ResourceBlueprint("alerts", __name__, description="What somebody must look at")


class WorthSchema(Schema):
    """A sum of money in the currency's minor unit."""

    minor = WholeNumber(required=True)
    currency = fields.String(required=True)


class AlertThingSchema(Schema):
    """What an alert is about, as it is now; what does not apply to its kind is null or empty."""

    name = fields.String(required=True)
    strength = fields.String(required=True)
    product_uid = Uid(required=True, allow_none=True)
    lot_uid = Uid(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    location_uid = Uid(required=True, allow_none=True)
    container_code = fields.String(required=True, allow_none=True)
    preparation_code = fields.String(required=True, allow_none=True)
    places = fields.List(fields.String(), required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    limit_at = Instant(required=True, allow_none=True)
    quantity = StockQuantity(required=True, allow_none=True)
    worth = fields.Nested(
        WorthSchema, required=True, allow_none=True, metadata={"description": "null: not known"}
    )


class AlertSchema(Schema):
    uid = Uid(required=True)
    kind = fields.String(required=True)
    title = fields.String(required=True)
    advice = fields.String(required=True, metadata={"description": "what to do"})
    severity = Choice(Severity, required=True)
    state = Choice(AlertState, required=True)
    subject_kind = fields.String(required=True)
    subject_uid = fields.String(required=True)
    period = fields.String(required=True)
    facts = fields.Raw(
        required=True, metadata={"description": "uids, codes and numbers as they were when it was raised"}
    )
    raised_at = Instant(required=True)
    resolved_at = Instant(required=True, allow_none=True)
    answered_at = Instant(required=True, allow_none=True)
    answered_by = fields.String(required=True, allow_none=True)
    snoozed_until = Instant(required=True, allow_none=True)
    thing = fields.Nested(AlertThingSchema, required=True, allow_none=True)


class AlertsArgs(PageArgs):
    kind = Choice(AlertKind, load_default=None)
    severity = Choice(Severity, load_default=None)
    subject_uid = Uid(load_default=None)
    waiting = QueryFlag(
        load_default=False,
        metadata={"description": "only what nobody has answered or what was put off till now"},
    )
    concerning_me = QueryFlag(load_default=False)
    with_resolved = QueryFlag(load_default=False)


class SnoozeFields(Schema):
    until = Instant(required=True, metadata={"description": "it counts as open again from then on"})


class AlertAnsweredSchema(Schema):
    alert_uid = Uid(required=True)
    state = Choice(AlertState, required=True)
    answered_at = Instant(required=True)
    snoozed_until = Instant(required=True, allow_none=True)


@blp.route("")
class Alerts(MethodView):
    @blp.arguments(AlertsArgs, location="query")
    @blp.response(200, page_schema(AlertSchema, "AlertPage"))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """The alerts of this clinic whose cause stands, the newest first"""
        asked = AlertsAsked(
            kinds=() if args["kind"] is None else (args["kind"].value,),
            severity=args["severity"],
            subject_uid=args["subject_uid"],
            waiting_only=args["waiting"],
            roles=acting().roles if args["concerning_me"] else None,
            with_resolved=args["with_resolved"],
        )
        with installation().reading() as connection:
            page = alerts(
                connection,
                acting().clinic_id,
                now=present(),
                asked=asked,
                after=args["cursor"],
                limit=args["limit"],
            )
        return {"items": [_shown(row) for row in page.items], "next_cursor": page.next_cursor}


@blp.route("/<uid>/acknowledgement")
class Acknowledgement(MethodView):
    @blp.response(201, AlertAnsweredSchema)
    def post(self, uid: str) -> AlertAnswered:
        """Say that it is being seen to"""
        answered: AlertAnswered = act(acknowledge_alert, AcknowledgeAlert(alert_uid=uid))
        return answered


@blp.route("/<uid>/snooze")
class Snooze(MethodView):
    @blp.arguments(SnoozeFields)
    @blp.response(201, AlertAnsweredSchema)
    def post(self, body: dict[str, Any], uid: str) -> AlertAnswered:
        """Put an alert off"""
        answered: AlertAnswered = act(snooze_alert, SnoozeAlert(alert_uid=uid, until=body["until"]))
        return answered


def _shown(row: AlertRow) -> dict[str, Any]:
    told = profile(row.kind)
    said = {name: getattr(row, name) for name in AlertRow.__dataclass_fields__}
    thing = row.thing
    if thing is not None:
        unit = BaseUnit(thing.base_unit) if thing.quantity is not None and thing.base_unit else None
        fields_of = {name: getattr(thing, name) for name in type(thing).__dataclass_fields__}
        said["thing"] = {**fields_of, "base_unit": unit}
    return {**said, "title": told.title, "advice": told.advice, "facts": json.loads(row.facts)}
