"""How is a patient's course planned on screen: from a protocol, day by day, before anything is written?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    FieldList,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    StringField,
)
from wtforms.fields import TimeField
from wtforms.validators import InputRequired, Length, NumberRange, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.plan_course import NAME_LONGEST, CoursePlanned, PlanCourse, plan_course
from stockroom.queries.protocols import ListedProtocol, ProtocolVersionRow, protocol, protocols_by_name
from stockroom.queries.reference import words_of
from stockroom.queries.session_plans import Choice, Needable, last_plan, needables, practitioners, rooms
from stockroom.rules.courses import SESSIONS_MAX, STEP_MAX, Step, instants, series
from stockroom.rules.planning import NEEDS_MAX
from stockroom.vocabulary import SpanUnit
from stockroom.web.course_words import UNIT_WORDS, show_sessions, show_spacing, show_where
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.goods_here import typed_with_unit
from stockroom.web.need_rows import NeedFields, typed_needs
from stockroom.web.patients_named import whole_patient
from stockroom.web.session_view import UID

blp = Blueprint("course_form_page", __name__, url_prefix="/c/<clinic_uid>/courses")
FIRST_VISIT = "first_visit"
ROWS_AT_LEAST = 3
USUAL_COUNT = 4
USUAL_TIME = time(10)
_ = lazy_gettext
_EMPTY = Choice(uid="", name="–")


class CourseForm(KeyedForm):
    """Everything that is said of a course before it is planned."""

    patient_uid = HiddenField(validators=[Regexp(UID)])
    everywhere = BooleanField(_("This patient comes here for the first time"))
    protocol_uid = SelectField(_("Protocol"), default="")
    name = StringField(_("What the course is for"), validators=[Length(max=NAME_LONGEST)])
    first_on = DateField(_("First session"), validators=[InputRequired()])
    at = TimeField(_("Time"), validators=[InputRequired()])
    count = IntegerField(_("Sessions"), validators=[InputRequired(), NumberRange(min=1, max=SESSIONS_MAX)])
    step_count = IntegerField(_("Apart"), validators=[InputRequired(), NumberRange(min=1, max=STEP_MAX)])
    step_unit = SelectField(
        _("Counted in"), choices=[(unit.value, UNIT_WORDS[unit]) for unit in SpanUnit], default="weeks"
    )
    room_uid = SelectField(_("Room"), default="")
    practitioner_uid = SelectField(_("Practitioner"), default="")
    needs = FieldList(FormField(NeedFields), max_entries=NEEDS_MAX)
    interval_reason = StringField(_("Why it is sooner than the protocol says"), validators=[Length(max=500)])


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What may be chosen in the form."""

    rooms: tuple[Choice, ...]
    practitioners: tuple[Choice, ...]
    protocols: tuple[ListedProtocol, ...]
    needables: tuple[Needable, ...]


@blp.get("/new")
def make(clinic_uid: str) -> ResponseReturnValue:
    """The form for a patient (`?patient=…`), filled from a protocol where one is named (`&protocol=…`)."""
    form, offered = _form(at_start=True)
    form.patient_uid.data = request.args.get("patient", "")[:36]
    form.everywhere.data = request.args.get("purpose") == FIRST_VISIT
    asked = request.args.get("protocol", "")
    if asked in {each.uid for each in offered.protocols}:
        form.protocol_uid.data = asked
        _take_from_protocol(form)
    return _page(form, offered)


@blp.post("/new")
def plan(clinic_uid: str) -> ResponseReturnValue:
    """Plan the course, or do to the form what the pressed button says, keeping what was typed."""
    form, offered = _form()
    act = request.form.get("act", "plan")
    if act == "plan":
        done = send(form, lambda: _planned(form, offered))
        if isinstance(done, Refusal):
            return _page(form, offered, refusal=done), done.status
        say(gettext("The course is planned."))
        there = url_for("courses_page.course", clinic_uid=clinic_uid, course_uid=done.course_uid)
        return redirect(there, code=303)
    if act == "protocol":
        _take_from_protocol(form)
    elif act == "more":
        form.needs.append_entry()
    _fill_up(form)
    return _page(form, offered)


def _form(*, at_start: bool = False) -> tuple[CourseForm, Offered]:
    actor = acting()
    with installation().reading() as connection:
        offered = Offered(
            rooms=rooms(connection, actor.clinic_id),
            practitioners=practitioners(connection, actor.clinic_id),
            protocols=protocols_by_name(connection),
            needables=needables(connection, actor.clinic_id),
        )
        last = None
        if at_start and (patient := request.args.get("patient", "")):
            last = last_plan(connection, actor.clinic_id, patient_uid=patient[:36])
    form = CourseForm()
    form.room_uid.choices = [(each.uid, each.name) for each in (_EMPTY, *offered.rooms)]
    form.practitioner_uid.choices = [(each.uid, each.name) for each in (_EMPTY, *offered.practitioners)]
    form.protocol_uid.choices = [
        ("", gettext("None: planned freely")), *((each.uid, each.name) for each in offered.protocols)
    ]  # fmt: skip
    if at_start:
        form.first_on.data, form.at.data = today_here(), USUAL_TIME
        form.count.data, form.step_count.data = USUAL_COUNT, USUAL_COUNT - 1
        if last is not None:
            here = last.planned_at.astimezone(ZoneInfo(zone_of_page()))
            form.at.data = here.time()
            form.room_uid.data, form.practitioner_uid.data = last.room_uid or "", last.practitioner_uid or ""
        _fill_up(form)
    return form, offered


def _fill_up(form: CourseForm) -> None:
    """Always some empty rows to type into."""
    empty = sum(not (row.form.name.data or row.form.amount.data) for row in form.needs)
    while (empty < 1 or len(form.needs) < ROWS_AT_LEAST) and len(form.needs) < NEEDS_MAX:
        form.needs.append_entry()
        empty += 1


def _says(form: CourseForm) -> ProtocolVersionRow | None:
    if not form.protocol_uid.data:
        return None
    with installation().reading() as connection:
        return protocol(connection, uid=form.protocol_uid.data).now


def _take_from_protocol(form: CourseForm) -> None:
    """Put into the form what the chosen protocol says: its least sessions and interval, and what each takes."""
    says = _says(form)
    if says is None:
        return
    if says.sessions_from is not None:
        form.count.data = says.sessions_from
    if says.interval_from is not None and says.interval_unit is not None:
        form.step_count.data, form.step_unit.data = says.interval_from, says.interval_unit
    while form.needs.entries:
        form.needs.pop_entry()
    for each in says.needs:
        form.needs.append_entry({"name": each.name, "amount": typed_with_unit(each.quantity, each.base_unit)})
    _fill_up(form)


def _days(form: CourseForm) -> tuple[date, ...]:
    """The days of its sessions as typed; none while something of that is missing."""
    if form.first_on.data is None or not form.count.data or not form.step_count.data:
        return ()
    try:
        step = Step(count=form.step_count.data, unit=SpanUnit(form.step_unit.data))
        return series(form.first_on.data, form.count.data, step)
    except (InvalidValue, ValueError, OverflowError):
        return ()


def _planned(form: CourseForm, offered: Offered) -> CoursePlanned:
    assert form.at.data is not None
    days = _days(form)
    if not days:
        raise InvalidValue(field="first_on", problem=gettext("these days are no course"))
    command = PlanCourse(
        patient_uid=form.patient_uid.data or "",
        planned=instants(days, form.at.data, zone=zone_of_page()),
        protocol_uid=form.protocol_uid.data or None,
        name=(form.name.data or "").strip(),
        practitioner_uid=form.practitioner_uid.data or None,
        room_uid=form.room_uid.data or None,
        needs=typed_needs(form.needs, offered.needables),
        interval_reason=(form.interval_reason.data or "").strip(),
    )
    return plan_course(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(form: CourseForm, offered: Offered, *, refusal: Refusal | None = None) -> str:
    patient = None
    if form.patient_uid.data:
        patient = whole_patient(
            form.patient_uid.data,
            page="course",
            purpose=FIRST_VISIT if form.everywhere.data else "",
            only_seen_here=not form.everywhere.data,
        )
    says = _says(form)
    with installation().reading() as connection:
        words = words_of(connection, kinds=("areas", "techniques"))
    return render_template(
        "courses/plan.html",
        where=show_where(says.areas, says.technique, words) if says else "",
        form=form,
        offered=offered,
        patient=patient,
        says=says,
        wanted=show_sessions(says.sessions_from, says.sessions_to) if says else "",
        pace=show_spacing(says.interval_from, says.interval_to, says.interval_unit) if says else "",
        days=_days(form),
        is_sooner=refusal is not None and refusal.code == "interval_too_short",
        refusal=refusal,
    )
