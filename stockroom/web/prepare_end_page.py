"""How does the making of a cocktail end?  Finished, with its limit; or abandoned, line by line."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.access.countersigning import Signer
from stockroom.errors import InvalidValue
from stockroom.operations.abandon_preparation import (
    AbandonPreparation,
    DrawnOf,
    PreparationAbandoned,
    abandon_preparation,
)
from stockroom.operations.add_ingredient import RemoveIngredient, remove_ingredient
from stockroom.operations.finish_preparation import (
    FinishPreparation,
    PreparationFinished,
    finish_preparation,
)
from stockroom.operations.reassign_preparation import ReassignPreparation, reassign_preparation
from stockroom.queries.preparations import IngredientRow
from stockroom.units import parse_quantity, show_quantity, typed_number
from stockroom.vocabulary import BaseUnit, SignOnWay
from stockroom.web.forms import Refusal, say, send
from stockroom.web.made_cocktail import address_once_made
from stockroom.web.preparation_view import (
    AbandonForm,
    FinishForm,
    ReassignForm,
    RemoveForm,
    draw_preparation,
    give_choices,
    read_sheet,
)

blp = Blueprint("prepare_end_page", __name__, url_prefix="/c/<clinic_uid>/prepare/<preparation_uid>")
_DRAWN = "drawn-"


@blp.post("/removal")
def remove(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """Give back an ingredient of which nothing was drawn."""
    form = RemoveForm()
    command = RemoveIngredient(preparation_uid=preparation_uid, n=form.n.data or 0)
    done = send(
        form,
        lambda: remove_ingredient(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return draw_preparation(preparation_uid, refusal=done)
    say(gettext("It was given back: nothing of it is kept for this cocktail any more."), loudness="info")
    return _to(clinic_uid, preparation_uid)


@blp.post("/completion")
def finish(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """Make the cocktail: its own lot, its own limit."""
    form = FinishForm()
    give_choices(form)
    done = send(form, lambda: _finish(preparation_uid, form))
    if isinstance(done, Refusal):
        return draw_preparation(preparation_uid, finish=form, refusal=done)
    to = address_once_made(
        clinic_uid, preparation_uid, used_by_key=f"{form.key.data}-use" if form.then_use.data else ""
    )
    return _to(clinic_uid, preparation_uid) if to is None else redirect(to, code=303)


@blp.post("/reassignment")
def reassign(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """Give a cocktail whose sessions are over to other sessions of today."""
    form = ReassignForm()
    form.session_uids.choices = [(uid, uid) for uid in form.session_uids.data or ()]
    command = ReassignPreparation(
        preparation_uid=preparation_uid, session_uids=tuple(form.session_uids.data or ())
    )
    done = send(
        form,
        lambda: reassign_preparation(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return draw_preparation(preparation_uid, refusal=done)
    say(gettext("It is for another session now: print its label anew."))
    return _to(clinic_uid, preparation_uid)


@blp.get("/abandonment")
def ask(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """Ask of each ingredient what was drawn."""
    return _ask(preparation_uid, AbandonForm(formdata=None), {})


@blp.post("/abandonment")
def abandon(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    """Throw away what was drawn, give back the rest."""
    form = AbandonForm()
    typed = {
        name.removeprefix(_DRAWN): text.strip()
        for name, text in request.form.items()
        if name.startswith(_DRAWN)
    }
    done = send(form, lambda: _abandon(preparation_uid, form, typed))
    if isinstance(done, Refusal):
        return _ask(preparation_uid, form, typed, done)
    say(gettext("The cocktail was abandoned. What was drawn is thrown away."), loudness="info")
    return _to(clinic_uid, preparation_uid)


def _finish(preparation_uid: str, form: FinishForm) -> PreparationFinished:
    text = typed_number(form.output.data)
    output = parse_quantity(text, "mL", base_unit=BaseUnit.MICROLITRE) if text else None
    override = form.override()
    checker: Signer | None
    if override is not None and override.second_person_uid is not None:
        checker = Signer(person_uid=override.second_person_uid, way=override.second_person_way)
    else:
        checker = form.signer()
    command = FinishPreparation(
        preparation_uid=preparation_uid,
        location_uid=form.location_uid.data or "",
        output_quantity=output,
        loss_reason=(form.loss_reason.data or "").strip(),
        checked_by_uid=checker.person_uid if checker else None,
        checked_way=checker.way if checker else SignOnWay.PASSWORD,
        override=override,
    )
    return finish_preparation(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _abandon(preparation_uid: str, form: AbandonForm, typed: dict[str, str]) -> PreparationAbandoned:
    rows = read_sheet(preparation_uid).sheet.ingredients
    drawn = tuple(DrawnOf(n=row.n, quantity=_drawn(row, typed.get(str(row.n), ""))) for row in rows)
    command = AbandonPreparation(
        preparation_uid=preparation_uid, drawn=drawn, reason=(form.reason.data or "").strip()
    )
    return abandon_preparation(
        installation(), command, actor=acting(), key=form.key.data or "", now=present()
    )


def _drawn(row: IngredientRow, text: str) -> int:
    if not text:
        raise InvalidValue(
            field=f"{row.product_name} {row.lot_number}",
            problem=gettext("say how much was drawn; 0 when its vial was not touched"),
        )
    unit = BaseUnit(row.base_unit)
    return parse_quantity(typed_number(text), show_quantity(1, unit).unit, base_unit=unit, may_be_zero=True)


def _ask(
    preparation_uid: str, form: AbandonForm, typed: dict[str, str], refusal: Refusal | None = None
) -> tuple[str, int]:
    read = read_sheet(preparation_uid)
    if not read.is_draft:
        return draw_preparation(preparation_uid, refusal=refusal)
    page = render_template(
        "prepare/abandon.html",
        preparation=read.sheet.preparation,
        ingredients=read.sheet.ingredients,
        units={row.n: show_quantity(1, BaseUnit(row.base_unit)).unit for row in read.sheet.ingredients},
        form=form,
        typed=typed,
        refusal=refusal,
    )
    return page, refusal.status if refusal else 200


def _to(clinic_uid: str, preparation_uid: str) -> ResponseReturnValue:
    return redirect(
        url_for("prepare_page.preparation", clinic_uid=clinic_uid, preparation_uid=preparation_uid),
        code=303,
    )
