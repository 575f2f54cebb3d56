"""What of a clinic can be traced and is meant by what was scanned or typed?  For the box, the API and the terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection

from stockroom.barcodes.scan import Scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.db.sealing import KeyRing
from stockroom.errors import ThingNotFound
from stockroom.queries.finding_by_text import FOUND_MAX, FoundThing
from stockroom.queries.finding_for_trace import lots_coded, serial_found, traceable_called
from stockroom.queries.paging import is_uid
from stockroom.queries.scans import KnownHere, known_here
from stockroom.queries.trace_devices import device_scanned

_LONGEST = 100
"""Of a text that is looked for."""
_CODE_AND_NUMBER = re.compile(r"(\d{8}|\d{12,14})[\s,;/]+(\S{1,40})", re.ASCII)
"""The code of a pack and its lot number as somebody types them from a list."""


class Doubt(StrEnum):
    """What is to be known before one of the things is chosen."""

    PACK_UNKNOWN = "pack_unknown"
    """No product here has the code of the pack: what is given goes by its lot number alone."""
    LOT_NOT_HERE = "lot_not_here"
    """The product is known, and no lot of this number: what is given goes by its number alone."""
    TOO_MANY = "too_many"
    """There are more than are given."""


@dataclass(frozen=True, kw_only=True)
class Meant:
    """What goes by a text."""

    things: tuple[FoundThing, ...]
    doubt: Doubt | None = None
    number: str = ""
    product: str = ""
    """What the doubt is about."""

    @property
    def only(self) -> FoundThing | None:
        """The thing that is meant without doubt."""
        return self.things[0] if len(self.things) == 1 and self.doubt is None else None


def meant_by(connection: Connection, keyring: KeyRing, clinic_id: int, *, text: str, today: date) -> Meant:
    """Give what a scan, a code, a number or a name means; several things where it may mean them.

    Lots of one number under several products, or in other letters, are each a thing of their own.
    Raises ScanUnreadable for a code that cannot be read and names nothing as a text, ThingNotFound.
    """
    look = _Look(connection=connection, keyring=keyring, clinic_id=clinic_id, text=text.strip())
    try:
        is_ours = is_uid(look.text.lower())  # which begins as a code may
        found = Meant(things=look.typed()) if is_ours else look.scanned(parse_scan(text, today=today))
    except ScanUnreadable:  # no code, but it may be typed
        found = Meant(things=() if "\0" in text else look.typed())
        if not found.things:
            raise
    if not found.things:
        raise ThingNotFound(thing="lot, code, reference or name", uid=text[:40])
    return found


@dataclass(frozen=True, kw_only=True)
class _Look:
    """A text that is looked for in a clinic."""

    connection: Connection
    keyring: KeyRing
    clinic_id: int
    text: str

    def scanned(self, scan: Scan) -> Meant:
        readings = [reading for doubt in scan.doubts for reading in doubt.readings] or [scan]
        things: dict[tuple[str, str], FoundThing] = {}
        doubt, about, product = None, "", ""
        for reading in readings:
            known = known_here(self.connection, self.clinic_id, reading)
            meant = self._told(reading, known)
            if not meant:
                code = None if reading.label is None else reading.label.code
                meant = self.typed(reading.lot_number or code)
                if doubt is None and reading.lot_number is not None:
                    doubt = Doubt.PACK_UNKNOWN if known.pack is None else Doubt.LOT_NOT_HERE
                    about, product = reading.lot_number, known.pack.product_name if known.pack else ""
                meant += () if known.pack is None else (_product(known),)
            things |= {(thing.kind, thing.uid): thing for thing in meant}
        found = tuple(things.values())
        return Meant(things=found, doubt=doubt or _too_many(found), number=about, product=product)

    def typed(self, text: str | None = None) -> tuple[FoundThing, ...]:
        """What goes by a text that is no code; a pack's code and a number, typed together, name its lot."""
        said = (text or self.text)[:_LONGEST]
        if pair := _CODE_AND_NUMBER.fullmatch(said):
            named = lots_coded(self.connection, self.clinic_id, code=pair[1].zfill(14), number=pair[2])
            if named:
                return named
        return traceable_called(self.connection, self.keyring, self.clinic_id, text=said)

    def _told(self, scan: Scan, known: KnownHere) -> tuple[FoundThing, ...]:
        """What the code itself says: the thing of a label, the lot of a pack, what a serial is of."""
        if known.label is not None:
            kind = "patient" if known.label.kind == "patient_card" else known.label.kind
            return (FoundThing(kind=kind, uid=known.label.uid, name=scan.raw.strip(), detail=""),)
        serial: tuple[FoundThing, ...] = ()
        if scan.serial is not None:
            code = scan.item_code or scan.other_code
            serial = device_scanned(self.connection, self.clinic_id, code=code, serial=scan.serial)
            serial += serial_found(self.connection, self.clinic_id, serial=scan.serial)
        if known.lot is not None:
            lot = FoundThing(
                kind="lot", uid=known.lot.lot_uid, name=known.lot.lot_number, detail=known.lot.product_name
            )
            return (lot, *(each for each in serial if each.kind != "lot"))
        if known.pack is not None and scan.lot_number is None:
            return serial or (_product(known),)
        return serial


def _product(known: KnownHere) -> FoundThing:
    assert known.pack is not None
    pack = known.pack
    return FoundThing(kind="product", uid=pack.product_uid, name=pack.product_name, detail=pack.strength)


def _too_many(things: Iterable[FoundThing]) -> Doubt | None:
    kinds = [thing.kind for thing in things]
    return Doubt.TOO_MANY if any(kinds.count(kind) >= FOUND_MAX for kind in set(kinds)) else None
