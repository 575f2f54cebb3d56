"""Courses: a patient's series of sessions, planned from a protocol or freely, moved and ended.  Patients by uid only."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.access.opened import note_shown
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.needing import NeedFields, told_needs
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, Flag, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.move_course import (
    CourseMoved,
    CourseOver,
    EndCourse,
    MoveInCourse,
    end_course,
    move_in_course,
)
from stockroom.operations.plan_course import (
    AddToCourse,
    CoursePlanned,
    PlanCourse,
    add_to_course,
    plan_course,
)
from stockroom.queries.availability import outlook
from stockroom.queries.courses import CourseRow, course, courses
from stockroom.queries.paging import Page
from stockroom.rules.courses import SESSIONS_MAX
from stockroom.rules.planning import NEEDS_MAX, REFERENCE_LONGEST
from stockroom.vocabulary import CourseState, SessionState

blp = ResourceBlueprint("courses", __name__, description="Series of sessions; patients are named by uid only")
Tagged = tuple[Any, int, dict[str, str]]
_REASON = {"description": "why it comes sooner after another than its protocol says"}


class _WhereFields(Schema):
    practitioner_uid = Uid(load_default=None, allow_none=True)
    room_uid = Uid(load_default=None, allow_none=True)
    needs = fields.List(
        fields.Nested(NeedFields),
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=NEEDS_MAX),
        metadata={"description": "of each session; null takes the protocol's"},
    )
    interval_reason = Words(most=500, load_default="", metadata=_REASON)
    past_is_meant = Flag(load_default=False)


class CourseFields(_WhereFields):
    """A series of sessions of one patient."""

    patient_uid = Uid(required=True)
    planned_at = fields.List(
        Instant(),
        load_default=[],
        validate=validate.Length(max=SESSIONS_MAX),
        metadata={"description": "when its sessions are; none where they are sent one by one"},
    )
    protocol_uid = Uid(load_default=None, allow_none=True, metadata={"description": "null plans freely"})
    name = Words(load_default="", metadata={"description": "empty: the protocol's"})
    external_reference = Words(
        most=REFERENCE_LONGEST,
        load_default="",
        metadata={"description": "the course's number in the clinic's own software, never a name"},
    )


class CourseSessionFields(_WhereFields):
    """A further session of a course."""

    planned_at = Instant(required=True)
    is_maintenance = Flag(load_default=False)


class CourseMoveFields(Schema):
    """A session of a course at another time."""

    session_uid = Uid(required=True)
    planned_at = Instant(required=True)
    following = Flag(
        load_default=False,
        metadata={"description": "all planned sessions after it move by as many days, each at its own time"},
    )
    interval_reason = Words(most=500, load_default="", metadata=_REASON)


class CoursePlannedSchema(Schema):
    course_uid = Uid(required=True)
    session_uids = fields.List(Uid(), required=True)
    version = WholeNumber(required=True)


class CourseMovedSchema(CoursePlannedSchema):
    released = fields.List(Uid(), required=True, metadata={"description": "what was kept and is given back"})


class CourseOverSchema(Schema):
    course_uid = Uid(required=True)
    version = WholeNumber(required=True)
    cancelled = fields.List(Uid(), required=True)
    released = fields.List(Uid(), required=True)


class CourseSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    name = fields.String(required=True)
    state = Choice(CourseState, required=True)
    external_reference = fields.String(required=True)
    patient_uid = Uid(required=True)
    protocol_uid = Uid(required=True, allow_none=True)
    protocol_number = WholeNumber(required=True, allow_none=True)
    session_count = WholeNumber(required=True, metadata={"description": "those that did not fall out"})
    done_count = WholeNumber(required=True)
    next_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)


class CourseNeedSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    product_uid = Uid(required=True, allow_none=True)
    group_uid = Uid(required=True, allow_none=True)
    quantity = StockQuantity(required=True)
    missing = StockQuantity(required=True, metadata={"description": "not used yet"})
    is_short = fields.Boolean(
        required=True, metadata={"description": "what lies in the clinic cannot serve it on that day"}
    )


class SessionOfCourseSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    short_code = fields.String(required=True)
    state = Choice(SessionState, required=True)
    planned_at = Instant(required=True)
    is_maintenance = fields.Boolean(required=True)
    external_reference = fields.String(required=True)
    room_uid = Uid(required=True, allow_none=True)
    practitioner_uid = Uid(required=True, allow_none=True)
    needs = fields.List(fields.Nested(CourseNeedSchema), required=True)


class IntervalAnswerSchema(Schema):
    session_uid = Uid(required=True)
    days = WholeNumber(required=True)
    least_days = WholeNumber(required=True)
    reason = fields.String(required=True)
    answered_at = Instant(required=True)
    answered_by = fields.String(required=True)


class CourseShownSchema(Schema):
    course = fields.Nested(CourseSchema, required=True)
    sessions = fields.List(fields.Nested(SessionOfCourseSchema), required=True)
    answers = fields.List(fields.Nested(IntervalAnswerSchema), required=True)


class CoursesArgs(PageArgs):
    patient_uid = Uid(load_default=None)
    state = Choice(CourseState, load_default=None)
    external_reference = fields.String(
        load_default=None, validate=validate.Length(min=1, max=REFERENCE_LONGEST)
    )


@blp.route("")
class Courses(MethodView):
    @blp.arguments(CoursesArgs, location="query")
    @blp.response(200, page_schema(CourseSchema, "CoursePage"))
    def get(self, args: dict[str, Any]) -> Page[CourseRow]:
        """The courses of this clinic in the order in which they were planned"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            page = courses(connection, acting().clinic_id, after=after, **args)
        note_shown((each.patient_uid for each in page.items), page="courses")
        return page

    @blp.arguments(CourseFields)
    @blp.response(201, CoursePlannedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any]) -> Tagged:
        """Plan a course with its sessions"""
        planned_at = tuple(body.pop("planned_at"))
        planned: CoursePlanned = act(plan_course, PlanCourse(planned=planned_at, **_with_needs(body)))
        return planned, 201, {"ETag": etag_of(planned.version)}


@blp.route("/<uid>")
class Course(MethodView):
    @blp.response(200, CourseShownSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> Tagged:
        """One course with its sessions, what they need, and which of it is short"""
        clinic_id = acting().clinic_id
        with installation().reading() as connection:
            shown = course(connection, clinic_id, uid=uid)
            coming = outlook(connection, clinic_id, now=present())
        note_shown([shown.course.patient_uid], page="course")
        short = {each.need_uid for lacking in coming.short_sessions.values() for each in lacking}
        said = {
            "course": shown.course,
            "answers": shown.answers,
            "sessions": [
                {
                    **{name: getattr(each, name) for name in _SESSION},
                    "needs": [
                        {**{name: getattr(need, name) for name in _NEED}, "is_short": need.uid in short}
                        for need in each.needs
                    ],
                }
                for each in shown.sessions
            ],
        }
        return said, 200, {"ETag": etag_of(shown.course.version)}


_SESSION = [name for name in SessionOfCourseSchema._declared_fields if name != "needs"]
_NEED = ("uid", "name", "product_uid", "group_uid", "quantity", "missing", "base_unit")


@blp.route("/<uid>/sessions")
class CourseSessions(MethodView):
    @if_match()
    @blp.arguments(CourseSessionFields)
    @blp.response(201, CoursePlannedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str) -> Tagged:
        """Plan one more session of a course"""
        command = AddToCourse(course_uid=uid, version=asked_version(), **_with_needs(body))
        planned: CoursePlanned = act(add_to_course, command)
        return planned, 201, {"ETag": etag_of(planned.version)}


@blp.route("/<uid>/moves")
class CourseMoves(MethodView):
    @if_match()
    @blp.arguments(CourseMoveFields)
    @blp.response(200, CourseMovedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str) -> Tagged:
        """Move a session of a course, alone or with all that follow"""
        command = MoveInCourse(course_uid=uid, version=asked_version(), **body)
        moved: CourseMoved = act(move_in_course, command)
        return moved, 200, {"ETag": etag_of(moved.version)}


@blp.route("/<uid>/ending")
class CourseEnding(MethodView):
    @if_match()
    @blp.response(200, CourseOverSchema, headers=ETAG_HEADERS)
    def post(self, uid: str) -> Tagged:
        """End a course: what is still planned of it is cancelled"""
        over: CourseOver = act(end_course, EndCourse(course_uid=uid, version=asked_version()))
        return over, 200, {"ETag": etag_of(over.version)}


def _with_needs(body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "needs": None if body["needs"] is None else told_needs(body["needs"])}
