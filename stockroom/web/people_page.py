"""Who works here, who may log in, and in which roles?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup

from stockroom.access.acting import acting, installation, present
from stockroom.access.passwords import hash_password, refuse_weak
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.operations.employ import (
    Employ,
    Employed,
    GiveRole,
    LogInChanged,
    SwitchLogIn,
    TakeRole,
    employ,
    give_role,
    switch_log_in,
    take_role,
)
from stockroom.queries.people import Colleague, colleague, colleagues
from stockroom.queries.tablets import badge_and_pin
from stockroom.reads.user_accounts import FIRST_PASSWORD_LASTS, EmailTaken
from stockroom.vocabulary import AuditPurpose, Role
from stockroom.web.clinic_here import own_clinics
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.logged_in import logged_in, named_device
from stockroom.web.people_forms import (
    AddressForm,
    AuthorisationForm,
    DetailsForm,
    InspectionForm,
    LeaveForm,
    PersonForm,
    RoleForm,
    SwitchForm,
)

blp = Blueprint("people_page", __name__, url_prefix="/c/<clinic_uid>/administration/people")
_ = lazy_gettext
_BUTTONS = ("switch", "first", "badge", "no-badge", "no-pin")


@blp.get("")
def people(clinic_uid: str) -> ResponseReturnValue:
    """The members of staff: those with a role here, or with `?all=1` everybody of the organisation."""
    everyone = request.args.get("all") == "1"
    with installation().reading() as connection:
        staff = colleagues(connection, acting().clinic_id)
    here = [each for each in staff if each.works_here]
    return render_template(
        "people/people.html",
        shown=staff if everyone else here,
        everyone=everyone,
        here_count=len(here),
        all_count=len(staff),
        today=today_here(),
    )


@blp.get("/new")
def new(clinic_uid: str) -> ResponseReturnValue:
    """The form of a new person."""
    return _new_page(PersonForm(authorised_from=today_here()))


@blp.post("/new")
def add(clinic_uid: str) -> ResponseReturnValue:
    """Make the person known, then give the log-in the roles that were ticked."""
    form = PersonForm()
    done = send(form, lambda: _employed(form))
    if isinstance(done, Refusal):
        if isinstance(done.error, EmailTaken):
            form.email.errors = [done.detail]
        return _new_page(form, refusal=done), done.status
    say(gettext("%(name)s is known.", name=(form.name.data or "").strip()))
    return to_person(done.person_uid)


@blp.get("/<person_uid>")
def person(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """One member of staff."""
    return person_page(person_uid)


@blp.post("/<person_uid>/roles")
def give(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Give a role in this clinic."""
    form = RoleForm()
    return _changed(
        person_uid,
        form,
        lambda user_uid: give_role(
            installation(), GiveRole(user_uid=user_uid, role=Role(form.role.data)), **by(form)
        ),
    )


@blp.post("/<person_uid>/inspection")
def inspects(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Let the person look as an inspector, until a day and for a purpose."""
    form = InspectionForm()

    def give(user_uid: str) -> LogInChanged:
        command = GiveRole(
            user_uid=user_uid,
            role=Role.AUDITOR,
            until_on=form.until_on.data,
            purpose=AuditPurpose(form.purpose.data),
        )
        return give_role(installation(), command, **by(form))

    return _changed(person_uid, form, give)


@blp.post("/<person_uid>/roles/removal")
def take(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Take a role away in this clinic."""
    form = RoleForm()
    return _changed(
        person_uid,
        form,
        lambda user_uid: take_role(
            installation(), TakeRole(user_uid=user_uid, role=Role(form.role.data)), **by(form)
        ),
    )


@blp.post("/<person_uid>/log-in")
def switch(clinic_uid: str, person_uid: str) -> ResponseReturnValue:
    """Switch the log-in off in every clinic, or on again."""
    form = SwitchForm()
    return _changed(
        person_uid,
        form,
        lambda user_uid: switch_log_in(
            installation(), SwitchLogIn(user_uid=user_uid, active=form.active.data == "yes"), **by(form)
        ),
    )


def by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data, "now": present()}


def _employed(form: PersonForm) -> Employed:
    """Employ, then give each role in an act of its own under a key of its own, so that sent twice all is done once."""
    actor, key, at = acting(), form.key.data or "", present()
    email = (form.email.data or "").strip()
    command = Employ(
        name=(form.name.data or "").strip(),
        profession=(form.profession.data or "").strip(),
        authorisations=tuple(form.authorisations.data or ()),
        authorised_from=form.authorised_from.data,
        email=email or None,
        password_hash=_first_password(form, email),
        first_password_until=at + FIRST_PASSWORD_LASTS,
    )
    employed = employ(installation(), command, actor=actor, key=key, now=at)
    for role in form.roles.data or ():
        given = GiveRole(user_uid=employed.user_uid or "", role=Role(role))
        give_role(installation(), given, actor=actor, key=f"{key}-{role}", now=at)
    return employed


def _first_password(form: PersonForm, email: str) -> str | None:
    """The hash of the first password; None without a log-in.  Raises InvalidValue for a log-in that is half said."""
    password = form.first_password.data or ""
    if not email:
        if password or form.roles.data:
            raise InvalidValue(field="email", problem=gettext("a log-in has an address"))
        return None
    name = (form.name.data or "").strip()
    clinics = (clinic.name for clinic in own_clinics())
    try:
        refuse_weak(password, known=(name, *name.split(), email, email.partition("@")[0], *clinics))
    except InvalidValue as weak:
        raise InvalidValue(field="first_password", problem=gettext(weak.problem)) from None
    return hash_password(password, salt=str(current_app.config["SECURITY_PASSWORD_SALT"]))


def _changed(person_uid: str, form: KeyedForm, change: Callable[[str], LogInChanged]) -> ResponseReturnValue:
    """Change something about this person's log-in, and show the person again.  Raises ThingNotFound without one."""
    log_in = colleague_here(person_uid).log_in
    if log_in is None:
        raise ThingNotFound(thing="log-in", uid=person_uid)
    done = send(form, lambda: change(log_in.uid))
    if isinstance(done, Refusal):
        return person_page(person_uid, refusal=done), done.status
    say(gettext("Done. It counts from the next act on."))
    return to_person(person_uid)


def to_person(person_uid: str) -> ResponseReturnValue:
    there = url_for("people_page.person", clinic_uid=acting().clinic_uid, person_uid=person_uid)
    return redirect(there, code=303)


def colleague_here(person_uid: str) -> Colleague:
    with installation().reading() as connection:
        return colleague(connection, acting().clinic_id, uid=person_uid)


def _new_page(form: PersonForm, *, refusal: Refusal | None = None) -> str:
    return render_template("people/new.html", form=form, refusal=refusal)


@dataclass(frozen=True, kw_only=True)
class PersonForms:
    """The forms of a person's page; the one that was refused holds what was typed."""

    details: DetailsForm
    address: AddressForm
    authorisation: AuthorisationForm
    leaving: LeaveForm


def forms_of(shown: Colleague, typed: KeyedForm | None = None) -> PersonForms:
    """The forms filled with what is known, but for the one that came back."""
    person, log_in = shown.person, shown.log_in
    known = {"name": person.name, "profession": person.profession, "version": person.version}
    return PersonForms(
        details=typed if isinstance(typed, DetailsForm) else DetailsForm(formdata=None, data=known),
        address=typed
        if isinstance(typed, AddressForm)
        else AddressForm(formdata=None, data={"email": log_in.email if log_in else ""}),
        authorisation=typed
        if isinstance(typed, AuthorisationForm)
        else AuthorisationForm(formdata=None, data={"from_on": today_here()}),
        leaving=leave_form(shown),
    )


def leave_form(shown: Colleague) -> LeaveForm:
    """The form of leaving, with everybody else of the clinic to take over."""
    form = LeaveForm(formdata=None)
    with installation().reading() as connection:
        staff = colleagues(connection, acting().clinic_id)
    form.colleague_uid.choices = [("", gettext("nobody: nothing is open"))] + [
        (each.person.uid, each.person.name)
        for each in staff
        if each.works_here and each.person.uid != shown.person.uid and each.person.left_on is None
    ]
    return form


@dataclass(frozen=True, kw_only=True)
class NewBadge:
    """A badge that was just given, and is shown this once; printed as paper under the key of its giving."""

    key: str
    picture: Markup


def person_page(
    person_uid: str,
    *,
    refusal: Refusal | None = None,
    typed: KeyedForm | None = None,
    given: str | None = None,
    badge: NewBadge | None = None,
) -> str:
    """The page of one person; `given` is a password, and `badge` a badge, that is shown this once."""
    shown = colleague_here(person_uid)
    with installation().reading() as connection:
        signs_on_by = badge_and_pin(connection, person_uid)
    held, give_form = shown.log_in.roles if shown.log_in else (), RoleForm(formdata=None)
    give_form.role.choices = [choice for choice in give_form.role.choices if choice[0] not in held]
    holding = logged_in(shown.log_in.uid) if shown.log_in else ()
    outs = (each.uid for each in holding)
    ends = [f"end-{each.kind}-{each.scope}" for each in shown.person.authorisations]
    return render_template(
        "people/person.html",
        shown=shown,
        give_form=give_form,
        inspection_form=InspectionForm(formdata=None),
        forms=forms_of(shown, typed),
        keys={word: KeyedForm(formdata=None).key.data for word in (*held, *_BUTTONS, *ends, *outs)},
        logged_in=holding,
        named=named_device,
        signs_on_by=signs_on_by,
        badge=badge,
        is_oneself=shown.person.uid == acting().person_uid,
        refusal=refusal,
        given=given,
        lasts_days=FIRST_PASSWORD_LASTS.days,
        today=today_here(),
    )
