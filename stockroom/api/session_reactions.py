"""Adverse reactions to one session: written down, and read, once that was written down."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation
from stockroom.access.opened import note_shown, notes_keyring
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.reactions import ReactionFields, ReactionRecordedSchema, ReactionsSchema
from stockroom.operations.record_reaction import (
    ReactionRecorded,
    RecordReaction,
    WhatIsKnown,
    record_reaction,
)
from stockroom.queries.bench_session import visit_at_bench
from stockroom.queries.reactions import reactions_of_sessions

blp = ResourceBlueprint(
    "session-reactions", __name__, description="How a patient reacted to a session", under="sessions"
)


@blp.route("/<uid>/reactions")
class SessionReactions(MethodView):
    @blp.response(200, ReactionsSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """The reactions to one session, with what was known of each before"""
        actor, store = acting(), installation()
        with store.reading() as connection:
            visit = visit_at_bench(connection, actor.clinic_id, uid=uid)
        note_shown([visit.patient_uid], page="reactions")
        with store.reading() as connection:
            known = reactions_of_sessions(connection, notes_keyring(), actor.clinic_id, [visit.id])
        return {"items": known.get(visit.id, ())}

    @blp.arguments(ReactionFields)
    @blp.response(201, ReactionRecordedSchema)
    def post(self, body: dict[str, Any], uid: str) -> ReactionRecorded:
        """Write down how the patient reacted"""
        command = RecordReaction(session_uid=uid, known=WhatIsKnown(**body))
        recorded: ReactionRecorded = act(record_reaction, command)
        return recorded
