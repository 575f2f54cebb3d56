"""What do several codes of one pack, or of one picture, say together?

A box may carry its product in one code and lot and expiry in another (GS1 General Specifications, section
4.14; HIBC primary and secondary labels), and a picture may hold two packs.  What agrees is one reading; what
contradicts is left to a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.hibc import joined
from stockroom.barcodes.scan import format_scan, parse_scan
from stockroom.barcodes.scan_facts import Scan
from stockroom.barcodes.unreadable import ScanUnreadable


def combine(texts: Iterable[str], *, today: date) -> tuple[Scan, ...]:
    """Give the readings of codes that were seen together: one when all belong to one pack, else each.

    The same code seen twice counts once; a text that cannot be read is left out, because beside a sound code
    it is usually an advertisement.  Empty when nothing was readable.  The codes of a pack are combined only
    when one names a product and the other none, and no fact is said twice with two values.
    """
    scans: dict[str, Scan] = {}
    for text in texts:
        try:
            scan = parse_scan(text, today=today)
        except ScanUnreadable:
            continue
        if scan.scheme != "unknown":
            scans.setdefault(format_scan(scan), scan)
    found = tuple(scans.values())
    whole = _as_one(found, today)
    return found if whole is None else (whole,)


def _as_one(scans: tuple[Scan, ...], today: date) -> Scan | None:
    """The one reading of codes that belong to one pack; None where they do not, or where that is in doubt."""
    named = [scan for scan in scans if scan.item_code is not None]
    bare = [scan for scan in scans if scan.item_code is None and (scan.elements or scan.link)]
    is_one_pack = len({scan.item_code for scan in named}) == 1 and len(named) + len(bare) == len(scans)
    if not is_one_pack or any(scan.doubts for scan in scans):
        return None
    fullest = max(named, key=lambda scan: len(scan.elements))
    if any(not set(scan.elements) <= set(fullest.elements) for scan in named):
        return None
    return _joined(fullest, bare, today) if bare else fullest


def _joined(first: Scan, rest: list[Scan], today: date) -> Scan | None:
    try:
        if first.scheme == "hibc":
            (second,) = rest
            return parse_scan(joined(first.item_code or "", second.text), today=today)
        own = first.elements or parse_scan(f"01{first.gtin}", today=today).elements
        elements = (*own, *(element for scan in rest for element in scan.elements))
        return parse_scan("]C1" + write_element_string(elements), today=today)
    except (ScanUnreadable, ValueError):  # they contradict each other, or belong to two packs
        return None
