"""Another software's agenda: sessions known again by their number there, a course by its own, a patient by hers."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.matching import faults_by_field, judged
from stockroom.http.fields import Flag, Instant, Uid, WholeNumber, Words
from stockroom.operations.match_sessions import MatchSessions, SessionsMatched, match_sessions
from stockroom.queries.sessions import sessions_by_reference
from stockroom.queries.table_imports import Judged
from stockroom.reads.clinics import clinic_settings
from stockroom.rules.planning import REFERENCE_LONGEST
from stockroom.tables.visit_lines import VisitLine
from stockroom.tables.words import TableKind

MATCHED_MAX = 500
_FIELDS = {
    "reference": "external_reference",
    "patient": "patient_reference",
    "day": "planned_at",
    "time": "planned_at",
    "room": "room_uid",
    "practitioner": "practitioner_uid",
    "course": "course_reference",
    "protocol": "protocol_uid",
    "why sooner": "interval_reason",
    "cancelled": "is_cancelled",
}
"""What a column of the table is called in a body."""
blp = ResourceBlueprint(
    "session-matches", __name__, description="The agenda of another software", under="sessions"
)


class SessionMatchFields(Schema):
    """One session as the other software has it."""

    external_reference = Words(
        required=True, most=REFERENCE_LONGEST, metadata={"description": "its number there, never a name"}
    )
    patient_uid = Uid(load_default=None)
    patient_reference = Words(
        most=REFERENCE_LONGEST, load_default=None, metadata={"description": "the patient's number there"}
    )
    planned_at = Instant(required=True)
    room_uid = Uid(load_default=None, metadata={"description": "left out: as it is"})
    practitioner_uid = Uid(load_default=None, metadata={"description": "left out: as it is"})
    course_reference = Words(
        most=REFERENCE_LONGEST, load_default="", metadata={"description": "a new one begins with it"}
    )
    protocol_uid = Uid(load_default=None, metadata={"description": "what a new session takes"})
    interval_reason = Words(most=500, load_default="")
    is_cancelled = Flag(load_default=False)

    @validates_schema
    def _one_patient(self, said: dict[str, Any], **_: Any) -> None:
        if (said.get("patient_uid") is None) == (said.get("patient_reference") is None):
            raise ValidationError("Name the patient by uid or by reference.", "patient_uid")


class SessionMatchesFields(Schema):
    sessions = fields.List(
        fields.Nested(SessionMatchFields),
        required=True,
        validate=validate.Length(min=1, max=MATCHED_MAX),
    )
    dry_run = Flag(
        load_default=False,
        metadata={"description": "only say what it would do, or every fault; nothing is written"},
    )


class MatchedSessionSchema(Schema):
    external_reference = fields.String(required=True)
    session_uid = Uid(required=True)
    version = WholeNumber(required=True)


class SessionsMatchedSchema(Schema):
    added = WholeNumber(required=True)
    changed = WholeNumber(required=True)
    unchanged = WholeNumber(required=True)
    dry_run = fields.Boolean(required=True)
    sessions = fields.List(fields.Nested(MatchedSessionSchema), required=True)


@blp.route("/matches")
class SessionMatches(MethodView):
    @blp.arguments(SessionMatchesFields)
    @blp.response(200, SessionsMatchedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Bring planned sessions to what another software says: all of them or none, and twice as good as once

        A refusal lists every fault: the `line` is the session's place in the list, from 1, the `column` its field.
        """
        with installation().reading() as connection:
            zone = clinic_settings(connection, acting().clinic_id).time_zone
        lines = tuple(_line(n, said, zone) for n, said in enumerate(body["sessions"], start=1))
        with faults_by_field(_FIELDS):
            done: SessionsMatched | Judged = (
                judged(TableKind.SESSIONS, lines)
                if body["dry_run"]
                else act(match_sessions, MatchSessions(lines=lines))
            )
        with installation().reading() as connection:
            found = sessions_by_reference(
                connection, acting().clinic_id, references=[line.reference for line in lines]
            )
        return {
            "added": done.added,
            "changed": done.changed,
            "unchanged": done.unchanged,
            "dry_run": body["dry_run"],
            "sessions": [
                {
                    "external_reference": each.external_reference,
                    "session_uid": each.uid,
                    "version": each.version,
                }
                for each in found
            ],
        }


def _line(n: int, said: dict[str, Any], zone: str) -> VisitLine:
    planned_at: datetime = said["planned_at"]
    here = planned_at.astimezone(ZoneInfo(zone))
    return VisitLine(
        line=n,
        reference=said["external_reference"],
        patient=said["patient_uid"] or said["patient_reference"],
        on=here.date(),
        at=f"{here:%H:%M}",
        room=said["room_uid"] or "",
        practitioner=said["practitioner_uid"] or "",
        course=said["course_reference"],
        protocol=said["protocol_uid"] or "",
        reason=said["interval_reason"],
        is_cancelled=said["is_cancelled"],
        instant=planned_at,
    )
