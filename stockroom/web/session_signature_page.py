"""Who signs what was used in a session: that it was checked, or who injected it?"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import RadioField

from stockroom.access.acting import acting, installation, present
from stockroom.access.countersigning import actor_of_signer
from stockroom.operations.sign_session import SessionSigned, SignSession, sign_session
from stockroom.queries.bench_session import session_bench, visit_at_bench
from stockroom.queries.signatures import signatures_of_session
from stockroom.vocabulary import SignatureMeaning
from stockroom.web.forms import NOT_SIGNED, AnsweringForm, CountersignedForm, Refusal, say, send
from stockroom.web.patients_named import whole_patient
from stockroom.web.session_words import STATE_LOUDNESS
from stockroom.web.signing import own_way

blp = Blueprint(
    "session_signature_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>/signature"
)
MEANINGS = {
    SignatureMeaning.CHECKED: lazy_gettext("I checked it: product, lot, amount and patient"),
    SignatureMeaning.INJECTED: lazy_gettext("I injected it"),
}


class SignatureForm(AnsweringForm, CountersignedForm):
    """A signature and what it says; without a badge, PIN or password it is the sender's own."""

    meaning = RadioField(
        lazy_gettext("What the signature says"),
        choices=[(each.value, word) for each, word in MEANINGS.items()],
        default=SignatureMeaning.CHECKED.value,
    )


@blp.get("")
def look(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """What there is to sign, and who signed already."""
    form = SignatureForm(formdata=None)
    with installation().reading() as connection:
        visit = visit_at_bench(connection, acting().clinic_id, uid=session_uid)
    if visit.practitioner_uid == acting().person_uid:
        form.meaning.data = SignatureMeaning.INJECTED.value
    return _page(session_uid, form)


@blp.post("")
def sign(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Sign what was used so far, in the name of whoever shows badge, PIN or password."""
    form = SignatureForm()
    done = send(form, lambda: _signed(session_uid, form))
    if isinstance(done, Refusal):
        return _page(session_uid, form, done), done.status
    say(gettext("Signed."))
    there = url_for("session_signature_page.look", clinic_uid=clinic_uid, session_uid=session_uid)
    return redirect(there, code=303)


def _signed(session_uid: str, form: SignatureForm) -> SessionSigned:
    signer = form.signer()
    actor = acting() if signer is None else actor_of_signer(signer)
    command = SignSession(
        session_uid=session_uid,
        meaning=SignatureMeaning(form.meaning.data),
        way=own_way() if signer is None else signer.way,
        override=form.answer(),
    )
    return sign_session(installation(), command, actor=actor, key=form.key.data or "", now=present())


def _page(session_uid: str, form: SignatureForm, refusal: Refusal | None = None) -> str:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        visit = visit_at_bench(connection, clinic_id, uid=session_uid)
        bench = session_bench(connection, clinic_id, visit)
        signatures = signatures_of_session(connection, clinic_id, session_uid)
    return render_template(
        "session/signature.html",
        visit=visit,
        bench=bench,
        patient=whole_patient(visit.patient_uid, page="session"),
        loudness=STATE_LOUDNESS,
        signatures=signatures,
        form=form,
        refusal=refusal,
        is_unsigned=refusal is not None and refusal.code in NOT_SIGNED,
    )
