"""What do GS1 elements, or bare digits, say: which facts, and which of them are in doubt?

Sources: GS1 General Specifications sections 3 (elements), 7.8 (separators) and 7.9 (check digits); domain
facts D.1 and D.4.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from stockroom.barcodes.dates import civil_date, civil_minute
from stockroom.barcodes.element_checks import check_elements
from stockroom.barcodes.elements import (
    GS,
    TEXT_AIS,
    TEXT_LONGEST,
    Element,
    in_order,
    is_identifier,
    read_element_string,
)
from stockroom.barcodes.gtin import (
    GTIN_LENGTHS,
    SSCC_LENGTH,
    all_digits,
    expand_upc_e,
    has_valid_check_digit,
    normalise_gtin,
    require_check_digit,
    require_sscc,
)
from stockroom.barcodes.lost_separators import cuts, refuse_second_code
from stockroom.barcodes.scan_facts import Doubt, Scan
from stockroom.barcodes.unreadable import ElementTooLong, EmptyScan, ScanUnreadable, WrongNumberOfDigits

DIGITS_OF_A_CODE = GTIN_LENGTHS | {SSCC_LENGTH}

_DATED_FIRST = ("11", "15", "17")


def unmarked_scan(text: str, start: int, today: date) -> Scan:
    """A text without any mark: elements if it begins with an identifier that we know, else unknown."""
    body = text.lstrip(GS)
    begins = any(is_identifier(body[:length]) for length in (2, 3, 4))
    if not begins and not all_digits(text):
        return Scan(scheme="unknown", raw=text)
    scan = gs1_scan(read_element_string(text, position=start), text, today) if begins else None
    if scan is not None and (says_something(scan) or GS in text):
        return scan
    if all_digits(text):
        raise WrongNumberOfDigits(position=start, digits=len(text))
    return Scan(scheme="unknown", raw=text)


def says_something(scan: Scan) -> bool:
    facts = (scan.gtin, scan.sscc, scan.lot_number, scan.serial, scan.produced_on, scan.expires_on)
    return any(facts) or bool(scan.expires_at or scan.doubts)


def digits_scan(text: str, start: int, today: date) -> Scan:
    """A bare number: a GTIN or SSCC by its check digit, unless it also reads as a dated element string."""
    if len(text) == SSCC_LENGTH and text.startswith("01") and has_valid_check_digit(text[2:16]):
        return unmarked_scan(text, start, today)  # 01, a whole GTIN, and an element cut short
    number = _number_scan(text, start)
    dated = _dated_elements_scan(text, start, today)
    if number is None and dated is None:
        require_check_digit(text, position=start)
    if number is None:
        return dated or gs1_scan(read_element_string(text, position=start), text, today)
    if dated is None:
        return number
    doubt = Doubt(
        code="number_or_elements", field=number.scheme, value=text, position=start,
        readings=(replace(number, doubts=()), replace(dated, doubts=())),
    )  # fmt: skip
    return replace(number, doubts=(*number.doubts, doubt, *dated.doubts))


def _number_scan(text: str, start: int) -> Scan | None:
    """A whole number: an SSCC, a GTIN, or a UPC-E that the scanner did not expand; None when none fits.

    Eight digits may be whole both as a GTIN-8 and as a UPC-E, which name different products: in doubt.
    """
    if len(text) == SSCC_LENGTH:
        whole = has_valid_check_digit(text)
        return Scan(scheme="sscc", raw=text, sscc=require_sscc(text, position=start)) if whole else None
    whole = has_valid_check_digit(text)
    number = _gtin(text, normalise_gtin(text, position=start)) if whole else None
    compressed = _upc_e_scan(text)
    if number is None or compressed is None:
        return number or compressed
    doubt = Doubt(
        code="two_numbers", field="gtin", value=text, position=start, readings=(number, compressed)
    )  # fmt: skip
    return replace(number, doubts=(doubt,))


def _gtin(text: str, gtin: str) -> Scan:
    return Scan(scheme="gtin", raw=text, gtin=gtin)


def _upc_e_scan(text: str) -> Scan | None:
    try:
        return _gtin(text, normalise_gtin(expand_upc_e(text)))
    except ScanUnreadable:
        return None


def _dated_elements_scan(text: str, start: int, today: date) -> Scan | None:
    """A second label with date and lot (17…10…) may happen to have as many digits as a GTIN."""
    if not text.startswith(_DATED_FIRST):
        return None
    try:
        return gs1_scan(read_element_string(text, position=start), text, today)
    except ScanUnreadable:
        return None


def plain_gs1_scan(elements: tuple[Element, ...], raw: str, today: date) -> Scan:
    """The facts of elements whose ends are marked, so that no doubt arises."""
    check_elements(elements, today=today)
    said = {element.ai: element.value for element in elements}
    made = said.get("11") or said.get("8008", "")[:6]
    count = said.get("37") or said.get("30")
    return Scan(
        scheme="gs1",
        raw=raw,
        gtin=said.get("01") or said.get("03") or said.get("02"),
        lot_number=said.get("10"),
        expires_on=civil_date(said["17"], today=today) if "17" in said else None,
        expires_at=civil_minute(said["7003"], today=today) if "7003" in said else None,
        produced_on=civil_date(made, today=today) if made else None,
        serial=said.get("21"),
        quantity=int(count) if count else None,
        sscc=said.get("00"),
        elements=in_order(elements),
    )


def gs1_scan(elements: tuple[Element, ...], raw: str, today: date) -> Scan:
    """The facts of an element string; a lot or serial that may have swallowed more is in doubt."""
    if not elements:
        raise EmptyScan(position=0)
    scan = plain_gs1_scan(elements, raw, today)
    doubts = [
        doubt
        for element in dict.fromkeys(elements)
        if element.ai in TEXT_AIS and (doubt := _doubt(element, elements, raw, today))
    ]
    for element in elements:
        if element.ai in TEXT_AIS and len(element.value) > TEXT_LONGEST:
            in_doubt = any(doubt.position == element.position for doubt in doubts)
            scan = _without(scan, element, in_doubt=in_doubt)
    return replace(scan, doubts=tuple(doubts))


def _without(scan: Scan, element: Element, *, in_doubt: bool) -> Scan:
    """The scan without a value that no label can carry; refused when no lost separator explains it."""
    if not in_doubt:
        shown = element.value[: 2 * TEXT_LONGEST]
        raise ElementTooLong(position=element.position + TEXT_LONGEST, ai=element.ai, value=shown)
    return replace(scan, lot_number=None) if element.ai == "10" else replace(scan, serial=None)


def _doubt(element: Element, elements: tuple[Element, ...], raw: str, today: date) -> Doubt | None:
    rest = tuple(other for other in elements if other != element)
    others = frozenset(other.ai for other in rest)
    if "01" in others:
        refuse_second_code(element)
    candidates = cuts(element, others=others, separators_seen=GS in raw.strip(GS), today=today)
    if not candidates:
        return None
    readings = [plain_gs1_scan((*rest, *cut), raw, today) for cut in candidates]
    if len(element.value) <= TEXT_LONGEST:
        readings.insert(0, plain_gs1_scan(elements, raw, today))
    return Doubt(
        code="lost_separator",
        field="lot_number" if element.ai == "10" else "serial",
        value=element.value,
        position=element.position,
        readings=tuple(readings),
    )
