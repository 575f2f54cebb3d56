"""What a recall's issuer is answered: where every quantity of each lot is, and each reply as it was sent."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, Flag, Instant, Uid, WholeNumber, Words
from stockroom.operations.answer_recall import (
    NOTE_LONGEST,
    TEXT_LONGEST,
    AnswerRecall,
    RecallAnswered,
    ReplyLine,
    answer_recall,
    digest_of,
)
from stockroom.queries.recall_answers import replies
from stockroom.queries.recall_reach import Reach, reach_of_case
from stockroom.reads.recall_cases import any_case
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import BaseUnit, ReplyChannel

blp = ResourceBlueprint("recall-replies", __name__, description="Replies to recalls", under="recalls")


class SumsSchema(Schema):
    """In base units: received + corrected_in = all the others together."""

    received = WholeNumber(required=True)
    corrected_in = WholeNumber(required=True, metadata={"description": "brought forward, found at a count"})
    held = WholeNumber(required=True)
    in_transit = WholeNumber(required=True)
    used = WholeNumber(required=True)
    compounded = WholeNumber(required=True)
    returned = WholeNumber(required=True)
    destroyed = WholeNumber(required=True)
    corrected_out = WholeNumber(required=True, metadata={"description": "missing by counts"})
    unaccounted = WholeNumber(required=True, least=-QUANTITY_MAX)


class ReplyLineSchema(Schema):
    """A lot over all clinics; a number that no clinic ever had is all zeros."""

    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    base_unit = Choice(BaseUnit, required=True)
    lot_number = fields.String(required=True, attribute="number")
    sums = fields.Nested(SumsSchema, required=True)


class ReplyNowSchema(Schema):
    """What a reply says now, and by what it is known again when it is sent."""

    lines = fields.List(fields.Nested(ReplyLineSchema), required=True)
    is_complete = Flag(required=True)
    seen = fields.String(required=True)


class ReplySchema(Schema):
    """A reply as it was sent."""

    uid = Uid(required=True)
    number = WholeNumber(required=True)
    supplier = fields.String(required=True, allow_none=True)
    sent_to = fields.String(required=True)
    sent_how = Choice(ReplyChannel, required=True)
    sent_at = Instant(required=True)
    sent_by = fields.String(required=True)
    reference = fields.String(required=True)
    note = fields.String(required=True)
    recorded_at = Instant(required=True)
    lines = fields.List(fields.Nested(ReplyLineSchema), required=True)


class RepliesSchema(Schema):
    items = fields.List(fields.Nested(ReplySchema), required=True)


class ReplyFields(Schema):
    """That what `seen` stands for was sent."""

    seen = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    sent_to = Words(required=True, most=TEXT_LONGEST)
    sent_how = Choice(ReplyChannel, required=True)
    sent_at = Instant(required=True)
    supplier_uid = Uid(load_default=None, allow_none=True)
    reference = Words(load_default="", most=TEXT_LONGEST)
    note = Words(load_default="", most=NOTE_LONGEST, lines=True)


class AnsweredSchema(Schema):
    reply_uid = Uid(required=True)
    number = WholeNumber(required=True)


@blp.route("/<uid>/reply")
class RecallReplyNow(MethodView):
    @blp.response(200, ReplyNowSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """What a reply says now: none, held, used, returned, by lot, over all clinics"""
        reach = _reach(uid)
        return {
            "lines": reach.lots,
            "is_complete": reach.quantities.is_complete,
            "seen": digest_of(_lines(reach)),
        }


@blp.route("/<uid>/replies")
class RecallReplies(MethodView):
    @blp.response(200, RepliesSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """Every reply as it was sent, the newest first"""
        with installation().reading() as connection:
            return {"items": replies(connection, case_id=any_case(connection, uid).id)}

    @blp.arguments(ReplyFields)
    @blp.response(201, AnsweredSchema)
    def post(self, body: dict[str, Any], uid: str) -> RecallAnswered:
        """Keep a reply as it was sent; refused where the quantities have changed since `seen`"""
        command = AnswerRecall(case_uid=uid, lines=_lines(_reach(uid)), **body)
        answered: RecallAnswered = act(answer_recall, command)
        return answered


def _reach(uid: str) -> Reach:
    with installation().reading() as connection:
        return reach_of_case(connection, any_case(connection, uid).id)


def _lines(reach: Reach) -> tuple[ReplyLine, ...]:
    return tuple(
        ReplyLine(product_uid=lot.product_uid, lot_number=lot.number, sums=lot.sums) for lot in reach.lots
    )
