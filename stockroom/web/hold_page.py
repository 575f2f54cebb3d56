"""How is something stopped from where one stands: a lot, all that lies in a place, an opened container?"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.place_hold import HoldPlaced, PlaceHold, place_hold
from stockroom.queries import lots as lot_queries
from stockroom.queries.containers import container as container_of
from stockroom.queries.locations import account
from stockroom.queries.stock import stock_of_lot
from stockroom.vocabulary import HoldReason
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("hold_page", __name__, url_prefix="/c/<clinic_uid>")
EVERYWHERE = ""
"""Of a lot's places: wherever it lies in this clinic."""
NOTE_MAX = 2000


class HoldForm(KeyedForm):
    reason = SelectField(lazy_gettext("Why"))
    where = SelectField(lazy_gettext("Which of it"), validate_choice=False)
    note = TextAreaField(
        lazy_gettext("What happened"),
        validators=[
            InputRequired(message=lazy_gettext("Say what happened, for whoever decides on it.")),
            Length(max=NOTE_MAX),
        ],
    )


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """What the form is about, and where it leads back to."""

    title: str
    detail: str
    back: str
    back_word: str
    lot_uid: str | None = None
    location_uid: str | None = None


@blp.route("/lots/<lot_uid>/hold", methods=["GET", "POST"])
def lot(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """Stop a lot, wherever it lies here or at one place."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        row = lot_queries.lot(connection, clinic_id, uid=lot_uid)
        here = stock_of_lot(connection, clinic_id, now=present(), lot_uid=lot_uid)
    form = _form()
    places = [(place.location_uid, place.standing_name or place.location_name) for place in here]
    form.where.choices = [
        (EVERYWHERE, gettext("all of it here, and its mixtures")),
        *places,
    ]
    subject = Stopped(
        title=gettext("Hold lot %(number)s", number=row.number),
        detail=f"{row.product_name} {row.strength}",
        back=url_for("lot_page.lot", clinic_uid=clinic_uid, lot_uid=lot_uid),
        back_word=gettext("Lot %(number)s", number=row.number),
        lot_uid=lot_uid,
    )
    return _answered(form, subject)


@blp.route("/locations/<location_uid>/hold", methods=["GET", "POST"])
def location(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Stop everything that lies at a place now, opened containers that stand there included."""
    with installation().reading() as connection:
        row = account(connection, acting().clinic_id, uid=location_uid)
    subject = Stopped(
        title=gettext("Hold everything in %(place)s", place=row.name),
        detail=gettext("What lies there now stays stopped when it is moved; what comes later is not."),
        back=url_for("location_page.location", clinic_uid=clinic_uid, location_uid=location_uid),
        back_word=row.name,
        location_uid=location_uid,
    )
    return _answered(_form(), subject)


@blp.route("/containers/<container_uid>/hold", methods=["GET", "POST"])
def container(clinic_uid: str, container_uid: str) -> ResponseReturnValue:
    """Stop what is in an opened container."""
    with installation().reading() as connection:
        row = container_of(connection, acting().clinic_id, uid=container_uid)
    subject = Stopped(
        title=gettext("Hold container %(code)s", code=row.short_code),
        detail=f"{row.product_name} {row.strength}",
        back=url_for("container_page.container", clinic_uid=clinic_uid, container_uid=container_uid),
        back_word=row.short_code,
        location_uid=container_uid,
    )
    return _answered(_form(), subject)


def _form() -> HoldForm:
    form = HoldForm()
    reasons = [each for each in HoldReason if each is not HoldReason.RECALL]
    form.reason.choices = [(each.value, show_word(each.value)) for each in reasons]
    form.where.choices = []
    if not form.is_submitted():
        _propose(form)
    return form


def _propose(form: HoldForm) -> None:
    """Fill in what a report proposes (`reason`, `note`); whoever sends the form decides."""
    reason = request.args.get("reason", "")
    if reason in [value for value, _word in form.reason.choices or ()]:
        form.reason.data = reason
    form.note.data = request.args.get("note", "").replace("\0", "")[:NOTE_MAX]


def _answered(form: HoldForm, subject: Stopped) -> ResponseReturnValue:
    if not form.is_submitted():
        return _page(form, subject)
    done = send(form, lambda: _placed(form, subject))
    if isinstance(done, Refusal):
        return _page(form, subject, done)
    if done.place_count:
        held = ngettext(
            "%(num)s lot at a place is on hold.", "%(num)s lots at places are on hold.", done.place_count
        )
    else:
        held = gettext("On hold, wherever it lies in this clinic.")
    say(held, loudness="warning")
    return redirect(subject.back, code=303)


def _placed(form: HoldForm, subject: Stopped) -> HoldPlaced:
    command = PlaceHold(
        reason=HoldReason(form.reason.data),
        note=form.note.data or "",
        lot_uid=subject.lot_uid,
        location_uid=subject.location_uid or form.where.data or None,
    )
    return place_hold(installation(), command, actor=acting(), key=form.key.data or "", now=present())


def _page(form: HoldForm, subject: Stopped, refusal: Refusal | None = None) -> ResponseReturnValue:
    shown = render_template("hold/place.html", form=form, subject=subject, refusal=refusal)
    return (shown, refusal.status) if refusal is not None else shown
