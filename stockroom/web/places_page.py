"""Which fridges, cupboards and rooms does this clinic have, and how is one added?"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from stockroom.access.acting import acting, installation, present
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.queries.locations import locations
from stockroom.reads.locations import LocationNameTaken
from stockroom.vocabulary import SHELF_KINDS, UNUSABLE_KINDS, LocationKind, StorageClass
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("places_page", __name__, url_prefix="/c/<clinic_uid>/administration/places")
USUAL = ""
"""As warm as places of its kind usually are."""
_STORAGE = {LocationKind.FRIDGE: StorageClass.REFRIGERATED, LocationKind.FREEZER: StorageClass.FROZEN}
_KINDS = tuple(kind for kind in LocationKind if kind in SHELF_KINDS)


class PlaceForm(KeyedForm):
    """A place as people call it."""

    name = StringField(
        lazy_gettext("Name"),
        validators=[DataRequired(lazy_gettext("As people call it here.")), Length(max=100)],
    )
    kind = SelectField(lazy_gettext("What it is"))
    storage_class = SelectField(lazy_gettext("How warm it is"))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.kind.choices = [(kind.value, show_word(kind.value)) for kind in _KINDS]
        self.storage_class.choices = [
            (USUAL, gettext("as usual for what it is")),
            *((each.value, show_word(each.value)) for each in StorageClass),
        ]


@blp.get("")
def places(clinic_uid: str) -> ResponseReturnValue:
    """The places by name."""
    return _page(PlaceForm())


@blp.post("")
def add(clinic_uid: str) -> ResponseReturnValue:
    """Add one."""
    form = PlaceForm()
    done = send(
        form,
        lambda: add_location(
            installation(), _place(form), actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        if isinstance(done.error, LocationNameTaken):
            form.name.errors = [done.detail]
        return _page(form, refusal=done), done.status
    say(
        gettext(
            "%(name)s is a place now; the code on its label is %(code)s.",
            name=form.name.data,
            code=done.short_code,
        )
    )
    return redirect(url_for("places_page.places", clinic_uid=clinic_uid), code=303)


def _place(form: PlaceForm) -> AddLocation:
    kind = LocationKind(form.kind.data)
    said = form.storage_class.data
    usual = None if kind in UNUSABLE_KINDS else _STORAGE.get(kind, StorageClass.ROOM)
    return AddLocation(
        name=(form.name.data or "").strip(),
        kind=kind,
        storage_class=StorageClass(said) if said else usual,
    )


def _page(form: PlaceForm, *, refusal: Refusal | None = None) -> str:
    with installation().reading() as connection:
        found = locations(connection, acting().clinic_id)
    return render_template(
        "places/places.html",
        usable=[each for each in found if each.kind not in UNUSABLE_KINDS],
        unusable=[each for each in found if each.kind in UNUSABLE_KINDS],
        form=form,
        refusal=refusal,
    )
