"""A session is made in one form: the patient found or new, room, practitioner, time, needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
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
from wtforms.validators import InputRequired, Length, Optional, Regexp
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.access.tablets import tablet_here
from stockroom.errors import InvalidValue
from stockroom.operations.maintain_patient import RegisterPatient, register_patient
from stockroom.operations.plan_session import (
    NEEDS_MAX,
    NeedOf,
    PlanSession,
    ReplanSession,
    SessionPlanned,
    plan_session,
    replan_session,
    require_day,
)
from stockroom.queries.bench_session import BenchVisit, visit_at_bench
from stockroom.queries.session_plans import (
    Choice,
    Needable,
    PlannedNeed,
    last_plan,
    needables,
    planned_needs,
    practitioners,
    recipe_needs,
    recipes_in_force,
    rooms,
)
from stockroom.reads.patients import PatientIdentity, find_patients
from stockroom.web.day import asked_day, instant_here
from stockroom.web.formats import zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.goods_here import typed_with_unit
from stockroom.web.need_rows import NeedFields, typed_needs
from stockroom.web.patients_named import whole_patient
from stockroom.web.session_view import UID

blp = Blueprint("session_form_page", __name__, url_prefix="/c/<clinic_uid>/sessions")
ROWS_AT_LEAST = 3
QUARTER = timedelta(minutes=15)
FIRST_VISIT = "first_visit"
"""The purpose of `access.disclosing.PURPOSES` for whoever comes to this clinic for the first time."""
_EMPTY = Choice(uid="", name="–")


class SessionForm(KeyedForm):
    """Everything that is said of a session before it is made."""

    version = IntegerField(validators=[Optional()], widget=HiddenInput())
    patient_uid = HiddenField(validators=[Optional(), Regexp(UID)])
    find = StringField(lazy_gettext("Find a patient"), validators=[Length(max=200)])
    everywhere = BooleanField(lazy_gettext("Also among patients of other clinics: this one comes here now"))
    new_name = StringField(lazy_gettext("Name of a new patient"), validators=[Length(max=200)])
    new_born_on = DateField(lazy_gettext("Birth date"), validators=[Optional()])
    is_another = BooleanField(lazy_gettext("Another person of the same name"))
    on = DateField(lazy_gettext("Day"), validators=[InputRequired()])
    at = TimeField(lazy_gettext("Time"), validators=[InputRequired()])
    past_is_meant = BooleanField(lazy_gettext("The day is past, and it is meant"))
    interval_reason = StringField(
        lazy_gettext("Why it is sooner than the protocol says"), validators=[Length(max=500)]
    )
    room_uid = SelectField(lazy_gettext("Room"), default="")
    practitioner_uid = SelectField(lazy_gettext("Practitioner"), default="")
    recipe_uid = SelectField(lazy_gettext("From a recipe"), default="")
    needs = FieldList(FormField(NeedFields), max_entries=NEEDS_MAX)


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What may be chosen in the form."""

    rooms: tuple[Choice, ...]
    practitioners: tuple[Choice, ...]
    recipes: tuple[Choice, ...]
    needables: tuple[Needable, ...]


@blp.get("/new")
def make(clinic_uid: str) -> ResponseReturnValue:
    """An empty form, or one for a patient, or for a copy of her last session (`?patient=…&copy=1`)."""
    form, offered = _form(at_start=True)
    form.patient_uid.data = request.args.get("patient", "")[:36] or None
    form.everywhere.data = request.args.get("purpose") == FIRST_VISIT
    if form.patient_uid.data and request.args.get("copy"):
        _copy_last(form)
    return _page(form, offered)


@blp.post("/new")
def send_form(clinic_uid: str) -> ResponseReturnValue:
    """Make the session, or do to the form what the pressed button says, keeping what was typed."""
    form, offered = _form()
    act = request.form.get("act", "plan")
    if act == "plan":
        planned = send(form, lambda: _planned(form, offered))
        if isinstance(planned, Refusal):
            return _page(form, offered, refusal=planned), planned.status
        say(gettext("The session is made."))
        address = url_for("session_page.session", clinic_uid=clinic_uid, session_uid=planned.session_uid)
        return redirect(address, code=303)
    found = _found(form) if act == "find" else None
    if act == "copy":
        _copy_last(form)
    elif act == "forget":
        form.patient_uid.data = ""
    elif act.startswith("patient:"):
        form.patient_uid.data = act.removeprefix("patient:")[:36]
    else:
        _change_rows(form, act)
    _fill_up(form)
    return _page(form, offered, found=found)


@blp.get("/<session_uid>/plan")
def plan(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """The plan of a session that has not begun, to be changed."""
    visit = _visit(session_uid)
    form, offered = _form(at_start=True)
    here = visit.planned_at.astimezone(ZoneInfo(zone_of_page()))
    form.on.data, form.at.data = here.date(), here.time()
    form.room_uid.data, form.practitioner_uid.data = visit.room_uid or "", visit.practitioner_uid or ""
    form.version.data = visit.version
    with installation().reading() as connection:
        needs = planned_needs(connection, acting().clinic_id, visit.id)
    _write_rows(form, needs)
    return _page(form, offered, visit=visit)


@blp.post("/<session_uid>/plan")
def change_plan(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Plan the session anew, or do to the form what the pressed button says."""
    visit = _visit(session_uid)
    form, offered = _form()
    act = request.form.get("act", "plan")
    if act == "plan":
        planned = send(form, lambda: _replanned(form, offered, visit))
        if isinstance(planned, Refusal):
            return _page(form, offered, refusal=planned, visit=visit), planned.status
        say(gettext("The plan is changed."))
        address = url_for("session_page.session", clinic_uid=clinic_uid, session_uid=session_uid)
        return redirect(address, code=303)
    _change_rows(form, act)
    _fill_up(form)
    return _page(form, offered, visit=visit)


def _visit(session_uid: str) -> BenchVisit:
    with installation().reading() as connection:
        return visit_at_bench(connection, acting().clinic_id, uid=session_uid)


def _change_rows(form: SessionForm, act: str) -> None:
    if act in ("cocktail", "parts") and form.recipe_uid.data:
        _take_from_recipe(form, act)
    elif act == "more":
        form.needs.append_entry()


def _form(*, at_start: bool = False) -> tuple[SessionForm, Offered]:
    actor = acting()
    with installation().reading() as connection:
        offered = Offered(
            rooms=rooms(connection, actor.clinic_id),
            practitioners=practitioners(connection, actor.clinic_id),
            recipes=recipes_in_force(connection),
            needables=needables(connection, actor.clinic_id),
        )
    form = SessionForm()
    for field, choices in (
        (form.room_uid, offered.rooms),
        (form.practitioner_uid, offered.practitioners),
        (form.recipe_uid, offered.recipes),
    ):
        field.choices = [(each.uid, each.name) for each in (_EMPTY, *choices)]
    if at_start:
        here = present().astimezone(ZoneInfo(zone_of_page()))
        form.on.data = asked_day().on
        form.at.data = _next_quarter(here).time()
        if (tablet := tablet_here()) is not None:
            form.room_uid.data = tablet.room_uid
        _fill_up(form)
    return form, offered


def _next_quarter(here: datetime) -> datetime:
    past = timedelta(minutes=here.minute % 15, seconds=here.second, microseconds=here.microsecond)
    return here - past + (QUARTER if past else timedelta())


def _fill_up(form: SessionForm) -> None:
    """Always some empty rows to type into."""
    empty = sum(not (row.form.name.data or row.form.amount.data) for row in form.needs)
    while (empty < 1 or len(form.needs) < ROWS_AT_LEAST) and len(form.needs) < NEEDS_MAX:
        form.needs.append_entry()
        empty += 1


def _found(form: SessionForm) -> tuple[PatientIdentity, ...]:
    store, actor = installation(), acting()
    with store.reading() as connection:
        found = find_patients(
            connection,
            store.keyring,
            form.find.data or "",
            seen_in=None if form.everywhere.data else actor.clinic_id,
        )
    purpose = FIRST_VISIT if form.everywhere.data else "search"
    disclose(store, actor, [each.uid for each in found], purpose=purpose, page="search", now=present())
    return found


def _copy_last(form: SessionForm) -> None:
    with installation().reading() as connection:
        plan = last_plan(connection, acting().clinic_id, patient_uid=form.patient_uid.data or "")
    if plan is None:
        return
    form.room_uid.data = plan.room_uid or ""
    form.practitioner_uid.data = plan.practitioner_uid or ""
    _write_rows(form, plan.needs)


def _take_from_recipe(form: SessionForm, act: str) -> None:
    with installation().reading() as connection:
        formula = recipe_needs(connection, recipe_uid=form.recipe_uid.data)
    _write_rows(form, [formula.cocktail] if act == "cocktail" else formula.parts)
    form.recipe_uid.data = ""


def _write_rows(form: SessionForm, needs: Iterable[PlannedNeed]) -> None:
    """Put needs into the empty rows, and into new ones below."""
    kept = [(row.form.name.data, row.form.amount.data) for row in form.needs if row.form.name.data]
    added = [(each.name, typed_with_unit(each.quantity, each.base_unit)) for each in needs]
    while form.needs.entries:
        form.needs.pop_entry()
    for name, amount in [*kept, *added][:NEEDS_MAX]:
        form.needs.append_entry({"name": name, "amount": amount})
    _fill_up(form)


def _planned(form: SessionForm, offered: Offered) -> SessionPlanned:
    store, actor, key, at = installation(), acting(), form.key.data or "", present()
    needs = typed_needs(form.needs, offered.needables)
    patient_uid = form.patient_uid.data
    if not patient_uid:
        name = (form.new_name.data or "").strip()
        if not name:
            raise InvalidValue(field="find", problem=gettext("find the patient, or write a new one's name"))
        # Nobody is registered for a session that is asked about first.
        plan = _plan(form, "", needs)
        require_day(plan.planned_at, now=at, zone=zone_of_page(), past_is_meant=plan.past_is_meant)
        person = RegisterPatient(
            name=name, born_on=form.new_born_on.data, is_another_person=bool(form.is_another.data)
        )
        patient_uid = register_patient(store, person, actor=actor, key=f"{key}-patient", now=at).patient_uid
    return plan_session(store, _plan(form, patient_uid, needs), actor=actor, key=key, now=at)


def _replanned(form: SessionForm, offered: Offered, visit: BenchVisit) -> SessionPlanned:
    command = ReplanSession(
        session_uid=visit.uid,
        version=form.version.data or 0,
        plan=_plan(form, visit.patient_uid, typed_needs(form.needs, offered.needables)),
    )
    return replan_session(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _plan(form: SessionForm, patient_uid: str, needs: tuple[NeedOf, ...]) -> PlanSession:
    assert form.on.data is not None and form.at.data is not None
    return PlanSession(
        patient_uid=patient_uid,
        planned_at=instant_here(form.on.data, form.at.data),
        practitioner_uid=form.practitioner_uid.data or None,
        room_uid=form.room_uid.data or None,
        needs=needs,
        past_is_meant=bool(form.past_is_meant.data),
        external_reference=None,
        interval_reason=(form.interval_reason.data or "").strip(),
    )


def _page(
    form: SessionForm,
    offered: Offered,
    *,
    refusal: Refusal | None = None,
    found: tuple[PatientIdentity, ...] | None = None,
    visit: BenchVisit | None = None,
) -> str:
    actor = acting()
    patient = None
    has_last = False
    if visit is not None:
        patient = whole_patient(visit.patient_uid, page="session")
    elif form.patient_uid.data:
        patient = whole_patient(
            form.patient_uid.data,
            page="session",
            purpose=FIRST_VISIT if form.everywhere.data else "",
            only_seen_here=not form.everywhere.data,
        )
        with installation().reading() as connection:
            has_last = last_plan(connection, actor.clinic_id, patient_uid=form.patient_uid.data) is not None
    return render_template(
        "session/make.html",
        form=form,
        offered=offered,
        refusal=refusal,
        found=found,
        patient=patient,
        has_last=has_last,
        visit=visit,
        is_known=refusal is not None and refusal.code == "patient_known",
        is_past=refusal is not None and refusal.code == "planned_in_past",
        is_sooner=refusal is not None and refusal.code == "interval_too_short",
    )
