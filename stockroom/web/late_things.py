"""What does a line of a day sheet point at, and how much of it?  A scan, a code or number read off, or a line before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy import Connection

from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import InvalidValue
from stockroom.queries.late_entry import CountedThing, counted, things_typed
from stockroom.queries.scans import known_here
from stockroom.rules.using import ThingName
from stockroom.units import base_unit_of, parse_quantity, show_quantity, typed_number
from stockroom.vocabulary import BaseUnit
from stockroom.web.formats import today_here

_LINE = re.compile(r"(?:line\s*|#\s*)([1-9][0-9]?)", re.IGNORECASE)
_NO_THINGS = (
    LabelKind.LOCATION, LabelKind.SESSION, LabelKind.PATIENT_CARD, LabelKind.STAFF_BADGE, LabelKind.DEVICE,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Pointed:
    """What a line points at, and in what it is counted (None where nothing of it is known here)."""

    thing: ThingName
    counted: CountedThing | None
    vial_uid: str | None = None
    """The container, where it is one."""


def line_meant(text: str) -> int | None:
    """The number of the earlier line that somebody points at, such as "line 2"; None for anything else."""
    found = _LINE.fullmatch(text.strip())
    return None if found is None else int(found[1])


def pointed_at(
    connection: Connection, clinic_id: int, text: str, *, made: Mapping[int, ThingName], field: str = "thing"
) -> Pointed:
    """Say what a text points at: a scan, the code on a vial, a lot number, or what an earlier line opened or made.

    Raises InvalidValue where it is nothing or several things, ScanInDoubt, ScanNamesNothing.
    """
    said = text.strip()
    if not said:
        raise InvalidValue(field=field, problem=gettext("scan it, or write the code or the lot"))
    number = line_meant(said)
    if number is not None:
        if number not in made:
            raise InvalidValue(
                field=field, problem=gettext("line %(n)s opened or made nothing before this", n=number)
            )
        thing = made[number]
    else:
        thing = _named(connection, clinic_id, text, field)
    known = counted(connection, clinic_id, thing, today=today_here())
    vial_uid = thing.location_uid
    if known is not None and known.is_vial and thing.scan is not None:
        vial_uid = _vial_of(connection, clinic_id, thing.scan)
    return Pointed(thing=thing, counted=known, vial_uid=vial_uid)


def _vial_of(connection: Connection, clinic_id: int, scan: str) -> str | None:
    """The open container under a label of ours."""
    label = known_here(connection, clinic_id, parse_scan(scan, today=today_here())).label
    return None if label is None else label.uid


def _named(connection: Connection, clinic_id: int, text: str, field: str) -> ThingName:
    try:
        scan = parse_scan(text, today=today_here())
    except ScanUnreadable:
        scan = None
    if scan is not None and scan.label is not None and scan.label.kind in _NO_THINGS:
        raise InvalidValue(field=field, problem=gettext("this is the code of no vial, pack or cocktail"))
    if scan is not None and (scan.label is not None or scan.item_code is not None):
        return ThingName(scan=text)
    typed = things_typed(connection, clinic_id, text.strip()[:100])
    if not typed:
        raise InvalidValue(
            field=field,
            problem=gettext("no vial, cocktail or lot here goes by %(text)s", text=text.strip()[:40]),
        )
    if len(typed) > 1:
        names = "; ".join(each.name for each in typed)
        raise InvalidValue(field=field, problem=gettext("it may be: %(names)s. Scan it.", names=names))
    return typed[0].thing


def amount_said(text: str, thing: CountedThing | None, *, in_presentations: bool = False) -> int:
    """Give the base units that a typed amount is, with or without its unit ("2.5", "2,5 mL").

    `in_presentations`: a bare number counts whole vials, packs or pieces, of what there are any: not of a mixture.
    Raises InvalidValue for nothing, and what `parse_quantity` raises.
    """
    said = text.strip()
    if not said:
        raise InvalidValue(field="amount", problem=gettext("say how much"))
    base_unit = BaseUnit.PIECE if thing is None else thing.base_unit
    number, _, unit = said.partition(" ")
    number = typed_number(number)
    is_mixed = thing is not None and thing.content_quantity == 1  # a piece is one anyway
    if in_presentations and not unit and thing is not None and not is_mixed:
        return parse_quantity(number, "piece", base_unit=BaseUnit.PIECE) * thing.content_quantity
    unit = unit.strip() or show_quantity(0, base_unit).unit
    base_unit_of(unit)
    return parse_quantity(number, unit, base_unit=base_unit)
