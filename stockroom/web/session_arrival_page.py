"""She has arrived: what speaks against treating her, since when nobody has asked, and what is done beforehand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from wtforms import IntegerField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.scan import LIMIT_BYTES
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.ask_allergies import ConfirmAnswers, confirm_answers
from stockroom.operations.tick_instruction import TickInstructions, tick_instructions
from stockroom.queries.bench_session import visit_at_bench
from stockroom.queries.instructions import instructions_before
from stockroom.queries.reference import ingredients
from stockroom.queries.suitability import flag_names
from stockroom.queries.unsuitable import unsuitable_of_patient
from stockroom.rules.permissions import may
from stockroom.vocabulary import Action, SessionState
from stockroom.web.formats import today_here
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.patient_flags_page import by_class, changes_of
from stockroom.web.patients_named import whole_patient
from stockroom.web.record_words import span_words
from stockroom.web.scan_text import ScanField
from stockroom.web.session_words import STATE_LOUDNESS

blp = Blueprint("session_arrival_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>/arrival")
_ALL_DONE = "all"
_ASKED = ("yes", _ALL_DONE)
"""What the buttons say that stand for having asked her; the second one that everything was done beforehand."""


class ArrivalForm(KeyedForm):
    """What was done beforehand, and that she was asked."""

    version = IntegerField(validators=[InputRequired()])
    scan = ScanField(validators=[Length(max=LIMIT_BYTES)])


@blp.get("")
def arrival(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """What is asked and done before anything is used."""
    return _page(session_uid)


@blp.post("")
def ready(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Write down what was ticked, and that she was asked and nothing has changed; then the bench.

    What was scanned here goes along to the bench, which judges it.
    """
    form = ArrivalForm()
    done = send(form, lambda: _written(session_uid, form))
    if isinstance(done, Refusal):
        return _page(session_uid, form=form, refusal=done), done.status
    if done and not (form.scan.data or "").strip():
        say(
            gettext("Not ticked, because of a flag: %(what)s. Ask, and tick it.", what=", ".join(done)),
            loudness="warning",
        )
        return redirect(url_for(".arrival", clinic_uid=clinic_uid, session_uid=session_uid), code=303)
    if (form.scan.data or "").strip():
        bench = url_for("session_scan_page.scan", clinic_uid=clinic_uid, session_uid=session_uid)
        return redirect(bench, code=307)
    asked = request.form.get("asked") in _ASKED
    say(gettext("Asked today, unchanged.") if asked else gettext("What was ticked is written down."))
    return redirect(url_for("session_page.session", clinic_uid=clinic_uid, session_uid=session_uid), code=303)


def _written(session_uid: str, form: ArrivalForm) -> tuple[str, ...]:
    """She was asked, is here, and this was done: acts with a key of their own; sent again they answer as before.

    Gives what is not done by "all", because of a flag of hers, and nobody has ticked by itself.
    """
    store, actor, key, at = installation(), acting(), form.key.data or "", present()
    with store.reading() as connection:
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        known = instructions_before(connection, actor.clinic_id, session_uid=session_uid, today=today_here())
    said = request.form.get("asked")
    ticked = request.form.getlist("done")
    left = [each for each in known if each.is_asked_singly and each.slug not in ticked]
    done = tuple(
        each.slug for each in known if each.slug in ticked or (said == _ALL_DONE and each not in left)
    )
    if may(actor.roles, Action.MAINTAIN_PATIENTS) and said in _ASKED:
        confirmed = ConfirmAnswers(patient_uid=visit.patient_uid, version=form.version.data or 0)
        confirm_answers(store, confirmed, actor=actor, key=f"{key}-asked", now=at)
    if visit.state == SessionState.PLANNED:
        here = AdvanceSession(session_uid=session_uid, to=SessionState.ARRIVED)
        advance_session(store, here, actor=actor, key=f"{key}-here", now=at)
    ticks = TickInstructions(
        session_uid=session_uid,
        done=done,
        not_done=tuple(each.slug for each in known if each.is_done and each.slug not in done),
    )
    tick_instructions(store, ticks, actor=actor, key=key, now=at)
    return tuple(each.name for each in left) if said == _ALL_DONE else ()


def _page(session_uid: str, *, form: ArrivalForm | None = None, refusal: Refusal | None = None) -> str:
    actor, store = acting(), installation()
    with store.reading() as connection:
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
        every = ingredients(connection, limit=1_000).items
        more: dict[str, Any] = {
            "instructions": instructions_before(
                connection, actor.clinic_id, session_uid=session_uid, today=today_here()
            ),
            "choices": by_class(every),
            "flag_names": flag_names(connection),
        }
    shown = whole_patient(visit.patient_uid, page="session")
    if shown is not None:
        with store.reading() as connection:
            more["unsuitable"] = unsuitable_of_patient(connection, actor.clinic_id, uid=shown.identity.uid)
    return render_template(
        "session/arrival.html",
        visit=visit,
        patient=shown,
        form=form or (ArrivalForm(formdata=None, version=shown.identity.version) if shown else None),
        changes=changes_of(shown) if shown else None,
        today=today_here(),
        loudness=STATE_LOUDNESS,
        span_words=span_words,
        refusal=refusal,
        scanned=(form.scan.data or "").replace("\0", "") if form is not None else "",
        ticked=set(request.form.getlist("done")) if form is not None else None,
        **more,
    )
