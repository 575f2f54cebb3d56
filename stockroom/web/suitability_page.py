"""What does a flag of a patient mean in this clinic?  The rules of the source texts, and the clinic's own word."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.operations.decide_suitability import (
    SOURCE_MAX,
    DecideSuitability,
    SuitabilityDecided,
    decide_suitability,
)
from stockroom.queries.reference import ingredients, words_of
from stockroom.queries.suitability import RuleShown, flag_names, suitability_rules
from stockroom.vocabulary import Effect, RegulatoryClass, SubjectKind
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send
from stockroom.web.patient_flags_page import by_class

blp = Blueprint("suitability_page", __name__, url_prefix="/c/<clinic_uid>/suitability")
_ = lazy_gettext
AS_WRITTEN = "as_written"
"""The answer that the clinic follows the reference data again."""


class DecisionForm(KeyedForm):
    """A flag, what it is about (`kind:subject`), and what it does."""

    flag = SelectField(_("Flag"), validate_choice=False, validators=[DataRequired()])
    subject = StringField(_("What it is about"), validators=[DataRequired(), Length(max=130)])
    effect = SelectField(
        _("What it does"),
        choices=[(each.value, "") for each in Effect] + [(AS_WRITTEN, "")],
        validators=[DataRequired()],
    )
    source = StringField(_("Where that comes from"), validators=[Optional(), Length(max=SOURCE_MAX)])


@blp.get("")
def rules(clinic_uid: str) -> ResponseReturnValue:
    """Every rule, flag by flag."""
    return _page(DecisionForm(formdata=None))


@blp.post("")
def decide(clinic_uid: str) -> ResponseReturnValue:
    """Decide what a flag means here."""
    form = DecisionForm()
    done = send(form, lambda: _decided(form))
    if isinstance(done, Refusal):
        return _page(form, refusal=done), done.status
    say(gettext("The next scan is judged by it."))
    return redirect(url_for("suitability_page.rules", clinic_uid=clinic_uid), code=303)


def _decided(form: DecisionForm) -> SuitabilityDecided:
    kind, _colon, subject = (form.subject.data or "").partition(":")
    if kind not in set(SubjectKind) or not subject:
        raise InvalidValue(field="subject", problem=gettext("choose what the rule is about"))
    command = DecideSuitability(
        flag=form.flag.data,
        subject_kind=SubjectKind(kind),
        subject=subject,
        effect=None if form.effect.data == AS_WRITTEN else Effect(form.effect.data),
        source=form.source.data or "",
    )
    return decide_suitability(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(form: DecisionForm, *, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        shown = suitability_rules(connection, acting().clinic_id)
        names = flag_names(connection)
        techniques = words_of(connection, kinds=("techniques",))["techniques"]
        every = ingredients(connection, limit=1_000).items
    by_flag: dict[str, list[RuleShown]] = {}
    for rule in shown:
        by_flag.setdefault(rule.flag_name, []).append(rule)
    return render_template(
        "suitability/rules.html",
        by_flag=by_flag,
        flag_names=names,
        techniques=techniques,
        classes=[(each.value, show_word(each.value)) for each in RegulatoryClass],
        choices=by_class(every),
        effects=[each.value for each in Effect],
        as_written=AS_WRITTEN,
        form=form,
        refusal=refusal,
        chosen=request.form.get("subject", ""),
    )
