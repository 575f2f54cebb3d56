"""Who is to be told of a recall, what was tried, and is it enough?  The work list, and the page of one patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import DateField, DateTimeLocalField, IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.access.opened import as_opened, names_open
from stockroom.errors import ThingNotFound
from stockroom.operations.check_recall import NOTE_LONGEST, CheckRecall, check_recall
from stockroom.operations.reach_patient import (
    NOTE_MAX,
    Attempt,
    ReachPatient,
    WithdrawAttempt,
    reach_patient,
    withdraw_attempt,
)
from stockroom.queries.recall_contacts import Contact
from stockroom.reads.patients import PatientIdentity, identities
from stockroom.vocabulary import CheckLevel, ContactChannel, ContactOutcome, ContactState, NextStep
from stockroom.web import recall_words
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_word, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.recall_here import CaseHere, case_here
from stockroom.web.recall_words import LEVELS, attempts_words, next_words, session_words

blp = Blueprint("recall_contacts_page", __name__, url_prefix="/c/<clinic_uid>/recalls/<case_uid>/contacts")
_ = lazy_gettext
_AT = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]


class AttemptForm(KeyedForm):
    """One attempt to reach a patient."""

    channel = SelectField(_("How"), choices=[(each.value, each.value) for each in ContactChannel])
    tried_at = DateTimeLocalField(_("When"), format=_AT, validators=[InputRequired(_("Say when it was."))])
    outcome = SelectField(
        _("What came of it"), choices=[("", "–"), *((each.value, each.value) for each in ContactOutcome)],
        validators=[InputRequired(_("Choose one."))],
    )  # fmt: skip
    next_step = SelectField(_("Next"), choices=[(each.value, each.value) for each in NextStep])
    next_on = DateField(_("On"), validators=[Optional()])
    note = TextAreaField(_("Note"), validators=[Length(max=NOTE_MAX)])

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        for field in (self.channel, self.outcome, self.next_step):
            field.choices = [(value, show_word(word)) for value, word in field.choices or ()]

    @property
    def attempt(self) -> Attempt:
        """What the form says; to be asked once it was validated."""
        typed: datetime = self.tried_at.data
        return Attempt(
            channel=ContactChannel(self.channel.data),
            tried_at=typed.replace(tzinfo=ZoneInfo(zone_of_page())),
            outcome=ContactOutcome(self.outcome.data),
            next_step=NextStep(self.next_step.data),
            next_on=self.next_on.data,
            note=self.note.data or "",
        )


class CheckForm(KeyedForm):
    """How many have to be reached."""

    level = SelectField(_("Level"), choices=[(each.value, word) for each, word in LEVELS.items()])
    share = IntegerField(_("Share in percent (level B)"), validators=[Optional()])
    note = TextAreaField(_("Note"), validators=[Length(max=NOTE_LONGEST)])


@blp.get("")
def contacts(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """The patients, those to whom something is still to be said first."""
    return _list(case_here(case_uid))


@blp.post("/check")
def check(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Set the level of the effectiveness check, and write down how it stands."""
    form, here = CheckForm(), case_here(case_uid)
    now = here.progress
    done = send(
        form,
        lambda: check_recall(
            installation(),
            CheckRecall(
                case_uid=case_uid,
                level=CheckLevel(form.level.data),
                share=form.share.data,
                tried=now.tried,
                reached=now.reached,
                note=form.note.data or "",
            ),
            **_by(form),
        ),
    )
    if isinstance(done, Refusal):
        return _list(here, form=form, refusal=done), done.status
    say(gettext("The check is written down."))
    return redirect(url_for(".contacts", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


@blp.get("/contacts.csv")
def contacts_csv(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """The call list for a spreadsheet; `show` narrows it as on the page."""
    here = case_here(case_uid)
    rows = shown_contacts(here)
    who = named(rows)
    heads = [
        gettext("Patient"), gettext("Birth date"), gettext("Contact"), gettext("Reference"), gettext("Code"),
        gettext("Clinic"), gettext("Treated"), gettext("State"), gettext("Tried so far"), gettext("Next"),
    ]  # fmt: skip
    return csv_file("recall-contacts", heads, (_cells(each, who.get(each.patient_id)) for each in rows))


@blp.get("/<patient_uid>")
def patient(clinic_uid: str, case_uid: str, patient_uid: str) -> ResponseReturnValue:
    """One patient: how to reach her, what was tried, and room for the next attempt."""
    return _one(case_here(case_uid, with_notes=True), patient_uid)


@blp.post("/<patient_uid>")
def attempt(clinic_uid: str, case_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Write down an attempt."""
    form = AttemptForm()
    done = send(
        form,
        lambda: reach_patient(
            installation(),
            ReachPatient(case_uid=case_uid, patient_uid=patient_uid, attempt=form.attempt),
            **_by(form),
        ),
    )
    if isinstance(done, Refusal):
        return _one(case_here(case_uid, with_notes=True), patient_uid, form, done), done.status
    say(gettext("The attempt is written down."))
    return redirect(url_for(".contacts", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


@blp.post("/<patient_uid>/attempts/<attempt_uid>/withdrawal")
def withdraw(clinic_uid: str, case_uid: str, patient_uid: str, attempt_uid: str) -> ResponseReturnValue:
    """Say that an attempt was written down by mistake."""
    form = KeyedForm()
    done = send(
        form,
        lambda: withdraw_attempt(
            installation(), WithdrawAttempt(case_uid=case_uid, attempt_uid=attempt_uid), **_by(form)
        ),
    )
    if isinstance(done, Refusal):
        return _one(case_here(case_uid, with_notes=True), patient_uid, refusal=done), done.status
    say(gettext("The attempt is marked as written down by mistake."))
    page = url_for(".patient", clinic_uid=clinic_uid, case_uid=case_uid, patient_uid=patient_uid)
    return redirect(page, code=303)


def shown_contacts(here: CaseHere) -> tuple[Contact, ...]:
    """The patients that the address asks for: those still open, all, or those of one state."""
    asked = asked_listing(columns=("state",), usual="state", filters=("show",)).narrowed.get("show", "")
    if asked == "all":
        return here.contacts
    if asked in set(ContactState):
        return tuple(each for each in here.contacts if each.state == asked)
    return tuple(each for each in here.contacts if each.is_open and each.is_concerned)


def named(rows: Iterable[Contact]) -> Mapping[int, PatientIdentity]:
    """Who these patients are, by their keys, once it was written down for whom they are read; erased ones not."""
    store, found = installation(), tuple(rows)
    pairs = ((each.clinic_id, row.patient_uid) for row in found for each in row.sessions)
    asked = as_opened(names_open(), "recall")
    disclose_trace(store, acting(), pairs, purpose=asked, page="recall", now=present())
    if not found:
        return {}
    with store.reading() as connection:
        return identities(connection, store.keyring, [row.patient_id for row in found])


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _list(here: CaseHere, *, form: CheckForm | None = None, refusal: Refusal | None = None) -> str:
    listing = asked_listing(columns=("state",), usual="state", filters=("show",))
    every = shown_contacts(here)
    page: Sequence[Contact] = every[listing.offset : listing.offset + ROWS]
    may_name = names_open() is not None
    return render_template(
        "recall/contacts.html",
        here=here,
        rows=page,
        count=len(every),
        listing=listing,
        show=listing.narrowed.get("show", ""),
        who=named(page) if may_name else {},
        may_name=may_name,
        form=form or _check_form(here),
        refusal=refusal,
        levels=LEVELS,
        words=recall_words,
        states=tuple(ContactState),
    )


def _check_form(here: CaseHere) -> CheckForm:
    known = here.check
    if known is None:
        return CheckForm(formdata=None)
    share = known.share if known.level == CheckLevel.B else None
    return CheckForm(formdata=None, data={"level": known.level, "share": share})


def _one(
    here: CaseHere, patient_uid: str, form: AttemptForm | None = None, refusal: Refusal | None = None
) -> str:
    contact = next((each for each in here.contacts if each.patient_uid == patient_uid), None)
    if contact is None:
        raise ThingNotFound(thing="patient", uid=patient_uid[:40])
    if form is None:
        form = AttemptForm(formdata=None)
        form.tried_at.process_data(
            present().astimezone(ZoneInfo(zone_of_page())).replace(tzinfo=None, second=0, microsecond=0)
        )
    return render_template(
        "recall/contact.html",
        here=here,
        contact=contact,
        patient=named([contact]).get(contact.patient_id),
        form=form,
        withdrawing=KeyedForm(formdata=None),
        refusal=refusal,
        words=recall_words,
    )


def _cells(contact: Contact, who: PatientIdentity | None) -> list[Cell]:
    return [
        who.name if who else gettext("Erased record"), who.born_on if who else None, who.contact if who else "",
        who.reference if who else "", contact.short_code, ", ".join(contact.clinics), session_words(contact),
        show_word(contact.state), attempts_words(contact.standing), next_words(contact),
    ]  # fmt: skip
