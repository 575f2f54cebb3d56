"""What a flag of a patient means in this clinic, and what is planned that it speaks against."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present
from stockroom.access.opened import note_shown
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, Instant, Uid, Words
from stockroom.operations.decide_suitability import (
    SOURCE_MAX,
    DecideSuitability,
    SuitabilityDecided,
    decide_suitability,
)
from stockroom.queries.suitability import suitability_rules
from stockroom.queries.unsuitable import unsuitable_to_come
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.meant import PartKind
from stockroom.vocabulary import Effect, Fit, SessionState, SubjectKind

blp = ResourceBlueprint("suitability-rules", __name__, description="What a flag of a patient means here")


class SuitabilityRuleSchema(Schema):
    flag = fields.String(required=True, metadata={"description": "the slug of a contraindication"})
    flag_name = fields.String(required=True)
    subject_kind = Choice(SubjectKind, required=True)
    subject = fields.String(required=True)
    subject_name = fields.String(required=True)
    effect = Choice(Effect, required=True, metadata={"description": "what counts in this clinic"})
    by_reference = Choice(Effect, required=True, allow_none=True)
    sources = fields.List(fields.String(), required=True)
    note = fields.String(required=True)
    is_own = fields.Boolean(required=True)
    updated_at = Instant(required=True, allow_none=True)
    updated_by = fields.String(required=True, allow_none=True)


class SuitabilityRulesSchema(Schema):
    items = fields.List(fields.Nested(SuitabilityRuleSchema), required=True)


class SuitabilityFields(Schema):
    """What a flag does to something from now on; no effect: as the reference data say."""

    flag = Words(required=True, most=100)
    subject_kind = Choice(SubjectKind, required=True)
    subject = Words(required=True, most=100)
    effect = Choice(Effect, load_default=None, allow_none=True)
    source = Words(most=SOURCE_MAX, load_default="")


class SuitabilityDecidedSchema(Schema):
    flag = fields.String(required=True)
    subject_kind = Choice(SubjectKind, required=True)
    subject = fields.String(required=True)
    effect = Choice(Effect, required=True)


class UnsuitablePartSchema(Schema):
    kind = Choice(PartKind, required=True)
    uid = Uid(required=True)
    name = fields.String(required=True)
    detail = fields.String(required=True)
    fit = Choice(Fit, required=True)
    because = fields.List(fields.String(), required=True)


class UnsuitableSessionSchema(Schema):
    uid = Uid(required=True)
    short_code = fields.String(required=True)
    state = Choice(SessionState, required=True)
    planned_at = Instant(required=True)
    patient_uid = Uid(required=True)
    fit = Choice(Fit, required=True)
    parts = fields.List(fields.Nested(UnsuitablePartSchema), required=True)


class UnsuitableSessionsSchema(Schema):
    items = fields.List(fields.Nested(UnsuitableSessionSchema), required=True)


@blp.route("")
class SuitabilityRules(MethodView):
    @blp.response(200, SuitabilityRulesSchema)
    def get(self) -> dict[str, Any]:
        """Every rule of the clinic, flag by flag, with its source"""
        with installation().reading() as connection:
            return {"items": suitability_rules(connection, acting().clinic_id)}

    @blp.arguments(SuitabilityFields)
    @blp.response(200, SuitabilityDecidedSchema)
    def post(self, body: dict[str, Any]) -> SuitabilityDecided:
        """Decide what a flag means in the clinic, or follow the reference data again"""
        decided: SuitabilityDecided = act(decide_suitability, DecideSuitability(**body))
        return decided


@blp.route("/unsuitable-sessions")
class UnsuitableSessions(MethodView):
    @blp.response(200, UnsuitableSessionsSchema)
    def get(self) -> dict[str, Any]:
        """Sessions from today on that an allergy or a flag speaks against, with what does not suit"""
        actor = acting()
        with installation().reading() as connection:
            zone = clinic_settings(connection, actor.clinic_id).time_zone
            found = unsuitable_to_come(connection, actor.clinic_id, now=present(), zone=zone)
        note_shown([each.patient_uid for each in found], page="unsuitable")
        return {"items": found}
