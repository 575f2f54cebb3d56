"""Who is treated here, and what must she not get?  Every look is written down before it is shown (L14)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import PURPOSES
from stockroom.access.opened import found_as_may_be, notes_keyring, shown_as_may_be
from stockroom.operations.ask_allergies import AskAllergies, ask_allergies
from stockroom.operations.erase_patient import ErasePatient, erase_patient
from stockroom.operations.maintain_patient import (
    AmendPatient,
    PatientKnown,
    RegisterPatient,
    amend_patient,
    register_patient,
)
from stockroom.queries.courses import courses_of_patient
from stockroom.queries.moved import used_on_patient
from stockroom.queries.patient_record import record_ids
from stockroom.queries.patients import PatientShown, patient_shown
from stockroom.queries.reactions import reactions_of_patient
from stockroom.queries.reference import ingredients
from stockroom.queries.sessions import session_count, sessions_of_patient
from stockroom.queries.suitability import flag_names
from stockroom.queries.unsuitable import unsuitable_of_patient
from stockroom.reads.patients import FOUND_MAX, find_patients
from stockroom.reads.retained import still_kept
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, Listing, asked_listing
from stockroom.web.patient_flags_page import by_class, changes_of
from stockroom.web.record_words import note_words

blp = Blueprint("patients_page", __name__, url_prefix="/c/<clinic_uid>/patients")
LATEST_SHOWN = {"sessions": 8, "used": 20}
"""How many of a part stand on her page; all of them page by page."""
_ = lazy_gettext


class PatientForm(KeyedForm):
    """A patient as she introduces herself."""

    name = StringField(_("Name"), validators=[DataRequired(_("A patient has a name.")), Length(max=200)])
    born_on = DateField(_("Birth date"), validators=[Optional()])
    contact = TextAreaField(_("Contact"), validators=[Length(max=500)])
    reference = StringField(_("Number in the clinic's own software"), validators=[Length(max=100)])
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])


class NewPatientForm(PatientForm):
    """A patient who is registered."""

    is_another_person = BooleanField(_("This is another person of the same name and birth date"))
    next = HiddenField()


class AllergiesForm(KeyedForm):
    """The patient's whole answer; nothing ticked is an answer too."""

    ingredients = SelectMultipleField(_("Allergic to"), validate_choice=False)
    classes = SelectMultipleField(_("Allergic to every one of"), validate_choice=False)
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])


@blp.get("")
def find(clinic_uid: str) -> ResponseReturnValue:
    """The search."""
    return render_template("patients/find.html", text="", purpose="", found=None, purposes=PURPOSES)


@blp.post("")
def found(clinic_uid: str) -> ResponseReturnValue:
    """Who was searched for; what was typed stays out of addresses and logs."""
    text = request.form.get("text", "").strip()[:200]
    purpose = request.form.get("purpose", "")
    purpose = purpose if purpose in PURPOSES else ""
    store, actor = installation(), acting()
    with store.reading() as connection:
        people = find_patients(
            connection, store.keyring, text, seen_in=None if purpose else actor.clinic_id, limit=FOUND_MAX
        ) if text else ()  # fmt: skip
    people = found_as_may_be(people, text, page="search", purpose=purpose)
    return render_template("patients/find.html", text=text, purpose=purpose, found=people, purposes=PURPOSES)


@blp.get("/new")
def new(clinic_uid: str) -> ResponseReturnValue:
    """The form of a new patient."""
    return render_template("patients/new.html", form=NewPatientForm(), refusal=None, known=())


@blp.post("/new")
def register(clinic_uid: str) -> ResponseReturnValue:
    """Register her, unless somebody of this name and birth date is registered already."""
    form = NewPatientForm()
    done = send(form, lambda: register_patient(installation(), _registration(form), **_by(form)))
    if isinstance(done, Refusal):
        known = done.error.patients if isinstance(done.error, PatientKnown) else ()
        return render_template("patients/new.html", form=form, refusal=done, known=known), done.status
    say(gettext("Registered. Ask about allergies before anything is used."))
    return redirect(_address(clinic_uid, done.patient_uid, purpose="first_visit"), code=303)


@blp.get("/<patient_uid>")
def patient(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Her record, what she must not get, and her sessions in this clinic."""
    return _page(patient_uid)


@blp.post("/<patient_uid>")
def amend(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Put her values right."""
    form = PatientForm()
    done = send(form, lambda: amend_patient(installation(), _amendment(form, patient_uid), **_by(form)))
    if isinstance(done, Refusal):
        return _page(patient_uid, form=form, refusal=done), done.status
    say(gettext("The record now reads so."))
    return redirect(_address(clinic_uid, patient_uid), code=303)


@blp.post("/<patient_uid>/allergies")
def ask(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Write down what she answered."""
    form = AllergiesForm()
    command = AskAllergies(
        patient_uid=patient_uid,
        ingredient_uids=tuple(form.ingredients.data or ()),
        classes=tuple(form.classes.data or ()),
        version=form.version.data,
    )
    done = send(form, lambda: ask_allergies(installation(), command, **_by(form)))
    if isinstance(done, Refusal):
        return _page(patient_uid, refusal=done), done.status
    say(gettext("The answer was written down."))
    return redirect(_address(clinic_uid, patient_uid), code=303)


@blp.post("/<patient_uid>/erasure")
def erase(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Forget her for good, once the box beside it says so."""
    form = KeyedForm()
    if request.form.get("sure") != "yes":
        say(gettext("Nothing was erased: tick that you are sure."), loudness="warning")
        return redirect(_address(clinic_uid, patient_uid), code=303)
    done = send(
        form, lambda: erase_patient(installation(), ErasePatient(patient_uid=patient_uid), **_by(form))
    )
    if isinstance(done, Refusal):
        return _page(patient_uid, refusal=done), done.status
    say(gettext("The patient is forgotten; books and traces keep a random id."))
    return redirect(url_for("patients_page.find", clinic_uid=clinic_uid), code=303)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data, "now": present()}


def _registration(form: NewPatientForm) -> RegisterPatient:
    return RegisterPatient(**_values(form), is_another_person=form.is_another_person.data)


def _amendment(form: PatientForm, patient_uid: str) -> AmendPatient:
    return AmendPatient(**_values(form), patient_uid=patient_uid, version=form.version.data or 0)


def _values(form: PatientForm) -> dict[str, Any]:
    return {
        "name": (form.name.data or "").strip(),
        "born_on": form.born_on.data,
        "contact": (form.contact.data or "").strip(),
        "reference": (form.reference.data or "").strip(),
    }


def _address(clinic_uid: str, patient_uid: str, *, purpose: str | None = None) -> str:
    return url_for("patients_page.patient", clinic_uid=clinic_uid, patient_uid=patient_uid, purpose=purpose)


def _page(patient_uid: str, *, form: PatientForm | None = None, refusal: Refusal | None = None) -> str:
    """Her page, or the question what for, where she has no session in this clinic."""
    store, actor = installation(), acting()
    purpose = request.args.get("purpose", "")
    with store.reading() as connection:
        shown = patient_shown(connection, store.keyring, actor.clinic_id, uid=patient_uid, on=today_here())
        visits = session_count(connection, actor.clinic_id, patient_uid=shown.identity.uid)
        every = ingredients(connection, limit=1_000).items
        flags = flag_names(connection)
        unsuitable = unsuitable_of_patient(connection, actor.clinic_id, uid=shown.identity.uid)
        kept = still_kept(connection, record_ids(shown.identity.uid), now=present())
    if not shown.is_seen_here and purpose not in PURPOSES:
        return render_template("patients/purpose.html", patient_uid=patient_uid, purposes=PURPOSES)
    shown = shown_as_may_be(shown, page="patient", purpose=purpose if purpose in PURPOSES else "")
    listing = asked_listing(
        columns=("latest",), usual="latest", filters=("purpose", "part"), endpoint="patients_page.patient"
    )
    return render_template(
        "patients/patient.html",
        patient=shown.identity,
        shown=shown,
        listing=listing,
        part=listing.narrowed.get("part", ""),
        session_count=visits,
        **_history(shown.identity.uid, listing),
        form=form or _filled(shown),
        allergies=AllergiesForm(formdata=None, version=shown.identity.version),
        choices=by_class(every),
        held={allergy.ingredient_uid for allergy in shown.allergies},
        held_classes={each.ingredient_class for each in shown.classes},
        flag_names=flags,
        changes=changes_of(shown),
        today=today_here(),
        unsuitable=unsuitable,
        kept=kept,
        note_words=note_words,
        refusal=refusal,
    )


def _history(patient_uid: str, listing: Listing) -> dict[str, Any]:
    """Her latest sessions and uses in this clinic; the part that is asked for a page at a time."""

    def at(part: str) -> tuple[int, int]:
        return (listing.offset, ROWS) if listing.narrowed.get("part") == part else (0, LATEST_SHOWN[part])

    clinic_id, visits, uses = acting().clinic_id, at("sessions"), at("used")
    with installation().reading() as connection:
        return {
            "courses": courses_of_patient(connection, clinic_id, patient_uid=patient_uid),
            "sessions": sessions_of_patient(
                connection, clinic_id, patient_uid=patient_uid, offset=visits[0], limit=visits[1]
            ),
            "reactions": reactions_of_patient(connection, notes_keyring(), clinic_id, uid=patient_uid),
            "used": used_on_patient(
                connection, clinic_id, patient_uid=patient_uid, offset=uses[0], limit=uses[1]
            ),
        }


def _filled(shown: PatientShown) -> PatientForm:
    return PatientForm(formdata=None, obj=shown.identity)
