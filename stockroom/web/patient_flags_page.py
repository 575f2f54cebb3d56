"""What speaks against treating a patient: asked again, one more allergy, a flag that begins or ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from wtforms import DateField, HiddenField, IntegerField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, Regexp

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.ask_allergies import AskAllergies, ConfirmAnswers, ask_allergies, confirm_answers
from stockroom.operations.flag_patient import (
    EndFlag,
    NoteFlag,
    WithdrawFlag,
    end_flag,
    note_flag,
    withdraw_flag,
)
from stockroom.queries.patients import PatientShown, patient_shown
from stockroom.queries.reference import IngredientRow
from stockroom.queries.unsuitable import unsuitable_of_patient
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.session_view import UID

blp = Blueprint("patient_flags_page", __name__, url_prefix="/c/<clinic_uid>/patients/<patient_uid>")


class ChangeForm(KeyedForm):
    """A change of what is known of her, and the session in which she has just arrived, if that is where it is made."""

    version = IntegerField(validators=[InputRequired()])
    session_uid = HiddenField(validators=[Optional(), Regexp(UID)])


class AllergyForm(ChangeForm):
    """One more allergy: `ingredient:` and its uid, or `class:` and its name."""

    allergy = StringField(validators=[DataRequired(), Length(max=120)])


class FlagForm(ChangeForm):
    """A contraindication, with its days."""

    flag = StringField(validators=[DataRequired(), Length(max=100)])
    from_on = DateField(validators=[Optional()])
    until_on = DateField(validators=[Optional()])


class EndingForm(ChangeForm):
    """The last day of a flag."""

    until_on = DateField(validators=[InputRequired()])


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassOfIngredients:
    """A class with its ingredients, to choose one or all of them."""

    name: str
    ingredients: tuple[IngredientRow, ...]


def by_class(ingredients: tuple[IngredientRow, ...]) -> tuple[ClassOfIngredients, ...]:
    """Give ingredients class by class, each by name."""
    found: dict[str, list[IngredientRow]] = {}
    for each in sorted(ingredients, key=lambda each: each.name):
        found.setdefault(each.ingredient_class, []).append(each)
    return tuple(ClassOfIngredients(name=name, ingredients=tuple(found[name])) for name in sorted(found))


@blp.post("/answers")
def confirm(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """She was asked again, and nothing has changed."""
    form = ChangeForm()
    command = ConfirmAnswers(patient_uid=patient_uid, version=form.version.data or 0)
    return _done(clinic_uid, patient_uid, form, lambda: confirm_answers(installation(), command, **_by(form)))


@blp.post("/allergies/more")
def add_allergy(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Write one more allergy down beside those that are known."""
    form = AllergyForm()
    return _done(
        clinic_uid,
        patient_uid,
        form,
        lambda: ask_allergies(installation(), _with_one_more(patient_uid, form), **_by(form)),
    )


def _with_one_more(patient_uid: str, form: AllergyForm) -> AskAllergies:
    """The whole answer as it is known, and this one."""
    store = installation()
    with store.reading() as connection:
        shown = patient_shown(connection, store.keyring, acting().clinic_id, uid=patient_uid)
    kind, _, named = (form.allergy.data or "").partition(":")
    uids = [each.ingredient_uid for each in shown.allergies]
    classes = [each.ingredient_class for each in shown.classes]
    if kind not in ("ingredient", "class") or not named:
        raise InvalidValue(field="allergy", problem=gettext("choose an ingredient or a class"))
    (uids if kind == "ingredient" else classes).append(named)
    return AskAllergies(
        patient_uid=patient_uid,
        ingredient_uids=tuple(dict.fromkeys(uids)),
        classes=tuple(dict.fromkeys(classes)),
        version=form.version.data,
    )


@blp.post("/flags")
def note(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Write a flag down."""
    form = FlagForm()
    command = NoteFlag(
        patient_uid=patient_uid,
        flag=form.flag.data or "",
        from_on=form.from_on.data,
        until_on=form.until_on.data,
        version=form.version.data,
    )
    return _done(clinic_uid, patient_uid, form, lambda: note_flag(installation(), command, **_by(form)))


@blp.post("/flags/<flag_uid>/ending")
def end(clinic_uid: str, patient_uid: str, flag_uid: str) -> ResponseReturnValue:
    """Say which day is the last of a flag."""
    form = EndingForm()

    def do() -> object:
        assert form.until_on.data is not None
        command = EndFlag(
            patient_uid=patient_uid,
            flag_uid=flag_uid,
            until_on=form.until_on.data,
            version=form.version.data,
        )
        return end_flag(installation(), command, **_by(form))

    return _done(clinic_uid, patient_uid, form, do)


@blp.post("/flags/<flag_uid>/withdrawal")
def withdraw(clinic_uid: str, patient_uid: str, flag_uid: str) -> ResponseReturnValue:
    """Take a flag out that was written down by mistake."""
    form = ChangeForm()
    command = WithdrawFlag(patient_uid=patient_uid, flag_uid=flag_uid, version=form.version.data)
    return _done(clinic_uid, patient_uid, form, lambda: withdraw_flag(installation(), command, **_by(form)))


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data, "now": present()}


def _done(
    clinic_uid: str, patient_uid: str, form: ChangeForm, do: Callable[[], object]
) -> ResponseReturnValue:
    """Do it and go back to where it was asked; the page there says what no longer suits."""
    done = send(form, do)
    if isinstance(done, Refusal):
        say(done.detail, loudness="danger")
    else:
        _say_what_follows(patient_uid)
    if form.session_uid.data:
        there = url_for(
            "session_arrival_page.arrival", clinic_uid=clinic_uid, session_uid=form.session_uid.data
        )
    else:
        there = url_for("patients_page.patient", clinic_uid=clinic_uid, patient_uid=patient_uid)
    return redirect(there, code=303)


def _say_what_follows(patient_uid: str) -> None:
    """That it is written down, and whether something that is planned here does not suit."""
    with installation().reading() as connection:
        count = len(unsuitable_of_patient(connection, acting().clinic_id, uid=patient_uid))
    if not count:
        say(gettext("Written down."))
        return
    sentence = ngettext(
        "Written down. %(num)s session has something planned that does not suit: it stands below.",
        "Written down. %(num)s sessions have something planned that does not suit: it stands below.",
        count,
    )
    say(sentence, loudness="warning")


def changes_of(shown: PatientShown) -> ChangeForm:
    """Give the form whose key the small forms of a page share: at most one of them is sent."""
    return ChangeForm(formdata=None, version=shown.identity.version)
