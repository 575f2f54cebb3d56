"""A reading of a thermometer, and putting it right by a new row; and what is asked of a place each day."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.temperatures import KeptPlace, kept_place
from stockroom.operations.record_readings import NOTE_LONGEST, CorrectReading, correct_reading
from stockroom.operations.watch_place import WatchPlace, watch_place
from stockroom.queries.reading import ReadingShown, reading_shown
from stockroom.rules.temperatures import Limits, celsius, usual_limits
from stockroom.web.degrees import (
    HIGHEST_WORD,
    LOWEST_WORD,
    NOW_WORD,
    degrees_field,
    typed_figures,
    typed_tenths,
)
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("reading_page", __name__, url_prefix="/c/<clinic_uid>")


class CorrectionForm(KeyedForm):
    """What the thermometer really said."""

    now = degrees_field(NOW_WORD)
    lowest = degrees_field(LOWEST_WORD)
    highest = degrees_field(HIGHEST_WORD)
    is_taken_back = BooleanField(lazy_gettext("It was never read here: take it back"))
    reason = StringField(
        lazy_gettext("Why"),
        validators=[InputRequired(lazy_gettext("A correction says why.")), Length(max=NOTE_LONGEST)],
    )


class WatchForm(KeyedForm):
    """What is asked of a place each day."""

    is_read = BooleanField(lazy_gettext("Its thermometer is read"))
    lowest = degrees_field(lazy_gettext("Lowest allowed, °C"))
    highest = degrees_field(lazy_gettext("Highest allowed, °C"))
    is_emergency_box = BooleanField(lazy_gettext("It is the emergency box"))


@blp.get("/readings/<reading_uid>")
def reading(clinic_uid: str, reading_uid: str) -> ResponseReturnValue:
    """A reading, with what it corrects or what corrects it."""
    return _reading_page(_reading(reading_uid))


@blp.post("/readings/<reading_uid>")
def correct(clinic_uid: str, reading_uid: str) -> ResponseReturnValue:
    """Put it right by a new row."""
    form = CorrectionForm()
    done = send(form, lambda: correct_reading(installation(), _correction(form, reading_uid), **_by(form)))
    if isinstance(done, Refusal):
        return _reading_page(_reading(reading_uid), form=form, refusal=done), done.status
    say(gettext("Put right. What was written before stays in the file."))
    shown = _reading(done.reading_uid)
    return redirect(
        url_for(
            "temperature_page.log",
            clinic_uid=clinic_uid,
            location_uid=shown.location_uid,
            month=shown.read_at.strftime("%Y-%m"),
        ),
        code=303,
    )


@blp.get("/temperatures/<location_uid>/watch")
def watch(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """What is asked of a place each day."""
    return _watch_page(_place(location_uid))


@blp.post("/temperatures/<location_uid>/watch")
def decide_watch(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Ask something else of it from now on."""
    form = WatchForm()
    done = send(form, lambda: watch_place(installation(), _watched(form, location_uid), **_by(form)))
    if isinstance(done, Refusal):
        return _watch_page(_place(location_uid), form=form, refusal=done), done.status
    say(gettext("The place is kept so from now on."))
    return redirect(url_for("place_page.place", clinic_uid=clinic_uid, location_uid=location_uid), code=303)


def _correction(form: CorrectionForm, reading_uid: str) -> CorrectReading:
    figures = typed_figures(form.now, form.lowest, form.highest)
    if form.is_taken_back.data:
        figures = None
    elif figures is None:
        raise InvalidValue(field="now", problem=gettext("What it said, or tick that it was never read here."))
    return CorrectReading(reading_uid=reading_uid, figures=figures, reason=form.reason.data or "")


def _watched(form: WatchForm, location_uid: str) -> WatchPlace:
    lowest, highest = typed_tenths(form.lowest), typed_tenths(form.highest)
    if (lowest is None) != (highest is None):
        raise InvalidValue(
            field="highest" if highest is None else "lowest", problem=gettext("Both limits, or neither.")
        )
    limits = None
    if lowest is not None and highest is not None:
        limits = Limits(lowest_tenths=lowest, highest_tenths=highest)
    return WatchPlace(
        location_uid=location_uid,
        is_read=bool(form.is_read.data),
        limits=limits,
        is_emergency_box=bool(form.is_emergency_box.data),
    )


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data or "", "now": present()}


def _reading(uid: str) -> ReadingShown:
    with installation().reading() as connection:
        return reading_shown(connection, acting().clinic_id, uid=uid)


def _place(uid: str) -> KeptPlace:
    with installation().reading() as connection:
        place = kept_place(connection, acting().clinic_id, uid)
    if place is None:
        raise ThingNotFound(thing="place", uid=uid[:40])
    return place


def _reading_page(
    shown: ReadingShown, *, form: CorrectionForm | None = None, refusal: Refusal | None = None
) -> str:
    known = {
        name: None if tenths is None else celsius(tenths)
        for name, tenths in (
            ("now", shown.now_tenths),
            ("lowest", shown.lowest_tenths),
            ("highest", shown.highest_tenths),
        )
    }
    return render_template(
        "day/reading.html",
        shown=shown,
        form=form or CorrectionForm(formdata=None, data=known),
        refusal=refusal,
    )


def _watch_page(place: KeptPlace, *, form: WatchForm | None = None, refusal: Refusal | None = None) -> str:
    limits = place.watch.limits
    is_own = limits is not None and limits != usual_limits(place.storage_class)
    known = {
        "is_read": place.watch.is_read,
        "is_emergency_box": place.watch.is_emergency_box,
        "lowest": celsius(limits.lowest_tenths) if limits is not None and is_own else "",
        "highest": celsius(limits.highest_tenths) if limits is not None and is_own else "",
    }
    return render_template(
        "day/watch.html",
        place=place,
        usual=usual_limits(place.storage_class),
        form=form or WatchForm(formdata=None, data=known),
        refusal=refusal,
    )
