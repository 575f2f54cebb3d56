"""How did the patient react to a session?  Written down as far as it is known, and added to; nothing is lost."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, DateTimeLocalField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.access.opened import notes_keyring
from stockroom.operations.record_reaction import (
    NOTE_MAX,
    AmendReaction,
    RecordReaction,
    WhatIsKnown,
    amend_reaction,
    record_reaction,
)
from stockroom.queries.bench_session import visit_at_bench
from stockroom.queries.reactions import ReactionKnown, reactions_of_sessions
from stockroom.queries.reference import words_of
from stockroom.vocabulary import OTHER_EFFECT, ReactionOutcome, ReactionSeverity
from stockroom.web import record_words
from stockroom.web.formats import show_word, zone_of_page
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.patients_named import whole_patient
from stockroom.web.session_words import STATE_LOUDNESS

blp = Blueprint("reactions_page", __name__, url_prefix="/c/<clinic_uid>/sessions/<session_uid>/reactions")
_ = lazy_gettext


class ReactionForm(KeyedForm):
    """A reaction as far as it is known."""

    effect = SelectField(_("What it is"), validate_choice=False, validators=[InputRequired(_("Choose one."))])
    severity = SelectField(
        _("How grave"),
        choices=[("", "–"), *((each.value, each.value) for each in ReactionSeverity)],
        validators=[InputRequired(_("Say how grave it is."))],
    )
    began_at = DateTimeLocalField(
        _("When it began"),
        format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        validators=[InputRequired(_("Say when it began."))],
    )
    outcome = SelectField(
        _("What became of it"), choices=[(each.value, each.value) for each in ReactionOutcome]
    )
    note = TextAreaField(_("Note"), validators=[Length(max=NOTE_MAX)])
    is_withdrawn = BooleanField(_("It was written down by mistake (say why in the note)"))

    def __init__(self, effects: tuple[tuple[str, str], ...], **more: Any) -> None:
        super().__init__(**more)
        self.effect.choices = [
            ("", "–"),
            *effects,
            (OTHER_EFFECT, gettext("Another one: say in the note what it is")),
        ]
        for field in (self.severity, self.outcome):
            field.choices = [
                (value, show_word(value) if value else word) for value, word in field.choices or ()
            ]

    @property
    def known(self) -> WhatIsKnown:
        """What the form says; to be asked once it was validated."""
        typed: datetime = self.began_at.data
        return WhatIsKnown(
            effect=self.effect.data or "",
            severity=ReactionSeverity(self.severity.data),
            began_at=typed.replace(tzinfo=ZoneInfo(zone_of_page())),
            outcome=ReactionOutcome(self.outcome.data),
            note=(self.note.data or "").strip(),
        )


@blp.get("")
def look(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """What is known, and the form for what is new."""
    return _page(session_uid)


@blp.post("")
def record(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Write down a reaction."""
    form = ReactionForm(_effects())

    def do() -> object:
        command = RecordReaction(session_uid=session_uid, known=form.known)
        return record_reaction(installation(), command, **_by(form))

    done = send(form, do)
    if isinstance(done, Refusal):
        return _page(session_uid, form=form, refusal=done), done.status
    say(gettext("The reaction is written down."))
    return _back(clinic_uid, session_uid)


@blp.post("/<reaction_uid>/amendment")
def amend(clinic_uid: str, session_uid: str, reaction_uid: str) -> ResponseReturnValue:
    """Write down what is known now; what was known before stays."""
    form = ReactionForm(_effects())

    def do() -> object:
        command = AmendReaction(
            reaction_uid=reaction_uid, known=form.known, is_withdrawn=form.is_withdrawn.data
        )
        return amend_reaction(installation(), command, **_by(form))

    done = send(form, do)
    if isinstance(done, Refusal):
        return _page(session_uid, amending=(reaction_uid, form), refusal=done), done.status
    say(gettext("Written down. What was known before stays beside it."))
    return _back(clinic_uid, session_uid)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _back(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    return redirect(url_for(".look", clinic_uid=clinic_uid, session_uid=session_uid), code=303)


def _effects() -> tuple[tuple[str, str], ...]:
    with installation().reading() as connection:
        return words_of(connection, kinds=["side_effects"])["side_effects"]


def _page(
    session_uid: str,
    *,
    form: ReactionForm | None = None,
    amending: tuple[str, ReactionForm] | None = None,
    refusal: Refusal | None = None,
) -> str:
    actor, effects = acting(), _effects()
    with installation().reading() as connection:
        visit = visit_at_bench(connection, actor.clinic_id, uid=session_uid)
    patient = whole_patient(visit.patient_uid, page="reactions")
    with installation().reading() as connection:
        known = reactions_of_sessions(connection, notes_keyring(), actor.clinic_id, [visit.id])
    reactions = known.get(visit.id, ())
    forms = {each.now.uid: _filled(each, effects) for each in reactions}
    if amending is not None:
        forms[amending[0]] = amending[1]
    return render_template(
        "session/reactions.html",
        visit=visit,
        patient=patient,
        reactions=reactions,
        form=form or _empty(effects),
        forms=forms,
        amending=amending[0] if amending else None,
        refusal=refusal,
        words=record_words,
        loudness=STATE_LOUDNESS,
    )


def _empty(effects: tuple[tuple[str, str], ...]) -> ReactionForm:
    form = ReactionForm(effects, formdata=None)
    form.began_at.process_data(_wall(present()))
    return form


def _filled(each: ReactionKnown, effects: tuple[tuple[str, str], ...]) -> ReactionForm:
    """The form of an amendment, as the reaction is known now; what was noted before stays where it is."""
    row = each.now
    said = {"effect": row.effect, "severity": row.severity, "outcome": row.outcome}
    form = ReactionForm(effects, formdata=None, data=said)
    form.began_at.process_data(_wall(row.began_at))
    for field in form:
        field.id = f"{field.id}-{row.uid}"
        field.label.field_id = field.id
    return form


def _wall(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(zone_of_page())).replace(tzinfo=None, second=0, microsecond=0)
