"""Adverse reactions: what is known later is added, and nothing is lost."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, Instant, Uid, Words
from stockroom.operations.record_reaction import (
    NOTE_MAX,
    AmendReaction,
    ReactionRecorded,
    WhatIsKnown,
    amend_reaction,
)
from stockroom.vocabulary import ReactionOutcome, ReactionSeverity

blp = ResourceBlueprint("reactions", __name__, description="How patients reacted to sessions")


class ReactionFields(Schema):
    """A reaction as far as it is known."""

    effect = fields.String(
        required=True,
        validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,99}$"),
        metadata={"description": "a side effect of the reference data; `other` for what the note says"},
    )
    severity = Choice(ReactionSeverity, required=True)
    began_at = Instant(required=True)
    outcome = Choice(ReactionOutcome, required=True)
    note = Words(load_default="", most=NOTE_MAX, lines=True)


class ReactionAmendmentFields(ReactionFields):
    is_withdrawn = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class ReactionRecordedSchema(Schema):
    reaction_uid = Uid(required=True)
    session_uid = Uid(required=True)


class ReactionRowSchema(Schema):
    uid = Uid(required=True)
    effect = fields.String(required=True)
    effect_name = fields.String(required=True)
    severity = Choice(ReactionSeverity, required=True)
    outcome = Choice(ReactionOutcome, required=True)
    began_at = Instant(required=True)
    note = fields.String(required=True)
    is_note_closed = fields.Boolean(
        required=True,
        metadata={"description": "there is a note, and you see references until you state a purpose"},
    )
    is_withdrawn = fields.Boolean(required=True)
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True)


class ReactionSchema(Schema):
    session_uid = Uid(required=True)
    session_at = Instant(required=True)
    now = fields.Nested(ReactionRowSchema, required=True)
    before = fields.List(fields.Nested(ReactionRowSchema), required=True)


class ReactionsSchema(Schema):
    items = fields.List(fields.Nested(ReactionSchema), required=True)


@blp.route("/<uid>/amendments")
class ReactionAmendments(MethodView):
    @blp.arguments(ReactionAmendmentFields)
    @blp.response(201, ReactionRecordedSchema)
    def post(self, body: dict[str, Any], uid: str) -> ReactionRecorded:
        """Write down what is known now, all of it; what was known before stays"""
        is_withdrawn = body.pop("is_withdrawn")
        command = AmendReaction(reaction_uid=uid, known=WhatIsKnown(**body), is_withdrawn=is_withdrawn)
        recorded: ReactionRecorded = act(amend_reaction, command)
        return recorded
