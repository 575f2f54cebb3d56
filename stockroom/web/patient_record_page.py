"""A patient's record as a whole: another record that is the same person, and everything that is held of her."""

from __future__ import annotations

import json

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import HiddenField
from wtforms.validators import Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.access.records_read import disclose_for_herself
from stockroom.http.person_file import person_document
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.queries.patients import PatientShown, patient_shown
from stockroom.queries.person_data import PersonData, person_data
from stockroom.reads.patients import PatientIdentity, find_patients, patient_by_uid
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.session_view import UID

blp = Blueprint("patient_record_page", __name__, url_prefix="/c/<clinic_uid>/patients/<patient_uid>")
_FOUND_MAX = 20


class MergeForm(KeyedForm):
    """The record that from now on means the same patient."""

    merged_uid = HiddenField(validators=[Regexp(UID)])


@blp.get("/merge")
def merge(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """The search for the other record."""
    return _merge_page(patient_uid)


@blp.post("/merge/search")
def search(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Records that may be the same person; what was typed stays out of addresses and logs."""
    text = request.form.get("text", "").strip()[:200]
    store = installation()
    found: tuple[PatientIdentity, ...] = ()
    if text:
        with store.reading() as connection:
            found = find_patients(connection, store.keyring, text, limit=_FOUND_MAX)
            own = patient_by_uid(connection, patient_uid).uid
        found = tuple(each for each in found if each.uid != own)
    disclose(store, acting(), [each.uid for each in found], purpose="merge", now=present())
    return _merge_page(patient_uid, text=text, found=found)


@blp.post("/merge")
def join(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Let this record stand for the other one too."""
    form = MergeForm()
    if request.form.get("sure") != "yes":
        say(gettext("Nothing was joined: tick that both are the same person."), loudness="warning")
        return redirect(
            url_for("patient_record_page.merge", clinic_uid=clinic_uid, patient_uid=patient_uid), code=303
        )
    command = MergePatients(into_uid=patient_uid, merged_uid=form.merged_uid.data or "")
    done = send(
        form,
        lambda: merge_patients(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _merge_page(patient_uid, refusal=done), done.status
    say(gettext("Both records mean this patient now; allergies and flags of both count."))
    return redirect(
        url_for("patients_page.patient", clinic_uid=clinic_uid, patient_uid=patient_uid), code=303
    )


def _merge_page(
    patient_uid: str,
    *,
    text: str = "",
    found: tuple[PatientIdentity, ...] | None = None,
    refusal: Refusal | None = None,
) -> str:
    return render_template(
        "patients/merge.html",
        patient=_shown(patient_uid).identity,
        text=text,
        found=found,
        form=MergeForm(formdata=None),
        refusal=refusal,
    )


def _shown(patient_uid: str) -> PatientShown:
    store, actor = installation(), acting()
    with store.reading() as connection:
        shown = patient_shown(connection, store.keyring, actor.clinic_id, uid=patient_uid, on=today_here())
    disclose(store, actor, [shown.identity.uid], purpose="merge", now=present())
    return shown


@blp.get("/held.json")
def held_json(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Everything that is held of her, for a program."""
    document = json.dumps(person_document(_held(patient_uid)), ensure_ascii=False, indent=1)
    return _file(document.encode(), "application/json", "held.json")


@blp.get("/held.pdf")
def held_pdf(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Everything that is held of her, to be read."""
    from stockroom.web.person_on_paper import person_paper  # dear to load: not at the start

    return _file(person_paper(_held(patient_uid)), "application/pdf", "held.pdf")


def _held(patient_uid: str) -> PersonData:
    """Everything, once each clinic in which something is held has written down that it goes out."""
    store, actor = installation(), acting()
    with store.reading() as connection:
        hers = patient_by_uid(connection, patient_uid).uid
    disclose_for_herself(hers, page="held")
    with store.reading() as connection:
        return person_data(
            connection, store.keyring, actor.clinic_id, uid=hers, on=today_here(), now=present()
        )


def _file(content: bytes, mimetype: str, name: str) -> Response:
    answer = Response(content, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
