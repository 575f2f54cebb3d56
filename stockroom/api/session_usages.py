"""Usages of one session: asked for at the bench, or recorded after they happened."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.passing_over import passing_over
from stockroom.api.things import OverrideFields, overfill_reason, override_of
from stockroom.api.using import lines_of, use_lines
from stockroom.http.fields import Choice, Instant, Uid, WholeNumber, Words
from stockroom.http.quantities import StockQuantity
from stockroom.operations.record_use import RecordUse, UseRecorded, record_use
from stockroom.operations.use import Use, Used, use
from stockroom.vocabulary import Rule

blp = ResourceBlueprint(
    "session-usages",
    __name__,
    description="What a patient gets: asking is judged and may be refused, recording what has happened is not",
    under="sessions",
)


class UseFields(Schema):
    """What a patient gets in one act, such as a needle and a cocktail."""

    lines = use_lines()
    override = fields.Nested(OverrideFields, load_default=None)
    overfill_reason = overfill_reason()
    passing_over = passing_over()


class LateUseFields(Schema):
    """What a patient got, when, and why it is written down only now."""

    lines = use_lines()
    occurred_at = Instant(required=True)
    reason = Words(required=True, most=2000, lines=True)
    overfill_reason = overfill_reason()


class UsedThingSchema(Schema):
    line = WholeNumber(required=True, metadata={"description": "of the request, from 0"})
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product = fields.String(required=True)
    container_code = fields.String(required=True, allow_none=True)
    quantity = StockQuantity(required=True)
    remainder = StockQuantity(required=True, metadata={"description": "left of a single dose, thrown away"})
    overfill = StockQuantity(required=True, metadata={"description": "in the vial beyond its label"})


class UsedSchema(Schema):
    movement_uid = Uid(required=True)
    session_uid = Uid(required=True)
    used = fields.List(fields.Nested(UsedThingSchema), required=True)
    overridden = fields.List(
        Choice(Rule), required=True, metadata={"description": "rules; each is a deviation to be signed"}
    )
    answered_before = fields.List(
        Choice(Rule), required=True, metadata={"description": "cautions answered earlier in the session"}
    )


class UseRecordedSchema(Schema):
    movement_uid = Uid(required=True)
    session_uid = Uid(required=True)
    deviations = fields.List(Uid(), required=True, metadata={"description": "for a second person to sign"})
    rules = fields.List(Choice(Rule), required=True)


@blp.route("/<uid>/usages")
class SessionUsages(MethodView):
    @blp.arguments(UseFields)
    @blp.response(201, UsedSchema)
    def post(self, body: dict[str, Any], uid: str) -> dict[str, Any]:
        """Use something on a patient now: judged, and refused when a rule says so"""
        command = Use(
            session_uid=uid,
            lines=lines_of(body),
            override=override_of(body["override"]),
            passing_over=tuple(body["passing_over"]),
            overfill_reason=body["overfill_reason"],
        )
        used: Used = act(use, command)
        return {
            "movement_uid": used.movement_uid,
            "session_uid": used.session_uid,
            "used": used.used,
            "overridden": used.overridden,
            "answered_before": used.answered_before,
        }


@blp.route("/<uid>/late-usages")
class LateUsages(MethodView):
    @blp.arguments(LateUseFields)
    @blp.response(201, UseRecordedSchema)
    def post(self, body: dict[str, Any], uid: str) -> UseRecorded:
        """Record a use that has already happened: never refused for a rule, which becomes a deviation"""
        command = RecordUse(
            session_uid=uid,
            lines=lines_of(body),
            occurred_at=body["occurred_at"],
            reason=body["reason"],
            overfill_reason=body["overfill_reason"],
        )
        recorded: UseRecorded = act(record_use, command)
        return recorded
