"""Which devices of this clinic are tablets of a room, and how does this one become one?"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import SelectField, StringField
from wtforms.validators import DataRequired, Length

from stockroom.access import signing_on, tablets
from stockroom.access.acting import acting, installation, present
from stockroom.access.bearer import token_hash
from stockroom.db.identifiers import new_uid
from stockroom.operations.register_tablet import (
    NAME_LENGTH_MAX,
    RegisterTablet,
    RevokeTablet,
    register_tablet,
    revoke_tablet,
)
from stockroom.queries.session_plans import rooms
from stockroom.queries.tablets import tablets_of
from stockroom.web.forms import KeyedForm, Refusal, say, send

blp = Blueprint("tablets_page", __name__, url_prefix="/c/<clinic_uid>/administration/tablets")


class TabletForm(KeyedForm):
    """This very device, and the room in which it stays."""

    name = StringField(
        lazy_gettext("Name"),
        validators=[
            DataRequired(lazy_gettext("As people will call it.")),
            Length(max=NAME_LENGTH_MAX),
        ],
    )
    room_uid = SelectField(lazy_gettext("Room"))


@blp.get("", endpoint="tablets")
def tablets_shown(clinic_uid: str) -> ResponseReturnValue:
    """The tablets, and the form by which this device becomes one."""
    return _page(TabletForm(formdata=None))


@blp.post("")
def register(clinic_uid: str) -> ResponseReturnValue:
    """Make this device a tablet; whoever registers it is logged out here, and signs on like everybody."""
    form = TabletForm()
    _offer(form)
    secret = tablets.draw_secret()
    done = send(
        form,
        lambda: register_tablet(
            installation(),
            RegisterTablet(
                name=form.name.data or "", room_uid=form.room_uid.data, secret_hash=token_hash(secret)
            ),
            actor=acting(),
            key=form.key.data or "",
            now=present(),
        ),
    )
    if isinstance(done, Refusal):
        return _page(form, done), done.status
    signing_on.leave()
    answer: Response = make_response(redirect(url_for("tablet_page.sign_on"), code=303))
    tablets.remember(answer, secret)
    return answer


@blp.post("/<tablet_uid>/revocation")
def revoke(clinic_uid: str, tablet_uid: str) -> ResponseReturnValue:
    """Make a device open nothing any more: lost, sold, or registered for another room."""
    form = KeyedForm()
    command = RevokeTablet(tablet_uid=tablet_uid)
    done = send(
        form,
        lambda: revoke_tablet(
            installation(), command, actor=acting(), key=form.key.data or "", now=present()
        ),
    )
    if isinstance(done, Refusal):
        return _page(TabletForm(formdata=None), done), done.status
    say(gettext("The tablet opens nothing any more."))
    return redirect(url_for("tablets_page.tablets", clinic_uid=clinic_uid), code=303)


def _offer(form: TabletForm) -> None:
    with installation().reading() as connection:
        form.room_uid.choices = [(room.uid, room.name) for room in rooms(connection, acting().clinic_id)]


def _page(form: TabletForm, refusal: Refusal | None = None) -> str:
    _offer(form)
    with installation().reading() as connection:
        found = tablets_of(connection, acting().clinic_id)
    return render_template(
        "tablets/tablets.html",
        tablets=found,
        form=form,
        refusal=refusal,
        fresh_key=lambda: new_uid(present()),
    )
