"""Who works at this tablet now?  By badge or PIN, in a moment, and the page that was open stays."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from stockroom.access import kept_forms, signing_on
from stockroom.access.acting import installation
from stockroom.access.signing_on import Shown
from stockroom.access.tablets import tablet_here, way_back
from stockroom.errors import StockroomError
from stockroom.http.problems import status_of
from stockroom.models import Person
from stockroom.operations.sign_on import BadgeUnknown
from stockroom.reads.tablets import TabletHere
from stockroom.rules.pins import PinLocked, TabletLocked
from stockroom.web.formats import tell

blp = Blueprint("tablet_page", __name__, url_prefix="/tablet")
_FIELD_MAX = 100


@blp.get("")
def sign_on() -> ResponseReturnValue:
    """The people of the clinic, and where a badge is scanned; elsewhere than at a tablet the first page."""
    tablet = tablet_here()
    if tablet is None:
        return redirect(url_for("navigation.first_page"))
    fault = tell(BadgeUnknown()) if request.args.get("refused") == "badge" else ""
    return kept_forms.sign_on_page(tablet, next=way_back(request.args.get("next")), fault=fault)


@blp.post("")
def take_over() -> ResponseReturnValue:
    """Sign somebody on; whoever was signed on is so no more."""
    tablet = tablet_here()
    if tablet is None:
        return redirect(url_for("navigation.first_page"), code=303)
    typed = {name: request.form.get(name, "")[:_FIELD_MAX] for name in ("badge", "person_uid", "pin")}
    shown = Shown(**typed)
    if not shown.is_anything or (shown.pin and not shown.person_uid):
        return _again(tablet, gettext("Scan your badge, or choose your name and type your PIN."), 422)
    try:
        signing_on.start(shown, tablet=tablet)
    except (PinLocked, TabletLocked) as locked:
        refused = _again(tablet, tell(locked), 429)
        refused.headers["Retry-After"] = str(locked.retry_after)
        return refused
    except StockroomError as error:
        status = status_of(error)
        if status >= 500:
            raise
        return _again(tablet, tell(error), status)
    if _wants_json():
        return _who()
    kept_forms.offer_after_log_in()
    return redirect(way_back(request.form.get("next")), code=303)


@blp.post("/cover")
def cover() -> ResponseReturnValue:
    """Nobody is signed on any more; the page's address is kept for whoever is next."""
    signing_on.leave()
    if _wants_json():
        return "", 204
    return redirect(url_for("tablet_page.sign_on", next=way_back(request.form.get("next"))), code=303)


@blp.post("/here")
def here() -> ResponseReturnValue:
    """Somebody touches the screen: the sign-on goes on (access/log_ins.py has noted it)."""
    return "", 204


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _again(tablet: TabletHere, fault: str, status: int) -> Response:
    if _wants_json():
        return make_response(jsonify(fault=fault), status)
    sealed = request.form.get(kept_forms.FIELD) or ""
    more: dict[str, Any] = {"kept": sealed} if sealed else {}
    page = kept_forms.sign_on_page(
        tablet,
        next=way_back(request.form.get("next")),
        fault=fault,
        chosen=request.form.get("person_uid", ""),
        **more,
    )
    return make_response(page, status)


def _who() -> Response:
    with installation().reading() as connection:
        row = connection.execute(
            select(Person.uid, Person.name).where(Person.id == current_user.person_id)
        ).one()
    return jsonify(person=row.uid, name=row.name, csrf_token=generate_csrf())
