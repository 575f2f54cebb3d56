"""How is a place called otherwise, given up, or taken into use again?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import IntegerField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from stockroom.access.acting import acting, installation, present
from stockroom.errors import ThingNotFound
from stockroom.operations.change_location import (
    ChangeLocation,
    CloseLocation,
    ReopenLocation,
    change_location,
    close_location,
    reopen_location,
)
from stockroom.queries.locations import LocationRow, account
from stockroom.reads.locations import LocationNameTaken
from stockroom.vocabulary import SHELF_KINDS, StorageClass
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("place_page", __name__, url_prefix="/c/<clinic_uid>/administration/places/<location_uid>")
NOT_SAID = ""


class VersionForm(KeyedForm):
    """A place as it was read."""

    version = IntegerField(widget=HiddenInput(), validators=[InputRequired()])


class ChangeForm(VersionForm):
    """What a place is called, and how warm it is."""

    name = StringField(
        lazy_gettext("Name"),
        validators=[DataRequired(lazy_gettext("As people call it here.")), Length(max=100)],
    )
    storage_class = SelectField(lazy_gettext("How warm it is"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.storage_class.choices = [
            (NOT_SAID, gettext("not said")),
            *((each.value, show_word(each.value)) for each in StorageClass),
        ]


@blp.get("")
def place(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """One place."""
    return _page(location_uid)


@blp.post("")
def change(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Another name, or another warmth."""
    form = ChangeForm()
    done = send(form, lambda: change_location(installation(), _change(form, location_uid), **_by(form)))
    if isinstance(done, Refusal):
        if isinstance(done.error, LocationNameTaken):
            form.name.errors = [done.detail]
        return _page(location_uid, form=form, refusal=done), done.status
    say(gettext("Written down."))
    if done.shortened:
        say(
            ngettext(
                "%(num)s open vial or cocktail there keeps for less long: write the new time on its label.",
                "%(num)s open vials and cocktails there keep for less long: write the new time on their labels.",
                done.shortened,
            ),
            loudness="warning",
        )
    return _to_places(clinic_uid)


@blp.post("/closing")
def close(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Give it up."""
    said = gettext("Closed. Nothing is put there any more; what was done there stays under its name.")
    return _turned(clinic_uid, location_uid, close_location, CloseLocation, said)


@blp.post("/reopening")
def reopen(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """Take it into use again."""
    return _turned(clinic_uid, location_uid, reopen_location, ReopenLocation, gettext("In use again."))


def _turned(
    clinic_uid: str, location_uid: str, act: Callable[..., Any], command: Callable[..., Any], said: str
) -> ResponseReturnValue:
    """Do what closes a place or opens it again, and say so."""
    form = VersionForm()
    asked = command(location_uid=location_uid, version=form.version.data or 0)
    done = send(form, lambda: act(installation(), asked, **_by(form)))
    if isinstance(done, Refusal):
        return _page(location_uid, refusal=done), done.status
    say(said)
    return _to_places(clinic_uid)


def _by(form: KeyedForm) -> dict[str, Any]:
    return {"actor": acting(), "key": form.key.data, "now": present()}


def _change(form: ChangeForm, location_uid: str) -> ChangeLocation:
    said = form.storage_class.data
    return ChangeLocation(
        location_uid=location_uid,
        version=form.version.data or 0,
        name=(form.name.data or "").strip(),
        storage_class=StorageClass(said) if said else None,
    )


def _to_places(clinic_uid: str) -> ResponseReturnValue:
    return redirect(url_for("places_page.places", clinic_uid=clinic_uid), code=303)


def _shelf(location_uid: str) -> LocationRow:
    with installation().reading() as connection:
        shown = account(connection, acting().clinic_id, uid=location_uid)
    if shown.kind not in SHELF_KINDS:
        raise ThingNotFound(thing="place", uid=location_uid)
    return shown


def _page(location_uid: str, *, form: ChangeForm | None = None, refusal: Refusal | None = None) -> str:
    shown = _shelf(location_uid)
    known = {"name": shown.name, "storage_class": shown.storage_class or NOT_SAID, "version": shown.version}
    return render_template(
        "places/place.html",
        shown=shown,
        form=form or ChangeForm(formdata=None, data=known),
        closing=VersionForm(formdata=None),
        refusal=refusal,
    )
