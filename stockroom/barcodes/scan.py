"""What does a scanned or typed text say: which product, which lot, until when?

Text in, frozen value out; every rule stands in a file of its own beside this one.  Sources: GS1 General
Specifications sections 3 (elements) and 7.8 (separators), GS1 Digital Link, ISO/IEC 15424 (symbology
identifiers), domain facts part D.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal

from stockroom.barcodes.carriers import Carried, Content, carried
from stockroom.barcodes.dates import civil_date, civil_minute, yymmdd
from stockroom.barcodes.digital_link import looks_like_link, read_link
from stockroom.barcodes.element_checks import check_elements
from stockroom.barcodes.elements import (
    CSET_82,
    GS,
    TEXT_AIS,
    TEXT_LONGEST,
    Element,
    in_order,
    is_identifier,
    read_bracketed,
    read_element_string,
    read_value,
    write_bracketed,
    write_element_string,
)
from stockroom.barcodes.gtin import (
    GTIN_LENGTHS,
    SSCC_LENGTH,
    all_digits,
    has_valid_check_digit,
    normalise_gtin,
    require_check_digit,
    require_sscc,
)
from stockroom.barcodes.lost_separators import cuts, refuse_second_code
from stockroom.barcodes.own_labels import OwnLabel, looks_like_own_label, read_label, write_label
from stockroom.barcodes.unreadable import (
    ElementTooLong,
    EmptyScan,
    ScanTooLong,
    ScanUnreadable,
    SchemeNotRead,
    StrayCharacter,
    WrongNumberOfDigits,
    code_point,
)

LIMIT_BYTES = 4096
Scheme = Literal["gs1", "hibc", "ppn", "gtin", "sscc", "stockroom", "unknown"]

_DATED_FIRST = ("11", "15", "17")
_DIGITS_OF_A_CODE = GTIN_LENGTHS | {SSCC_LENGTH}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one text says.  An absent fact is None: nothing is invented, nothing is guessed.

    A scan with `doubts` has several readings; book nothing until a person has chosen one of them.
    """

    scheme: Scheme
    raw: str
    """The text exactly as it was handed in."""
    gtin: str | None = None
    """14 digits, from AI 01, else 03, else 02 (then it is the content of the logistic unit `sscc`)."""
    product_code: str | None = None
    """The product as named by a scheme other than GS1; for our own label its canonical text."""
    lot_number: str | None = None
    """Verbatim and case-sensitive."""
    expires_on: date | None = None
    """AI 17; day 00 is the month's last day.  AI 15 (best before) is not an expiry: see `elements`."""
    expires_at: datetime | None = None
    """AI 7003: naive, the local wall time that the label's maker meant."""
    produced_on: date | None = None
    """AI 11, else the day of AI 8008."""
    serial: str | None = None
    quantity: int | None = None
    """AI 37 (items in a logistic unit), else AI 30 (items in a pack of varying count)."""
    sscc: str | None = None
    label: OwnLabel | None = None
    """Set exactly when the scheme is `stockroom`."""
    elements: tuple[Element, ...] = ()
    """All GS1 elements in canonical order, those without a field of their own included."""
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One reason why a text may say something else than it seems to."""

    code: Literal["lost_separator", "number_or_elements"]
    field: str
    """The name of the field of `Scan` that is in doubt."""
    value: str
    position: int
    readings: tuple[Scan, ...]
    """The candidates, without doubts; the text as it stands comes first where it is possible at all."""


def parse_scan(text: str, *, today: date, separators: tuple[str, ...] = (GS,)) -> Scan:
    """The reading of a scanned, typed or pasted text of at most 4 KiB.

    `today` places two-digit years.  `separators` are the characters that this clinic's scanners send for
    FNC1; spaces around the text are ignored.  Raises a `ScanUnreadable` with code and position for every
    text that cannot be read, and ValueError for a separator that could be part of a lot number.  A text
    without the shape of any scheme is a `Scan` of scheme `unknown`.
    """
    _require_separators(separators)
    _require_length(text)
    start = len(text) - len(text.lstrip(" "))
    trimmed = text.strip(" ")
    if not trimmed:
        raise EmptyScan(position=0)
    inner = carried(trimmed)
    _refuse_unread_scheme(inner, start)
    for separator in separators:
        inner = replace(inner, text=inner.text.replace(separator, GS))
    _require_characters(inner.text, start + inner.position)
    return replace(_read(inner, start + inner.position, today), raw=text)


def format_scan(scan: Scan) -> str:
    """The canonical text of a reading; parsing it gives the same facts.

    GS1 elements: predefined lengths first, `GS` only where needed (at the front when the text would else
    be taken for a bare number or an unknown code); a GTIN as 14 digits.
    """
    if scan.label is not None:
        return write_label(scan.label)
    if scan.elements:
        text = write_element_string(scan.elements)
        return GS + text if _needs_leading_separator(text, scan) else text
    return scan.gtin or scan.sscc or scan.raw.strip(" ")


def format_bracketed(scan: Scan) -> str:
    """The canonical human-readable text, as printed below a barcode; for other schemes as `format_scan`."""
    return write_bracketed(scan.elements) if scan.elements else format_scan(scan)


def gs1_elements(
    *, gtin: str, today: date, lot_number: str | None = None, expires_on: date | None = None,
    produced_on: date | None = None, serial: str | None = None,
) -> tuple[Element, ...]:  # fmt: skip
    """The elements of a GS1 label of ours, for `write_element_string` and `write_bracketed`.

    Raises a `ScanUnreadable` for a fact that GS1 cannot carry (a lot of more than 20 characters, another
    character than the 82) and ValueError for a date whose century would be read back wrongly.
    """
    facts = {
        "01": normalise_gtin(gtin),
        "11": yymmdd(produced_on) if produced_on else None,
        "17": yymmdd(expires_on) if expires_on else None,
        "10": lot_number,
        "21": serial,
    }
    elements = tuple(read_value(ai, value) for ai, value in facts.items() if value is not None)
    for day in (produced_on, expires_on):
        if day is not None and civil_date(yymmdd(day), today=today) != day:
            raise ValueError(f"{day} is too far from {today} to be printed with two digits of its year")
    check_elements(elements, today=today)
    return in_order(elements)


def _require_separators(separators: tuple[str, ...]) -> None:
    for separator in separators:
        if len(separator) != 1 or separator in CSET_82 or separator in "[] ":
            raise ValueError(f"{separator!r} cannot be a separator: it could be part of a code")


def _require_length(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT_BYTES:
        raise ScanTooLong(position=min(len(text), LIMIT_BYTES), limit_bytes=LIMIT_BYTES)


def _refuse_unread_scheme(inner: Carried, start: int) -> None:
    for mark, scheme in (("+", "HIBC"), ("[)>", "IFA PPN"), ("=", "ISBT 128")):
        if inner.content is Content.ANYTHING and inner.text.startswith(mark):
            raise SchemeNotRead(position=start + inner.position, scheme=scheme)


def _require_characters(text: str, start: int) -> None:
    for offset, character in enumerate(text):
        if not (" " <= character <= "~" or character == GS):
            raise StrayCharacter(position=start + offset, character=code_point(character))


def _read(inner: Carried, start: int, today: date) -> Scan:
    text = inner.text
    if not text.strip(GS):
        raise EmptyScan(position=start)
    if inner.content is Content.GTIN:
        return Scan(scheme="gtin", raw=text, gtin=normalise_gtin(text, position=start))
    if inner.content is Content.ELEMENTS:
        return _gs1_scan(read_element_string(text, position=start), text, today)
    if looks_like_link(text):
        return _plain_gs1_scan(read_link(text, position=start), text, today)
    if looks_like_own_label(text):
        return _label_scan(text, start)
    if text[0] == "[" or (text[0] == "(" and text[1:2].isdigit()):
        return _plain_gs1_scan(read_bracketed(text, position=start), text, today)
    if all_digits(text) and len(text) in _DIGITS_OF_A_CODE:
        return _digits_scan(text, start, today)
    return _unmarked_scan(text, start, today)


def _label_scan(text: str, start: int) -> Scan:
    label = read_label(text, position=start)
    return Scan(scheme="stockroom", raw=text, product_code=write_label(label), label=label)


def _unmarked_scan(text: str, start: int, today: date) -> Scan:
    """A text without any mark: elements if it begins with an identifier that we know, else unknown."""
    body = text.lstrip(GS)
    begins = any(is_identifier(body[:length]) for length in (2, 3, 4))
    if not begins and not all_digits(text):
        return Scan(scheme="unknown", raw=text)
    scan = _gs1_scan(read_element_string(text, position=start), text, today) if begins else None
    if scan is not None and (_says_something(scan) or GS in text):
        return scan
    if all_digits(text):
        raise WrongNumberOfDigits(position=start, digits=len(text))
    return Scan(scheme="unknown", raw=text)


def _needs_leading_separator(text: str, scan: Scan) -> bool:
    bare_number = all_digits(text) and len(text) in _DIGITS_OF_A_CODE
    return bare_number or not _says_something(scan)


def _says_something(scan: Scan) -> bool:
    facts = (scan.gtin, scan.sscc, scan.lot_number, scan.serial, scan.produced_on, scan.expires_on)
    return any(facts) or bool(scan.expires_at or scan.doubts)


def _digits_scan(text: str, start: int, today: date) -> Scan:
    """A bare number: a GTIN or SSCC by its check digit, unless it also reads as a dated element string."""
    if len(text) == SSCC_LENGTH and text.startswith("01") and has_valid_check_digit(text[2:16]):
        return _unmarked_scan(text, start, today)  # 01, a whole GTIN, and an element cut short
    number = None
    if has_valid_check_digit(text):
        number = _number_scan(text, start)
    dated = _dated_elements_scan(text, start, today)
    if number is None and dated is None:
        require_check_digit(text, position=start)
    if number is None or dated is None:
        return number or dated or _number_scan(text, start)
    doubt = Doubt(
        code="number_or_elements", field=number.scheme, value=text, position=start,
        readings=(number, replace(dated, doubts=())),
    )  # fmt: skip
    return replace(number, doubts=(doubt, *dated.doubts))


def _number_scan(text: str, start: int) -> Scan:
    if len(text) == SSCC_LENGTH:
        return Scan(scheme="sscc", raw=text, sscc=require_sscc(text, position=start))
    return Scan(scheme="gtin", raw=text, gtin=normalise_gtin(text, position=start))


def _dated_elements_scan(text: str, start: int, today: date) -> Scan | None:
    """A second label with date and lot (17…10…) may happen to have as many digits as a GTIN."""
    if not text.startswith(_DATED_FIRST):
        return None
    try:
        return _gs1_scan(read_element_string(text, position=start), text, today)
    except ScanUnreadable:
        return None


def _plain_gs1_scan(elements: tuple[Element, ...], raw: str, today: date) -> Scan:
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


def _gs1_scan(elements: tuple[Element, ...], raw: str, today: date) -> Scan:
    """The facts of an element string; a lot or serial that may have swallowed more is in doubt."""
    if not elements:
        raise EmptyScan(position=0)
    scan = _plain_gs1_scan(elements, raw, today)
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
    readings = [_plain_gs1_scan((*rest, *cut), raw, today) for cut in candidates]
    if len(element.value) <= TEXT_LONGEST:
        readings.insert(0, _plain_gs1_scan(elements, raw, today))
    return Doubt(
        code="lost_separator",
        field="lot_number" if element.ai == "10" else "serial",
        value=element.value,
        position=element.position,
        readings=tuple(readings),
    )
