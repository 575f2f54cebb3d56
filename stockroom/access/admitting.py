"""Is this request let in, and as whom?  Asked once, before any view, for every route.

API: a bearer token in the Authorization header and nothing else; cookies count for nothing there.
Screens: the log-in's cookie, and for every unsafe method an anti-forgery token.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import ClassVar

from flask import Flask, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf import CSRFProtect
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Forbidden as ForbiddenHere
from werkzeug.exceptions import Unauthorized

from stockroom.access import kept_forms, signing_on
from stockroom.access.acting import installation, present
from stockroom.access.bearer import Bearer, bearer_of
from stockroom.access.guards import Door, Guard, actions_of, guard_of
from stockroom.access.refusing import note_refusal, remember_refusals
from stockroom.access.signing_on import Shown
from stockroom.access.tablets import badge_in, tablet_here, way_back
from stockroom.actor import Actor
from stockroom.errors import Conflict, Forbidden, Refused, ThingNotFound, extracted
from stockroom.ledger.acts import NotAtTablet, TokenTooNarrow
from stockroom.models import User
from stockroom.reads.actors import actor_of
from stockroom.reads.tablets import TabletHere
from stockroom.rules.permissions import BENCH_ROLES, NOT_AT_A_TABLET, require_any
from stockroom.tables.reading import FILE_BYTES_MAX
from stockroom.vocabulary import SignOnWay

API_PREFIX = "/api/"


@dataclass(eq=False, kw_only=True)
class BadgeElsewhere(Refused):
    """A staff badge was scanned where no tablet is registered."""

    code: ClassVar[str] = "badge_elsewhere"
    message: ClassVar[str] = extracted(
        "This is a staff badge. It changes the person at a registered tablet; here somebody logs in with a password."
    )


_SAFE = frozenset({"GET", "HEAD"})
_WITH_A_FIRST_PASSWORD = frozenset(
    {"account_page.password", "account_page.change_password", "security.logout"}
)
"""What a password that somebody was given opens: the choice of another, and the way out."""
_TAKES_FILES = frozenset(
    {
        "imports_page.upload", "logger_page.check", "picture_page.read", "recall_case_page.notices",
        "recalls_page.new",
    }
)  # fmt: skip
"""What takes more than every other request may hold."""
_AROUND_A_FILE = 64 * 1024
_log = logging.getLogger(__name__)


def guard(app: Flask, csrf: CSRFProtect) -> None:
    """Make every request of `app` pass `_admit` before anything else looks at it."""
    remember_refusals(app)

    @app.before_request
    def _admit() -> ResponseReturnValue | None:
        g.actor = g.zone = g.scanners = None
        if request.url_rule is None:
            return None  # nothing is there: 404 or 405
        asked = guard_of(request.url_rule, request.method)
        if asked is None:
            _log.error("route %s %s is in no guard table", request.method, request.url_rule.rule)
            raise ForbiddenHere()
        if asked is Door.UNASKED:
            return None
        if request.endpoint in _TAKES_FILES and _logged_in():
            request.max_content_length = FILE_BYTES_MAX + _AROUND_A_FILE
        in_api = request.path.startswith(API_PREFIX)
        if not in_api and request.method not in _SAFE:
            try:
                csrf.protect()
            except CSRFError as stale:
                return _too_late(asked, stale)
        if asked is Door.OPEN:
            return None
        if not in_api and (badge := badge_in(request.form.get("scan"))) is not None:
            return _badge_scanned(badge)
        try:
            return _admit_to_api(asked) if in_api else _admit_to_screens(asked)
        except Forbidden as refused:
            note_refusal(refused)
            raise


def _admit_to_api(asked: Guard) -> ResponseReturnValue | None:
    if asked is Door.SIGNED_IN and "Authorization" not in request.headers:
        return _admit_to_screens(asked)
    bearer = _bearer()
    g.actor, g.zone, g.scanners = bearer.actor, bearer.zone, bearer.scanners
    g.token_actions = bearer.actions
    actions = actions_of(asked)
    if actions:
        require_any(bearer.actor.roles, actions)
        if not any(bearer.covers(action) for action in actions):
            raise TokenTooNarrow(action=" / ".join(sorted(actions)))
    return None


def _bearer() -> Bearer:
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise Unauthorized("Send a bearer token in the Authorization header.", www_authenticate=_challenge())
    with installation().glancing() as glance:
        bearer = bearer_of(glance, given.token, now=present())
    if bearer is None:
        raise Unauthorized(
            "This token is unknown, has run out or was revoked. Mint another.",
            www_authenticate=_challenge("invalid_token"),
        )
    return bearer


def _challenge(error: str | None = None) -> WWWAuthenticate:
    told: dict[str, str | None] = {"realm": "stockroom"}
    if error is not None:
        told["error"] = error
    return WWWAuthenticate("bearer", told)


def _admit_to_screens(asked: Guard) -> ResponseReturnValue | None:
    if not _logged_in():
        return _to_log_in()
    tablet = tablet_here()
    by_password = g.get("sign_on_way") in (None, SignOnWay.PASSWORD)  # a badge or PIN says nothing of it
    is_first = current_user.first_password_until is not None and by_password
    if is_first and request.endpoint not in _WITH_A_FIRST_PASSWORD:
        return redirect(url_for("account_page.password"), code=303)
    actions = actions_of(asked)
    if not actions:
        return None
    clinic_uid = str((request.view_args or {})["clinic_uid"])
    user: User = current_user
    with installation().reading() as connection:
        actor = actor_of(connection, email=user.email, clinic_uid=clinic_uid, device="browser", now=present())
    if actor is None or actor.clinic_uid != clinic_uid:  # another way of writing its id is no address
        raise ThingNotFound(thing="clinic", uid=clinic_uid[:40])
    g.actor = actor if tablet is None else _at_tablet(actor, tablet)
    require_any(g.actor.roles, actions)
    if tablet is not None and actions <= NOT_AT_A_TABLET:
        raise NotAtTablet(action=" / ".join(sorted(actions)))
    return None


def _at_tablet(actor: Actor, tablet: TabletHere) -> Actor:
    """The actor as he or she is at a tablet: in its clinic alone, and no more than nurse or practitioner.

    Raises ThingNotFound in another clinic.
    """
    if actor.clinic_id != tablet.clinic_id:
        raise ThingNotFound(thing="clinic", uid=actor.clinic_uid)
    return replace(
        actor, roles=actor.roles & BENCH_ROLES, tablet_id=tablet.id, device=f"tablet {tablet.name}"
    )


def _badge_scanned(code: str) -> ResponseReturnValue:
    """A badge was scanned where things are scanned: at a tablet its owner is signed on, and the page stays.

    Nobody is told whose badge it is, and nothing shows its code.
    """
    tablet = tablet_here()
    if tablet is None:
        raise BadgeElsewhere()
    try:
        signing_on.start(Shown(badge=f"SRB:{code}"), tablet=tablet)
    except (Forbidden, Conflict):
        return redirect(url_for("tablet_page.sign_on", next=way_back(), refused="badge"), code=303)
    return redirect(way_back(), code=303)


def _logged_in() -> bool:
    authenticated: bool = current_user.is_authenticated  # asked of the database by access/log_ins.py
    return authenticated


def _too_late(asked: Guard, stale: CSRFError) -> ResponseReturnValue:
    """Give what a form gets whose anti-forgery token is not of this log-in.  Raises `stale` for one not kept."""
    if tablet_here() is not None and (
        request.endpoint == "tablet_page.take_over" or badge_in(request.form.get("scan")) is not None
    ):
        return redirect(url_for("tablet_page.sign_on", next=way_back(request.form.get("next"))), code=303)
    kept = None if asked is Door.OPEN else kept_forms.of_request()
    if kept is None:
        raise stale
    return kept_forms.offered(kept, status=403) if _logged_in() else kept_forms.asked_to_log_in(kept)


def _to_log_in() -> ResponseReturnValue:
    if request.method not in _SAFE:
        kept = kept_forms.of_request()
        if kept is None:
            raise ForbiddenHere("You are logged out. Log in and send it again.")
        return kept_forms.asked_to_log_in(kept)
    wanted = request.full_path.rstrip("?")
    if tablet_here() is not None:
        return redirect(url_for("tablet_page.sign_on", next=None if wanted == "/" else wanted), code=303)
    return redirect(url_for("security.login", next=None if wanted == "/" else wanted))
