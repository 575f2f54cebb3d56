"""What is to be done before a session, and what of it was."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present, zone_here
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.clock import civil_date
from stockroom.http.fields import Instant, Words
from stockroom.operations.tick_instruction import TickInstructions, tick_instructions
from stockroom.queries.bench_session import visit_at_bench
from stockroom.queries.instructions import instructions_before

blp = ResourceBlueprint(
    "session-instructions", __name__, description="What is done before a session", under="sessions"
)


class TickFields(Schema):
    """Which were followed, and which were not after all; the others stay as they are."""

    done = fields.List(Words(most=100), load_default=[], validate=validate.Length(max=100))
    not_done = fields.List(Words(most=100), load_default=[], validate=validate.Length(max=100))


class InstructionSchema(Schema):
    slug = fields.String(required=True)
    name = fields.String(required=True)
    instruction = fields.String(required=True)
    audience = fields.String(required=True, metadata={"description": "staff or patient"})
    sources = fields.List(fields.String(), required=True)
    is_done = fields.Boolean(required=True)
    by = fields.String(required=True, allow_none=True)
    at = Instant(required=True, allow_none=True)


class InstructionsSchema(Schema):
    items = fields.List(fields.Nested(InstructionSchema), required=True)


@blp.route("/<uid>/instructions")
class SessionInstructions(MethodView):
    @blp.response(200, InstructionsSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """The instructions for before a session, with who saw to which"""
        return _shown(uid)

    @blp.arguments(TickFields)
    @blp.response(200, InstructionsSchema)
    def post(self, body: dict[str, Any], uid: str) -> dict[str, Any]:
        """Tick what was done, or was not after all"""
        said = {name: tuple(slugs) for name, slugs in body.items()}
        act(tick_instructions, TickInstructions(session_uid=uid, **said))
        return _shown(uid)


def _shown(uid: str) -> dict[str, Any]:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        visit = visit_at_bench(connection, clinic_id, uid=uid)
        today = civil_date(present(), zone_here())
        return {"items": instructions_before(connection, clinic_id, session_uid=visit.uid, today=today)}
