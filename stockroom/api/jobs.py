"""Jobs: what runs without anybody asking, and asking for a run now."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation, present
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, Instant, WholeNumber
from stockroom.notices import RunState
from stockroom.operations.ask_for_run import AskForRun, RunAsked, ask_for_run
from stockroom.queries.jobs import jobs
from stockroom.rules.timetable import PLANS

blp = ResourceBlueprint("jobs", __name__, description="What runs without anybody asking")
_NAME = {
    "in": "path",
    "name": "name",
    "required": True,
    "description": "which job",
    "schema": {"type": "string", "enum": [plan.name for plan in PLANS]},
}


class JobRunSchema(Schema):
    """One run; its notes name rows by their uids."""

    slot = Instant(required=True)
    as_of = Instant(required=True)
    state = Choice(RunState, required=True)
    is_by_hand = fields.Boolean(required=True)
    started_at = Instant(required=True, allow_none=True)
    finished_at = Instant(required=True, allow_none=True)
    done = WholeNumber(required=True)
    skipped = WholeNumber(required=True)
    failed = WholeNumber(required=True)
    notes = fields.List(fields.String(), required=True)


class JobSchema(Schema):
    name = fields.String(required=True)
    about = fields.String(required=True)
    when = fields.String(required=True)
    next_run_at = Instant(required=True)
    last_run_at = Instant(required=True, allow_none=True)
    is_late = fields.Boolean(required=True, metadata={"description": "by twice its interval"})
    last_run = fields.Nested(JobRunSchema, required=True, allow_none=True)
    unfinished = fields.Nested(JobRunSchema, required=True, allow_none=True)


class JobsSchema(Schema):
    items = fields.List(fields.Nested(JobSchema), required=True)


class RunAskedSchema(Schema):
    job = fields.String(required=True)
    slot = Instant(required=True)


@blp.route("")
class Jobs(MethodView):
    @blp.response(200, JobsSchema)
    def get(self) -> dict[str, Any]:
        """Every job with its schedule in UTC and what came of its last run"""
        with installation().reading() as connection:
            return {"items": jobs(connection, now=present())}


@blp.route("/<name>/runs", parameters=[_NAME])
class JobRuns(MethodView):
    @blp.response(202, RunAskedSchema)
    def post(self, name: str) -> RunAsked:
        """Ask for a run; the schedule takes it within half a minute"""
        asked: RunAsked = act(ask_for_run, AskForRun(job=name))
        return asked
