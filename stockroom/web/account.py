"""One's own log-in: where one is logged in, ending that, and another password."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from flask_security import logout_user
from sqlalchemy import select

from stockroom.access.acting import installation, present
from stockroom.access.passwords import hash_password, refuse_weak
from stockroom.access.proving import NotProven, prove
from stockroom.access.signing_on import hash_pin
from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.errors import InvalidValue
from stockroom.ledger.letters import Letter
from stockroom.models import Person
from stockroom.operations.end_log_ins import EndLogIns, end_log_ins
from stockroom.operations.set_password import SetPassword, set_password
from stockroom.operations.set_pin import SetPin, set_pin
from stockroom.queries.tablets import badge_and_pin
from stockroom.reads.actors import actor_of
from stockroom.rules.permissions import require
from stockroom.rules.pins import refuse_weak_pin
from stockroom.vocabulary import Action
from stockroom.web.clinic_here import own_clinics
from stockroom.web.formats import show_wall
from stockroom.web.forms import say
from stockroom.web.logged_in import logged_in, named_device

blp = Blueprint("account_page", __name__, url_prefix="/account")


@blp.get("/log-ins")
def log_ins() -> ResponseReturnValue:
    """Where one is logged in, this browser first."""
    clinics = own_clinics()
    return render_template(
        "account/log_ins.html",
        log_ins=sorted(logged_in(current_user.uid), key=lambda row: row.uid != g.log_in_uid),
        here=g.log_in_uid,
        on_the_wall=partial(_on_the_wall, ZoneInfo(clinics[0].time_zone if clinics else "UTC")),
        named=named_device,
    )


@blp.post("/log-ins/<log_in_uid>/ending")
def end(log_in_uid: str) -> ResponseReturnValue:
    """Log out of one browser."""
    return _ended((log_in_uid,))


@blp.post("/log-ins/ending")
def end_others() -> ResponseReturnValue:
    """Log out of every browser but this one."""
    return _ended(tuple(row.uid for row in logged_in(current_user.uid) if row.uid != g.log_in_uid))


@blp.get("/password")
def password() -> ResponseReturnValue:
    """The form for another password."""
    return render_template("account/password.html", wrong={})


@blp.post("/password")
def change_password() -> ResponseReturnValue:
    """Set another password; every log-in ends, this one too."""
    current, new = request.form.get("current_password", ""), request.form.get("new_password", "")
    wrong = _what_is_wrong(current, new)
    if wrong:
        return render_template("account/password.html", wrong=wrong), 422
    hashed = hash_password(new, salt=str(current_app.config["SECURITY_PASSWORD_SALT"]))
    letter = Letter(
        subject=gettext("Stockroom: your password was changed"),
        body=gettext("Your password was changed. If it was not you, tell whoever runs Stockroom at once."),
    )
    at = present()
    command = SetPassword(user_uid=current_user.uid, password_hash=hashed, letter=letter)
    set_password(installation(), command, actor=_myself(), key=f"password-{new_uid(at)}", now=at)
    logout_user()
    say(gettext("The password was changed. Log in with the new one."))
    return redirect(url_for("security.login"), code=303)


@blp.get("/pin")
def pin() -> ResponseReturnValue:
    """The form for the PIN by which one signs on at tablets."""
    return _pin_page({})


@blp.post("/pin")
def set_own_pin() -> ResponseReturnValue:
    """Set it; who has the password may."""
    current, new = request.form.get("current_password", ""), request.form.get("new_pin", "")
    wrong = _what_is_wrong_with_pin(current, new)
    if wrong:
        return _pin_page(wrong), 422
    letter = Letter(
        subject=gettext("Stockroom: your PIN was set"),
        body=gettext(
            "A PIN was set with which you sign on at tablets. If it was not you, tell an administrator at once."
        ),
    )
    at = present()
    command = SetPin(pin_hash=hash_pin(new), letter=letter)
    set_pin(installation(), command, actor=_myself(), key=f"pin-{new_uid(at)}", now=at)
    say(gettext("The PIN is set. It counts at the tablets of the rooms."))
    return redirect(url_for("account_page.log_ins"), code=303)


def _pin_page(wrong: dict[str, str]) -> str:
    with installation().reading() as connection:
        uid = connection.execute(select(Person.uid).where(Person.id == current_user.person_id)).scalar_one()
        known = badge_and_pin(connection, uid)
    return render_template("account/pin.html", wrong=wrong, has_pin=known.pin_set_at is not None)


def _what_is_wrong_with_pin(current: str, new: str) -> dict[str, str]:
    try:
        prove(current_user.email, current)
    except NotProven:
        return {"current_password": gettext("This is not the present password.")}
    try:
        refuse_weak_pin(new)
    except InvalidValue as weak:
        return {"new_pin": gettext(weak.problem)}
    if request.form.get("new_pin_again", "") != new:
        return {"new_pin_again": gettext("The two do not agree.")}
    return {}


def _what_is_wrong(current: str, new: str) -> dict[str, str]:
    """What to say beside each field; nothing when the password may be changed."""
    try:
        prove(current_user.email, current, may_be_given=True)
    except NotProven:
        return {"current_password": gettext("This is not the present password.")}
    try:
        refuse_weak(new, known=_known_names())
    except InvalidValue as weak:
        return {"new_password": gettext(weak.problem)}
    if new == current:
        return {"new_password": gettext("This is the present one. Choose another.")}
    if request.form.get("new_password_again", "") != new:
        return {"new_password_again": gettext("The two do not agree.")}
    return {}


def _known_names() -> tuple[str, ...]:
    """What everybody who would guess this person's password tries first."""
    with installation().reading() as connection:
        name = connection.execute(select(Person.name).where(Person.id == current_user.person_id)).scalar_one()
    email: str = current_user.email
    return name, *name.split(), email, email.partition("@")[0], *(clinic.name for clinic in own_clinics())


def _ended(uids: tuple[str, ...]) -> ResponseReturnValue:
    if uids:
        command, at = EndLogIns(user_uid=current_user.uid, log_in_uids=uids), present()
        end_log_ins(installation(), command, actor=_myself(), key=f"end-{new_uid(at)}", now=at)
    return redirect(url_for("account_page.log_ins"), code=303)


def _myself() -> Actor:
    """Oneself, in the first of one's clinics: these pages are of no clinic.  Raises ActionForbidden without one."""
    actor = None
    with installation().reading() as connection:
        for clinic in own_clinics()[:1]:
            actor = actor_of(connection, email=current_user.email, clinic_uid=clinic.uid, device="browser")
    if actor is None:
        require((), Action.READ_STOCK)
        raise AssertionError("nobody without a role may do anything")
    return replace(actor, request_id=g.request_id)


def _on_the_wall(zone: ZoneInfo, at: datetime) -> str:
    return show_wall(at.astimezone(zone))
