"""What becomes of a form that came too late: after the log-in had ended, or from a page of an earlier one?

Its fields are not lost and not stored either.  They go back to the browser in one sealed value (Fernet, under
a key made of the installation's secret, for a quarter of an hour), as a hidden field of the log-in form.
After the log-in a page offers to send them; nothing is sent by itself, and the form's own one-time key stays
in it, so that nothing is done twice.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken
from flask import Response, after_this_request, current_app, flash, make_response, render_template, request
from flask_babel import gettext
from werkzeug.exceptions import HTTPException

from stockroom.access.acting import installation
from stockroom.access.guards import Door, guard_of
from stockroom.access.tablets import badge_in, tablet_here
from stockroom.clock import now
from stockroom.reads.tablets import TabletHere, people_at_bench

LIFE = timedelta(minutes=15)
BYTES_MAX = 64 * 1024
FIELD = "kept"
_CSRF = "csrf_token"
_PASSWORD = "password"  # noqa: S105 - part of the name of every field that takes one
_PROOFS = ("pin", "badge")
_NEVER = frozenset({"/logout", "/verify", "/account/password", "/account/pin"})
"""Routes about the log-in itself: there is nothing to do again."""


@dataclass(frozen=True, kw_only=True)
class KeptForm:
    """A form that was not recorded: where it was sent, and its fields in their order."""

    path: str
    fields: tuple[tuple[str, str], ...]


def of_request() -> KeptForm | None:
    """Give the form of the present request; None for what is not kept.

    That is: what is no form of a screen of ours or comes from another site, what holds a file, and what is
    too large.  A password is left out: it is typed again.
    """
    path = request.full_path.rstrip("?")
    if request.mimetype not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return None
    if not _is_ours() or not _may_be_sent(path) or any(file.filename for file in request.files.values()):
        return None
    typed = request.form.items(multi=True)
    fields = tuple((name, value) for name, value in typed if not _is_secret(name, value))
    return KeptForm(path=path, fields=fields) if sum(map(_size, fields)) <= BYTES_MAX else None


def asked_to_log_in(kept: KeptForm) -> Response:
    """Give the log-in page that carries the form along; the request itself was forbidden."""
    tablet = tablet_here()
    if tablet is not None:
        return make_response(sign_on_page(tablet, kept=_sealed(kept)), 403)
    form = current_app.extensions["security"].forms["login_form"].cls(formdata=None)
    page = render_template("security/login_user.html", login_user_form=form, kept=_sealed(kept))
    return make_response(page, 403)


def sign_on_page(tablet: TabletHere, **shown: Any) -> str:
    """The page on which somebody signs on at a tablet."""
    with installation().reading() as connection:
        people = people_at_bench(connection, tablet.clinic_id)
    return render_template("tablet/sign_on.html", tablet=tablet, people=people, **shown)


def offered(kept: KeptForm, *, status: int = 200) -> Response:
    """Give the page that says that the form was not recorded, and sends it when it is told to."""
    return make_response(render_template("account/kept_form.html", kept=kept), status)


def offer_after_log_in() -> None:
    """Show, in place of the page that follows this log-in, the form that was carried along with it."""
    sealed = request.form.get(FIELD)
    if not sealed:
        return
    kept = _unsealed(sealed)
    if kept is None:
        flash(gettext("What was typed before the log-in is gone; it is kept for 15 minutes."), "warning")
        return

    @after_this_request
    def _offer(answer: Response) -> Response:
        return offered(kept) if answer.status_code in (302, 303) else answer


def _is_secret(name: str, value: str) -> bool:
    """What proves who somebody is travels nowhere: a password, a PIN, a badge."""
    return name == _CSRF or _PASSWORD in name or name.endswith(_PROOFS) or badge_in(value) is not None


def _is_ours() -> bool:
    """Whether the browser says that the form came from a page of this site, or says nothing."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        return False
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def _may_be_sent(path: str) -> bool:
    """Whether a screen takes a form at this path of our own, for which somebody is logged in."""
    parts = urlsplit(path)
    if parts.netloc or parts.scheme or not path.startswith("/") or parts.path in _NEVER:
        return False
    try:
        rule, _ = current_app.url_map.bind(request.host).match(parts.path, method="POST", return_rule=True)
    except HTTPException:
        return False
    return not rule.rule.startswith("/api/") and guard_of(rule, "POST") not in (None, Door.OPEN, Door.UNASKED)


def _size(field: tuple[str, str]) -> int:
    return len(field[0].encode()) + len(field[1].encode("utf-8", "surrogatepass"))


def _box() -> Fernet:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return Fernet(base64.urlsafe_b64encode(hmac.new(secret, b"kept form", hashlib.sha256).digest()))


def _sealed(kept: KeptForm) -> str:
    content = json.dumps([kept.path, kept.fields]).encode()
    return _box().encrypt_at_time(content, int(now().timestamp())).decode()


def _unsealed(sealed: str) -> KeptForm | None:
    try:
        content = _box().decrypt_at_time(sealed, int(LIFE.total_seconds()), int(now().timestamp()))
    except (InvalidToken, ValueError):
        return None
    path, fields = json.loads(content)
    kept = KeptForm(path=path, fields=tuple((name, value) for name, value in fields))
    return kept if _may_be_sent(kept.path) else None
