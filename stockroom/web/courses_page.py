"""How far is a patient's course, what can its next sessions not have, and how do its dates move?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateField, HiddenField, IntegerField, StringField
from wtforms.fields import TimeField
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.db.identifiers import new_uid
from stockroom.errors import ThingNotFound
from stockroom.operations.advance_session import AdvanceSession, SessionAdvanced, advance_session
from stockroom.operations.move_course import (
    CourseMoved,
    CourseOver,
    EndCourse,
    MoveInCourse,
    end_course,
    move_in_course,
)
from stockroom.operations.plan_course import AddToCourse, CoursePlanned, add_to_course
from stockroom.queries.availability import Outlook, outlook
from stockroom.queries.courses import CourseShown, course, running_courses
from stockroom.queries.protocols import ProtocolVersionRow, protocol
from stockroom.queries.reference import words_of
from stockroom.rules.courses import Step, later
from stockroom.vocabulary import SessionState, SpanUnit
from stockroom.web.course_words import COURSE_LOUDNESS, show_sessions, show_spacing, show_where
from stockroom.web.day import instant_here
from stockroom.web.formats import today_here, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.patients_named import named_patients, whole_patient
from stockroom.web.session_view import UID
from stockroom.web.session_words import STATE_LOUDNESS

blp = Blueprint("courses_page", __name__, url_prefix="/c/<clinic_uid>/courses")
_ = lazy_gettext


class MoveForm(KeyedForm):
    """Another day and time for a session, or for it and all that follow."""

    version = IntegerField(validators=[InputRequired()], widget=HiddenInput())
    session_uid = HiddenField(validators=[Regexp(UID)])
    on = DateField(_("Day"), validators=[InputRequired()])
    at = TimeField(_("Time"), validators=[InputRequired()])
    following = BooleanField(_("Move all that follow by as many days"))
    interval_reason = StringField(_("Why it is sooner than the protocol says"), validators=[Length(max=500)])


class AddForm(KeyedForm):
    """A further session."""

    version = IntegerField(validators=[InputRequired()], widget=HiddenInput())
    on = DateField(_("Day"), validators=[InputRequired()])
    at = TimeField(_("Time"), validators=[InputRequired()])
    is_maintenance = BooleanField(_("It keeps up what was reached (maintenance)"))
    interval_reason = StringField(_("Why it is sooner than the protocol says"), validators=[Length(max=500)])


class EndForm(KeyedForm):
    """Nothing more comes of the course."""

    version = IntegerField(validators=[InputRequired()], widget=HiddenInput())


class FellOutForm(KeyedForm):
    """A planned session that does not take place."""

    session_uid = HiddenField(validators=[Regexp(UID)])
    to = HiddenField(validators=[Regexp(r"^(cancelled|did_not_come)$"), Optional()])


@blp.get("", endpoint="courses")
def courses_shown(clinic_uid: str) -> ResponseReturnValue:
    """The courses that go on, by what comes next."""
    with installation().reading() as connection:
        rows = running_courses(connection, acting().clinic_id)
    patients = named_patients({each.patient_id: each.patient_uid for each in rows}, page="courses")
    return render_template("courses/courses.html", rows=rows, patients=patients)


@blp.get("/<course_uid>", endpoint="course")
def course_shown(clinic_uid: str, course_uid: str) -> ResponseReturnValue:
    """One course in the line of time."""
    return _page(course_uid)


@blp.post("/<course_uid>/move")
def move(clinic_uid: str, course_uid: str) -> ResponseReturnValue:
    """Move a session, or it and all that follow."""
    form = MoveForm()
    done = send(form, lambda: _moved(form, course_uid))
    if isinstance(done, Refusal):
        return _page(course_uid, move=form, refusal=done), done.status
    count = len(done.session_uids)
    say(gettext("Moved.") if count == 1 else gettext("%(count)s sessions moved.", count=count))
    return _back(clinic_uid, course_uid)


@blp.post("/<course_uid>/sessions")
def add(clinic_uid: str, course_uid: str) -> ResponseReturnValue:
    """Plan a further session."""
    form = AddForm()
    done = send(form, lambda: _added(form, course_uid))
    if isinstance(done, Refusal):
        return _page(course_uid, add=form, refusal=done), done.status
    say(gettext("One more session is planned."))
    return _back(clinic_uid, course_uid)


@blp.post("/<course_uid>/fell-out")
def fell_out(clinic_uid: str, course_uid: str) -> ResponseReturnValue:
    """Write down that a planned session is cancelled, or that nobody came."""
    form = FellOutForm()
    done = send(form, lambda: _advanced(form, course_uid))
    if isinstance(done, Refusal):
        return _page(course_uid, refusal=done), done.status
    say(gettext("Written down. What was kept for it is free again; the others stay where they are."))
    return _back(clinic_uid, course_uid)


@blp.post("/<course_uid>/ending")
def end(clinic_uid: str, course_uid: str) -> ResponseReturnValue:
    """End the course, once the box beside it says so."""
    form = EndForm()
    if request.form.get("sure") != "yes":
        say(gettext("Nothing was ended: tick that you are sure."), loudness="warning")
        return _back(clinic_uid, course_uid)
    done = send(form, lambda: _ended(form, course_uid))
    if isinstance(done, Refusal):
        return _page(course_uid, refusal=done), done.status
    say(gettext("The course has ended. What was still planned of it is cancelled."))
    return _back(clinic_uid, course_uid)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _moved(form: MoveForm, course_uid: str) -> CourseMoved:
    assert form.on.data is not None and form.at.data is not None
    command = MoveInCourse(
        course_uid=course_uid,
        version=form.version.data or 0,
        session_uid=form.session_uid.data or "",
        planned_at=instant_here(form.on.data, form.at.data),
        following=bool(form.following.data),
        interval_reason=(form.interval_reason.data or "").strip(),
    )
    return move_in_course(installation(), command, **_by(form))


def _added(form: AddForm, course_uid: str) -> CoursePlanned:
    assert form.on.data is not None and form.at.data is not None
    shown = _shown(course_uid)
    last = next((each for each in reversed(shown.sessions) if not each.fell_out), None)
    command = AddToCourse(
        course_uid=course_uid,
        version=form.version.data or 0,
        planned_at=instant_here(form.on.data, form.at.data),
        is_maintenance=bool(form.is_maintenance.data),
        practitioner_uid=None if last is None else last.practitioner_uid,
        room_uid=None if last is None else last.room_uid,
        interval_reason=(form.interval_reason.data or "").strip(),
    )
    return add_to_course(installation(), command, **_by(form))


def _advanced(form: FellOutForm, course_uid: str) -> SessionAdvanced:
    if form.session_uid.data not in {each.uid for each in _shown(course_uid).sessions}:
        raise ThingNotFound(thing="session of this course", uid=(form.session_uid.data or "")[:40])
    command = AdvanceSession(
        session_uid=form.session_uid.data or "", to=SessionState(form.to.data or "cancelled")
    )
    return advance_session(installation(), command, **_by(form))


def _ended(form: EndForm, course_uid: str) -> CourseOver:
    command = EndCourse(course_uid=course_uid, version=form.version.data or 0)
    return end_course(installation(), command, **_by(form))


def _back(clinic_uid: str, course_uid: str) -> ResponseReturnValue:
    there = url_for("courses_page.course", clinic_uid=clinic_uid, course_uid=course_uid)
    return redirect(there, code=303)


def _shown(course_uid: str) -> CourseShown:
    with installation().reading() as connection:
        return course(connection, acting().clinic_id, uid=course_uid)


def _page(
    course_uid: str,
    *,
    move: MoveForm | None = None,
    add: AddForm | None = None,
    refusal: Refusal | None = None,
) -> str:
    actor = acting()
    with installation().reading() as connection:
        shown = course(connection, actor.clinic_id, uid=course_uid)
        coming: Outlook = outlook(connection, actor.clinic_id, now=present())
        said: ProtocolVersionRow | None = None
        where = ""
        if shown.course.protocol_uid is not None:
            whole = protocol(connection, uid=shown.course.protocol_uid)
            said = next(each for each in whole.versions if each.number == shown.course.protocol_number)
            where = show_where(
                said.areas, said.technique, words_of(connection, kinds=("areas", "techniques"))
            )
    form = move or MoveForm(formdata=None)
    return render_template(
        "courses/course.html",
        shown=shown,
        course=shown.course,
        patient=whole_patient(shown.course.patient_uid, page="course"),
        said=said,
        pace=None if said is None else show_spacing(said.interval_from, said.interval_to, said.interval_unit),
        wanted=None if said is None else show_sessions(said.sessions_from, said.sessions_to),
        where=where,
        short={
            session_id: {each.need_uid for each in lacking}
            for session_id, lacking in coming.short_sessions.items()
        },
        answers={each.session_uid: each for each in shown.answers},
        stands={each.uid: _typed(each.planned_at) for each in shown.sessions},
        fresh_key=lambda: new_uid(present()),
        move=form,
        moving=form.session_uid.data if move is not None else request.args.get("move", ""),
        add=add or AddForm(formdata=None, **_after_the_last(shown, said)),
        adding=add is not None,
        other=EndForm(formdata=None),
        loudness=STATE_LOUDNESS,
        course_loudness=COURSE_LOUDNESS,
        is_sooner=refusal is not None and refusal.code == "interval_too_short",
        refusal=refusal,
    )


def _after_the_last(shown: CourseShown, said: ProtocolVersionRow | None) -> dict[str, Any]:
    """The day and time that a further session would have: the protocol's shortest time after the last, as late."""
    last = next((each for each in reversed(shown.sessions) if not each.fell_out), None)
    if last is None:
        return {}
    here = last.planned_at.astimezone(ZoneInfo(zone_of_page()))
    if said is None or said.interval_from is None or said.interval_unit is None:
        return {"at": here.time()}
    step = Step(count=said.interval_from, unit=SpanUnit(said.interval_unit))
    return {"on": max(later(here.date(), step), today_here()), "at": here.time()}


@dataclass(frozen=True, kw_only=True)
class _Typed:
    """A day and a time as their fields want them."""

    on: str
    at: str


def _typed(planned_at: datetime) -> _Typed:
    here = planned_at.astimezone(ZoneInfo(zone_of_page()))
    return _Typed(on=here.date().isoformat(), at=f"{here:%H:%M}")
