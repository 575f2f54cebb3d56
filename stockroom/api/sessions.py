"""Sessions: visits that are planned, planned anew, go on, and are shown with what they need and what was used."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.access.opened import note_shown
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.needing import NeedFields, told_needs
from stockroom.api.using import AreaPartSchema
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.advance_session import (
    ANSWER_MAX,
    AdvanceSession,
    RatioAnswerOf,
    SessionAdvanced,
    advance_session,
)
from stockroom.operations.plan_session import (
    NEEDS_MAX,
    PlanSession,
    ReplanSession,
    SessionPlanned,
    plan_session,
    replan_session,
)
from stockroom.queries.paging import Page
from stockroom.queries.sessions import NeedRow, SessionRow, SessionShown, session, sessions
from stockroom.reads import counted_units
from stockroom.vocabulary import BaseUnit, RatioKind, SessionState

blp = ResourceBlueprint("sessions", __name__, description="Visits of patients, who are named by uid only")


class PlanFields(Schema):
    """One visit of one patient."""

    patient_uid = Uid(required=True)
    planned_at = Instant(required=True)
    practitioner_uid = Uid(load_default=None)
    room_uid = Uid(load_default=None)
    external_reference = Words(
        most=100,
        load_default="",
        metadata={"description": "the visit's number in the clinic's own software, never a name"},
    )
    needs = fields.List(fields.Nested(NeedFields), load_default=[], validate=validate.Length(max=NEEDS_MAX))
    interval_reason = Words(
        most=500,
        load_default="",
        metadata={"description": "why a session of a course comes sooner than its protocol says"},
    )
    past_is_meant = fields.Boolean(
        load_default=False,
        truthy={True},
        falsy={False},
        metadata={"description": "somebody saw that the day is past, and means it"},
    )


class SessionPlannedSchema(Schema):
    session_uid = Uid(required=True)
    short_code = fields.String(required=True)
    version = WholeNumber(required=True)


class SessionSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    short_code = fields.String(required=True)
    state = Choice(SessionState, required=True)
    patient_uid = Uid(required=True)
    planned_at = Instant(required=True)
    finished_at = Instant(required=True, allow_none=True)
    room_uid = Uid(required=True, allow_none=True)
    room = fields.String(required=True, allow_none=True)
    practitioner_uid = Uid(required=True, allow_none=True)
    practitioner = fields.String(required=True, allow_none=True)
    external_reference = fields.String(required=True)


class NeedSchema(Schema):
    uid = Uid(required=True)
    product_uid = Uid(required=True, allow_none=True)
    product_name = fields.String(required=True, allow_none=True)
    group_uid = Uid(required=True, allow_none=True)
    group_name = fields.String(required=True, allow_none=True)
    quantity = StockQuantity(
        required=True,
        allow_none=True,
        metadata={"description": "null when no product is in the group any more"},
    )


class PromiseSchema(Schema):
    uid = Uid(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    quantity = StockQuantity(required=True)
    made_at = Instant(required=True)


class SessionUseSchema(Schema):
    """A use that stands."""

    movement_uid = Uid(required=True)
    occurred_at = Instant(required=True)
    lot_uid = Uid(required=True, attribute="lot.uid")
    lot_number = fields.String(required=True, attribute="lot.number")
    product_uid = Uid(required=True, attribute="lot.product_uid")
    product_name = fields.String(required=True, attribute="lot.product_name")
    quantity = StockQuantity(required=True, unit_from="lot.base_unit")
    areas = fields.List(fields.Nested(AreaPartSchema), required=True)
    technique = fields.String(required=True, allow_none=True)
    indication = fields.String(required=True, allow_none=True)
    practitioner = fields.String(required=True, allow_none=True)
    prescriber = fields.String(required=True, allow_none=True)


class SessionShownSchema(Schema):
    session = fields.Nested(SessionSchema, required=True)
    needs = fields.List(fields.Nested(NeedSchema), required=True)
    promises = fields.List(fields.Nested(PromiseSchema), required=True)
    uses = fields.List(fields.Nested(SessionUseSchema), required=True)


class SessionsArgs(PageArgs):
    planned_from = Instant(load_default=None)
    planned_before = Instant(load_default=None)
    patient_uid = Uid(load_default=None)
    external_reference = fields.String(load_default=None, validate=validate.Length(min=1, max=100))


class RatioAnswerFields(Schema):
    """Why something is as unusual as it is."""

    kind = Choice(RatioKind, required=True)
    answer = Words(required=True, most=ANSWER_MAX)


class StateFields(Schema):
    state = Choice(
        SessionState,
        but=(SessionState.PLANNED,),
        instead="A session is planned by planning it.",
        required=True,
    )
    answers = fields.List(
        fields.Nested(RatioAnswerFields),
        load_default=[],
        validate=validate.Length(max=len(RatioKind)),
        metadata={"description": "why the number of needles or cartridges is unusual, when it is finished"},
    )


class SessionAdvancedSchema(Schema):
    session_uid = Uid(required=True)
    state = Choice(SessionState, required=True)
    version = WholeNumber(required=True)
    released = fields.List(Uid(), required=True, metadata={"description": "what was kept and is given back"})
    movement_uid = Uid(
        required=True,
        allow_none=True,
        metadata={"description": "the disposal of what was opened or made for this session alone"},
    )
    ended = fields.List(
        fields.String(), required=True, metadata={"description": "codes of vials that are closed now"}
    )


@blp.route("")
class Sessions(MethodView):
    @blp.arguments(SessionsArgs, location="query")
    @blp.response(200, page_schema(SessionSchema, "SessionPage"))
    def get(self, args: dict[str, Any]) -> Page[SessionRow]:
        """The sessions of this clinic in the order in which they were planned"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            page = sessions(connection, acting().clinic_id, after=after, **args)
        note_shown((each.patient_uid for each in page.items), page="sessions")
        return page

    @blp.arguments(PlanFields)
    @blp.response(201, SessionPlannedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any]) -> tuple[SessionPlanned, int, dict[str, str]]:
        """Plan a session with what it will need"""
        planned: SessionPlanned = act(plan_session, _plan(body))
        return planned, 201, {"ETag": etag_of(planned.version)}


@blp.route("/<uid>")
class Session(MethodView):
    @blp.response(200, SessionShownSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> tuple[dict[str, Any], int, dict[str, str]]:
        """One session with its needs, what is kept for it, and what was used"""
        with installation().reading() as connection:
            found = session(connection, acting().clinic_id, uid=uid)
            groups = counted_units.of_groups(
                connection, [need.group_uid for need in found.needs if need.group_uid]
            )
        note_shown([found.session.patient_uid], page="session")
        needs = [_need(need, groups) for need in found.needs]
        return _shown(found, needs), 200, {"ETag": etag_of(found.session.version)}

    @if_match()
    @blp.arguments(PlanFields)
    @blp.response(200, SessionPlannedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> tuple[SessionPlanned, int, dict[str, str]]:
        """Plan a session anew: what is left out is gone"""
        command = ReplanSession(session_uid=uid, version=asked_version(), plan=_plan(body))
        planned: SessionPlanned = act(replan_session, command)
        return planned, 200, {"ETag": etag_of(planned.version)}


@blp.route("/<uid>/state")
class State(MethodView):
    @blp.arguments(StateFields)
    @blp.response(200, SessionAdvancedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str) -> tuple[SessionAdvanced, int, dict[str, str]]:
        """Bring a session one step on; over, it gives back what was kept; finished, it throws remainders away"""
        answers = tuple(RatioAnswerOf(**each) for each in body["answers"])
        command = AdvanceSession(session_uid=uid, to=body["state"], answers=answers)
        advanced: SessionAdvanced = act(advance_session, command)
        return advanced, 200, {"ETag": etag_of(advanced.version)}


def _plan(body: dict[str, Any]) -> PlanSession:
    return PlanSession(**{**body, "needs": told_needs(body["needs"])})


def _need(need: NeedRow, groups: dict[str, BaseUnit]) -> dict[str, Any]:
    unit = need.base_unit or groups.get(need.group_uid or "")
    return {**asdict(need), "base_unit": unit, "quantity": need.quantity if unit else None}


def _shown(found: SessionShown, needs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "session": found.session,
        "needs": needs,
        "promises": found.promises,
        "uses": found.uses,
    }
