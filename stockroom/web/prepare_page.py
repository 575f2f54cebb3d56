"""Prepare: cocktails in the making and ready, a new one begun, and the page of one until it is made or abandoned."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from wtforms import IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue, Refused
from stockroom.operations.start_preparation import (
    DOSES_MAX,
    PreparationStarted,
    StartPreparation,
    start_preparation,
)
from stockroom.queries.bench_today import DaySession, cocktails_lying, sessions_of_day
from stockroom.queries.paging import PAGE_ROWS_MAX
from stockroom.queries.preparation_rows import preparations
from stockroom.queries.recipes import recipes
from stockroom.rules.permissions import may
from stockroom.units import parse_quantity, typed_number
from stockroom.vocabulary import Action, BaseUnit, PreparationState
from stockroom.web.day import asked_day
from stockroom.web.formats import tell
from stockroom.web.forms import AnsweringForm, Refusal, send
from stockroom.web.preparation_view import draw_preparation, named_visits

blp = Blueprint("prepare_page", __name__, url_prefix="/c/<clinic_uid>/prepare")
_A = lazy_gettext


class StartForm(AnsweringForm):
    """What is made, for whom, how often."""

    recipe_uid = SelectField(_A("Recipe"), validators=[Optional()])
    reason = StringField(_A("Why it is mixed without a recipe"), validators=[Length(max=500)])
    wanted = StringField(_A("or so much, in mL"), validators=[Length(max=20)])
    again_reason = StringField(_A("Why another one is made"), validators=[Length(max=500)])
    dose_count = IntegerField(
        _A("Doses"), validators=[InputRequired(), NumberRange(min=1, max=DOSES_MAX)], default=1
    )
    session_uids = SelectMultipleField(_A("For today's sessions"), validators=[Optional()])


@blp.get("")
def in_work(clinic_uid: str) -> ResponseReturnValue:
    """What is being made, what is ready and how long it lives, and the form that begins another."""
    form = StartForm(
        formdata=None,
        dose_count=1,
        recipe_uid=request.args.get("recipe", ""),
        session_uids=[request.args["session"]] if "session" in request.args else [],
    )
    return _list(form)


@blp.post("")
def start(clinic_uid: str) -> ResponseReturnValue:
    """Begin a cocktail as a draft."""
    form = StartForm()
    _give_choices(form, ())
    form.session_uids.choices = [(uid, uid) for uid in form.session_uids.data or ()]
    done = send(form, lambda: _start(form))
    if isinstance(done, Refusal):
        return _list(form, done)
    return redirect(
        url_for(".preparation", clinic_uid=clinic_uid, preparation_uid=done.preparation_uid), code=303
    )


@blp.get("/made")
def made(clinic_uid: str) -> ResponseReturnValue:
    """The cocktails that were made, newest first: all, or by one version of a recipe."""
    version_uid = request.args.get("version") or None
    with installation().reading() as connection:
        page = preparations(
            connection,
            acting().clinic_id,
            state=PreparationState.FINISHED,
            version_uid=version_uid,
            after=request.args.get("after") or None,
        )
    return render_template(
        "prepare/made.html", rows=page.items, after=page.next_cursor, version_uid=version_uid
    )


@blp.get("/<preparation_uid>")
def preparation(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """One cocktail."""
    return draw_preparation(preparation_uid)


def _start(form: StartForm) -> PreparationStarted:
    try:
        text = typed_number(form.wanted.data)
        wanted = parse_quantity(text, "mL", base_unit=BaseUnit.MICROLITRE) if text else None
    except Refused as error:
        raise InvalidValue(field="wanted", problem=tell(error)) from error
    command = StartPreparation(
        recipe_uid=form.recipe_uid.data or None,
        reason=(form.reason.data or "").strip(),
        dose_count=form.dose_count.data or 0,
        wanted_quantity=wanted,
        again_reason=(form.again_reason.data or "").strip(),
        session_uids=tuple(form.session_uids.data or ()),
        override=form.answer(),
    )
    return start_preparation(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _list(form: StartForm, refusal: Refusal | None = None) -> tuple[str, int]:
    clinic_id, day = acting().clinic_id, asked_day()
    may_prepare = may(acting().roles, Action.PREPARE)
    with installation().reading() as connection:
        drafts = preparations(connection, clinic_id, state=PreparationState.DRAFT).items
        ready = cocktails_lying(connection, clinic_id)
        sessions: tuple[DaySession, ...] = ()
        if may_prepare:
            sessions = sessions_of_day(connection, clinic_id, begins_at=day.begins_at, ends_at=day.ends_at)
    _give_choices(form, named_visits(sessions))
    page = render_template(
        "prepare/in_work.html",
        form=form,
        drafts=drafts,
        ready=ready,
        refusal=refusal,
        other_uid=getattr(refusal.error, "preparation_uid", None) if refusal else None,
    )
    return page, refusal.status if refusal else 200


def _give_choices(form: StartForm, sessions: Any) -> None:
    with installation().reading() as connection:
        known = recipes(connection, limit=PAGE_ROWS_MAX).items
    approved = sorted((each for each in known if each.approved_uid), key=lambda each: each.name.casefold())
    form.recipe_uid.choices = [
        ("", _A("without a recipe")),
        *((each.uid, each.name) for each in approved),
    ]
    form.session_uids.choices = list(sessions)
