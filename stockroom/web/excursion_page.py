"""It was too warm or too cold somewhere: hold what lay there in one act, then decide and sign."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.access.countersigning import actor_of_signer
from stockroom.errors import InvalidValue
from stockroom.operations.decide_excursion import (
    REASON_LONGEST,
    DecideExcursion,
    ExcursionSettled,
    HeldThing,
    decide_excursion,
)
from stockroom.operations.hold_exposed import NOTE_LONGEST, HoldExposed, hold_exposed
from stockroom.queries.excursion import excursion_shown
from stockroom.rules.temperatures import Verdict
from stockroom.web.counted import packs_of
from stockroom.web.forms import CountersignedForm, KeyedForm, Refusal, say, send
from stockroom.web.signing import own_way

blp = Blueprint("excursion_page", __name__, url_prefix="/c/<clinic_uid>/excursions/<excursion_uid>")
_VERDICTS = (
    (Verdict.RELEASE.value, lazy_gettext("Release all of it")),
    (Verdict.DISPOSE.value, lazy_gettext("Throw all of it away")),
    (Verdict.PART.value, lazy_gettext("Throw away what is ticked, release the rest")),
)


class HoldForm(KeyedForm):
    """A word for whoever finds the hold."""

    note = StringField(lazy_gettext("A word about it"), validators=[Length(max=NOTE_LONGEST)])


class DecisionForm(CountersignedForm):
    """What becomes of it, on what that rests, and who signs it, where that is not the sender."""

    verdict = RadioField(
        lazy_gettext("Decision"),
        choices=_VERDICTS,
        validators=[InputRequired(lazy_gettext("Choose one of the three."))],
    )
    thrown = SelectMultipleField(lazy_gettext("Throw away"), validate_choice=False)
    reason = TextAreaField(
        lazy_gettext("On what it rests"),
        validators=[
            InputRequired(lazy_gettext("The manufacturer's word, stability data, how long it lasted.")),
            Length(max=REASON_LONGEST),
        ],
    )


@dataclass(frozen=True, kw_only=True)
class _Forms:
    hold: HoldForm
    decision: DecisionForm


@blp.get("")
def excursion(clinic_uid: str, excursion_uid: str) -> ResponseReturnValue:
    """What happened, what lay there, and what was decided."""
    return _page(excursion_uid)


@blp.post("/holds")
def hold(clinic_uid: str, excursion_uid: str) -> ResponseReturnValue:
    """Hold what lay there since the last good reading."""
    form = HoldForm()
    command = HoldExposed(excursion_uid=excursion_uid, note=form.note.data or "")
    done = send(form, lambda: hold_exposed(installation(), command, **_by(form)))
    if isinstance(done, Refusal):
        return _page(excursion_uid, refusal=done), done.status
    say(ngettext("%(num)s lot is held.", "%(num)s lots are held.", done.spot_count))
    return _back(clinic_uid, excursion_uid)


@blp.post("/decision")
def decide(clinic_uid: str, excursion_uid: str) -> ResponseReturnValue:
    """Decide, and sign it with that."""
    form = DecisionForm()
    done = send(form, lambda: _decided(form, excursion_uid))
    if isinstance(done, Refusal):
        return _page(excursion_uid, refusal=done, decision=form), done.status
    say(gettext("Decided and signed."))
    return _back(clinic_uid, excursion_uid)


def _decided(form: DecisionForm, excursion_uid: str) -> ExcursionSettled:
    """Who is signed in decides, or who shows badge, PIN or password."""
    command, signer = _decision(form, excursion_uid), form.signer()
    command = replace(command, way=own_way() if signer is None else signer.way)
    by = _by(form) if signer is None else {**_by(form), "actor": actor_of_signer(signer)}
    return decide_excursion(installation(), command, **by)


def _decision(form: DecisionForm, excursion_uid: str) -> DecideExcursion:
    verdict = Verdict(form.verdict.data)
    thrown = []
    for each in form.thrown.data or () if verdict is Verdict.PART else ():
        lot_uid, mark, location_uid = str(each).partition("@")
        if not mark:
            raise InvalidValue(field="thrown", problem=gettext("Tick it in the list."))
        thrown.append(HeldThing(lot_uid=lot_uid, location_uid=location_uid))
    if verdict is Verdict.PART and not thrown:
        raise InvalidValue(field="verdict", problem=gettext("Nothing is ticked that is to be thrown away."))
    return DecideExcursion(
        excursion_uid=excursion_uid, verdict=verdict, reason=form.reason.data or "", disposed=tuple(thrown)
    )


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _back(clinic_uid: str, excursion_uid: str) -> ResponseReturnValue:
    return redirect(
        url_for("excursion_page.excursion", clinic_uid=clinic_uid, excursion_uid=excursion_uid), code=303
    )


def _page(excursion_uid: str, *, refusal: Refusal | None = None, decision: DecisionForm | None = None) -> str:
    with installation().reading() as connection:
        shown = excursion_shown(connection, acting().clinic_id, uid=excursion_uid)
    ticked = set(decision.thrown.data or ()) if decision is not None else set()
    return render_template(
        "day/excursion.html",
        shown=shown,
        packs=packs_of(shown.things),
        hold_form=HoldForm(formdata=None),
        form=decision or DecisionForm(formdata=None),
        ticked=ticked,
        refusal=refusal,
    )
