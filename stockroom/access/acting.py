"""Who acts in the present request, on which installation, and when?"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from flask import current_app, g

from stockroom.actor import Actor
from stockroom.barcodes.scanner_habits import ScannerHabits
from stockroom.db.store import Store


def installation() -> Store:
    """The store of the application that serves this request."""
    store = current_app.extensions["stockroom"]
    assert isinstance(store, Store)
    return store


def present() -> datetime:
    """The present instant, by the clock of the application that serves this request."""
    at = current_app.extensions["stockroom_clock"]()
    assert isinstance(at, datetime)
    return at


def zone_here() -> str:
    """The time zone of the clinic in which a request to the API acts; its token's statement gave it."""
    zone = g.zone
    assert isinstance(zone, str), "this request was not admitted by a token"
    return zone


def scanners_here() -> ScannerHabits:
    """How the scanners of the clinic deliver a code in which a request to the API acts; its token's statement said it."""
    scanners = g.scanners
    assert isinstance(scanners, ScannerHabits), "this request was not admitted by a token"
    return scanners


def acting() -> Actor:
    """The admitted actor of this request, who acts in exactly one clinic."""
    actor = g.actor
    assert isinstance(actor, Actor), "this route is guarded by a door, not by an action: it has no actor"
    return replace(actor, request_id=g.request_id)
