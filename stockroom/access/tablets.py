"""Is this browser a registered tablet, of which room, and who is signed on at it?

The device's cookie carries a random secret for as long as browsers keep one; the database has its SHA-256 in
a row that can be revoked.  It opens nothing by itself: it says where a badge or a PIN counts.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, current_app, g, request, url_for
from werkzeug.exceptions import HTTPException

from stockroom.access.acting import installation
from stockroom.access.bearer import token_hash
from stockroom.barcodes.badges import badge_code
from stockroom.barcodes.keyboards import Layout
from stockroom.reads.settings import settings_of
from stockroom.reads.tablets import TabletHere, tablet_of_secret

LIFE = timedelta(days=400)
"""As long as browsers keep a cookie at most (RFC 6265bis, section 5.5)."""
SLACK = timedelta(seconds=15)
"""How much later than its own screen a tablet is idle to the server, which hears of a person by and by."""
_SECRET_LENGTH = 43


def draw_secret() -> str:
    """Give the secret of a new tablet."""
    return secrets.token_urlsafe(32)


def remember(response: Response, secret: str) -> None:
    """Make the browser that gets this answer a tablet."""
    response.set_cookie(_cookie(), secret, max_age=LIFE, **_flags())


def forget(response: Response) -> None:
    """Make the browser that gets this answer a tablet no more."""
    response.delete_cookie(_cookie(), **_flags())


def tablet_here() -> TabletHere | None:
    """The registered tablet that sent this request; None for any other browser.  Read once a request."""
    if "tablet" not in g:
        secret = request.cookies.get(_cookie(), "")
        g.tablet = None
        if len(secret) == _SECRET_LENGTH and secret.isascii():
            with installation().reading() as connection:
                g.tablet = tablet_of_secret(connection, token_hash(secret))
    found: TabletHere | None = g.tablet
    return found


def idle_here(tablet: TabletHere) -> timedelta:
    """After how long without anybody doing anything the tablet asks for a badge or PIN again."""
    if "tablet_idle" not in g:
        with installation().reading() as connection:
            seconds = settings_of(connection, tablet.clinic_id).tablet_idle_seconds
        g.tablet_idle = timedelta(seconds=seconds)
    idle: timedelta = g.tablet_idle
    return idle


def badge_in(text: str | None) -> str | None:
    """The code of a staff badge that was scanned, on whatever keyboard; None where the text is something else."""
    if not text:
        return None
    tablet = tablet_here()
    layout = Layout(tablet.scanner_layout) if tablet is not None and tablet.scanner_layout else None
    return badge_code(text, layout=layout)


def way_back(wanted: str | None = None) -> str:
    """A path of ours that can be read, to come back to: the wanted one, else the page that sent the request."""
    referrer = urlsplit(request.referrer or "")
    came_from = referrer.path + (f"?{referrer.query}" if referrer.query else "")
    for path in (wanted or "", came_from if referrer.netloc == request.host else ""):
        if _can_be_read(path):
            return path
    return url_for("navigation.first_page")


def _can_be_read(path: str) -> bool:
    parts = urlsplit(path)
    if parts.netloc or parts.scheme or not path.startswith("/") or path.startswith(("//", "/\\")):
        return False
    try:
        rule, _ = current_app.url_map.bind(request.host).match(parts.path, method="GET", return_rule=True)
    except HTTPException:
        return False
    return not rule.rule.startswith(("/api/", "/static/", "/login", "/tablet"))


def _cookie() -> str:
    return "__Host-stockroom-tablet" if current_app.config["SESSION_COOKIE_SECURE"] else "stockroom-tablet"


def _flags() -> dict[str, Any]:
    return {
        "secure": bool(current_app.config["SESSION_COOKIE_SECURE"]),
        "httponly": True,
        "samesite": "Strict",
        "path": "/",
    }
