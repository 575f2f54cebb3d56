"""What do the letters of a recall say, how do they leave, and is it written down that they left?"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import DateTimeLocalField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.reach_patient import SendLetters, send_letters
from stockroom.operations.write_recall_letter import WriteRecallLetter, write_recall_letter
from stockroom.queries.recall_answers import LetterText, letter_texts
from stockroom.queries.recall_contacts import Contact
from stockroom.rules.recall_letters import BODY_MAX, PLACEHOLDERS, SUBJECT_MAX
from stockroom.web.clinic_here import clinic_here
from stockroom.web.formats import zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.labels_view import acting_name
from stockroom.web.recall_contacts_page import named, shown_contacts
from stockroom.web.recall_here import CaseHere, case_here
from stockroom.web.recall_letters_paper import (
    LetterWords,
    call_list_pdf,
    letters_pdf,
    usual_body,
    usual_subject,
)
from stockroom.web.record_words import at_wall

blp = Blueprint("recall_letters_page", __name__, url_prefix="/c/<clinic_uid>/recalls/<case_uid>/letters")
_ = lazy_gettext
_PDF = "application/pdf"


class LetterForm(KeyedForm):
    """What every letter says."""

    subject = StringField(_("Subject"), validators=[InputRequired(), Length(max=SUBJECT_MAX)])
    body = TextAreaField(_("Text"), validators=[InputRequired(), Length(max=BODY_MAX)])


class SentForm(KeyedForm):
    """The letters went to the post."""

    sent_at = DateTimeLocalField(
        _("Posted at"), format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(_("Say when they went."))],
    )  # fmt: skip


@blp.get("")
def letters(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """The text, to whom it goes, and what to do with it."""
    return _page(case_here(case_uid))


@blp.post("")
def write(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Keep another text; the one before stays."""
    form = LetterForm()
    done = send(
        form,
        lambda: write_recall_letter(
            installation(),
            WriteRecallLetter(case_uid=case_uid, subject=form.subject.data or "", body=form.body.data or ""),
            **_by(form),
        ),
    )
    if isinstance(done, Refusal):
        return _page(case_here(case_uid), form=form, refusal=done), done.status
    say(gettext("The text is kept; the letters say it from now on."))
    return redirect(url_for(".letters", clinic_uid=clinic_uid, case_uid=case_uid), code=303)


@blp.get("/letters.pdf")
def pdf(clinic_uid: str, case_uid: str) -> Response:
    """The letters, a page a patient: to all to whom something is still to be said, or to `patient` alone."""
    here = case_here(case_uid)
    rows = _recipients(here, request.args.get("patient", ""))
    return _paper(letters_pdf(_words(here), rows, named(rows)), "letters.pdf")


@blp.get("/call-list.pdf")
def call_list(clinic_uid: str, case_uid: str) -> Response:
    """The call list on paper; `show` narrows it as on the page of contacts."""
    here = case_here(case_uid)
    rows = shown_contacts(here)
    printed = gettext("Printed %(at)s by %(who)s.", at=at_wall(present()), who=acting_name())
    return _paper(call_list_pdf(rows, named(rows), case=here.name, printed=printed), "call-list.pdf")


@blp.post("/sending")
def sent(clinic_uid: str, case_uid: str) -> ResponseReturnValue:
    """Write down that the letters went to those to whom something is still to be said."""
    form, here = SentForm(), case_here(case_uid)
    uids = tuple(each.patient_uid for each in _recipients(here, ""))
    done = send(
        form,
        lambda: send_letters(
            installation(),
            SendLetters(case_uid=case_uid, patient_uids=uids, sent_at=_instant(form.sent_at.data)),
            **_by(form),
        ),
    )
    if isinstance(done, Refusal):
        return _page(here, sending=form, refusal=done), done.status
    say(gettext("It is written down that %(n)s letters went.", n=len(uids)))
    return redirect(
        url_for("recall_contacts_page.contacts", clinic_uid=clinic_uid, case_uid=case_uid), code=303
    )


def _recipients(here: CaseHere, patient_uid: str) -> tuple[Contact, ...]:
    """Those whom a letter is printed for: one who is asked for, or all who are concerned and still open."""
    if patient_uid:
        return tuple(each for each in here.contacts if each.patient_uid == patient_uid)
    return tuple(each for each in here.contacts if each.is_open and each.is_concerned)


def _words(here: CaseHere) -> LetterWords:
    text = _newest(here)
    clinic = clinic_here()
    return LetterWords(
        clinic="" if clinic is None else clinic.name,
        case=here.code,
        issuer=here.issuer,
        products=here.products,
        subject=text.subject if text else usual_subject(),
        body=text.body if text else usual_body(),
    )


def _newest(here: CaseHere) -> LetterText | None:
    with installation().reading() as connection:
        return next(iter(letter_texts(connection, case_id=here.id)), None)


def _page(
    here: CaseHere,
    *,
    form: LetterForm | None = None,
    sending: SentForm | None = None,
    refusal: Refusal | None = None,
) -> str:
    with installation().reading() as connection:
        texts = letter_texts(connection, case_id=here.id)
    if form is None:
        said = (texts[0].subject, texts[0].body) if texts else (usual_subject(), usual_body())
        form = LetterForm(formdata=None, data={"subject": said[0], "body": said[1]})
    if sending is None:
        sending = SentForm(formdata=None)
        at = present().astimezone(ZoneInfo(zone_of_page()))
        sending.sent_at.process_data(at.replace(tzinfo=None, second=0, microsecond=0))
    return render_template(
        "recall/letters.html",
        here=here,
        form=form,
        sending=sending,
        refusal=refusal,
        texts=texts,
        recipients=len(_recipients(here, "")),
        placeholders=PLACEHOLDERS,
    )


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _instant(typed: datetime) -> datetime:
    return typed.replace(tzinfo=ZoneInfo(zone_of_page()))


def _paper(paper: bytes, name: str) -> Response:
    answer = Response(paper, mimetype=_PDF)
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return answer
