"""What does the trace box find for what was scanned or typed into it?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation
from stockroom.barcodes.scan import Scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import ThingNotFound
from stockroom.queries.finding_by_text import FOUND_MAX, FoundThing
from stockroom.queries.finding_for_trace import serial_found, traceable_called
from stockroom.queries.scans import KnownHere, known_here
from stockroom.web.formats import today_here
from stockroom.web.forms import Refusal, refused

_LONGEST = 100
"""Of a text that is looked for."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What goes by a text."""

    things: tuple[FoundThing, ...]
    note: str = ""
    """What is to be known before one of them is chosen; with one, nothing is chosen by itself."""

    @property
    def only(self) -> FoundThing | None:
        """The thing that is meant without doubt."""
        return self.things[0] if len(self.things) == 1 and not self.note else None


def found_by(text: str) -> Found | Refusal:
    """Find what a scan, a code, a number or a name means; several things where it may mean them."""
    unreadable = None
    with installation().reading() as connection:
        try:
            found = _found(connection, parse_scan(text, today=today_here()), text)
        except ScanUnreadable as error:  # no code, but it may be typed
            unreadable, found = error, Found(things=() if "\0" in text else _called(connection, text))
    if found.things:
        return found
    if unreadable is not None:
        return refused(unreadable)
    what = gettext("lot, code, reference or name")
    return refused(ThingNotFound(thing=what, uid=text[:40]))


def _found(connection: Connection, scan: Scan, text: str) -> Found:
    readings = [reading for doubt in scan.doubts for reading in doubt.readings] or [scan]
    things: dict[tuple[str, str], FoundThing] = {}
    note = ""
    for reading in readings:
        known = known_here(connection, acting().clinic_id, reading)
        meant = _meant(connection, reading, known)
        if not meant:
            meant = _called(connection, reading.lot_number or _code(reading) or text)
            note = note or _doubt(reading, known)
            meant += () if known.pack is None else (_product(known),)
        things |= {(thing.kind, thing.uid): thing for thing in meant}
    return Found(things=tuple(things.values()), note=note or _too_many(things.values()))


def _meant(connection: Connection, scan: Scan, known: KnownHere) -> tuple[FoundThing, ...]:
    """What the code itself says: the thing of a label, the lot of a pack, what a serial came in."""
    if known.label is not None:
        kind = "patient" if known.label.kind == "patient_card" else known.label.kind
        return (FoundThing(kind=kind, uid=known.label.uid, name=scan.raw.strip(), detail=""),)
    serial: tuple[FoundThing, ...] = ()
    if scan.serial is not None:
        serial = serial_found(connection, acting().clinic_id, serial=scan.serial)
    if known.lot is not None:
        lot = FoundThing(
            kind="lot", uid=known.lot.lot_uid, name=known.lot.lot_number, detail=known.lot.product_name
        )
        return (lot, *(each for each in serial if each.kind == "session"))
    if known.pack is not None and scan.lot_number is None:
        return serial or (_product(known),)
    return serial


def _code(scan: Scan) -> str | None:
    return None if scan.label is None else scan.label.code


def _called(connection: Connection, text: str) -> tuple[FoundThing, ...]:
    actor, keyring = acting(), installation().keyring
    return traceable_called(connection, keyring, actor.clinic_id, text=text.strip()[:_LONGEST])


def _product(known: KnownHere) -> FoundThing:
    assert known.pack is not None
    pack = known.pack
    return FoundThing(kind="product", uid=pack.product_uid, name=pack.product_name, detail=pack.strength)


def _doubt(scan: Scan, known: KnownHere) -> str:
    """Why what goes by the lot number of a pack may be something else than the pack."""
    if scan.lot_number is None:
        return ""
    if known.pack is None:
        return gettext(
            "No product here has the code of this pack. What follows goes by its lot number alone."
        )
    return gettext(
        "Lot %(number)s of %(product)s is not in the books of this clinic.",
        number=scan.lot_number,
        product=known.pack.product_name,
    )


def _too_many(things: Iterable[FoundThing]) -> str:
    kinds = [thing.kind for thing in things]
    if any(kinds.count(kind) >= FOUND_MAX for kind in set(kinds)):
        return gettext("There are more than these. Type more of the name or number to see the others.")
    return ""
