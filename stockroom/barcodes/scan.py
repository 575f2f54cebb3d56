"""What does a scanned or typed text say: which product, which lot, until when?

Text in, frozen value out; every rule stands in a file of its own beside this one.  Sources: GS1 General
Specifications sections 3 (elements) and 7.8 (separators), GS1 Digital Link, ISO/IEC 15424 (symbology
identifiers), domain facts part D.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from stockroom.barcodes.carriers import Carried, Content, carried
from stockroom.barcodes.command_cards import looks_like_command, read_command, write_command
from stockroom.barcodes.dates import civil_date, yymmdd
from stockroom.barcodes.digital_link import looks_like_link, read_link
from stockroom.barcodes.element_checks import check_elements
from stockroom.barcodes.elements import (
    CSET_82,
    GS,
    Element,
    in_order,
    read_bracketed,
    read_element_string,
    read_value,
    write_bracketed,
    write_element_string,
)
from stockroom.barcodes.gs1_scans import (
    DIGITS_OF_A_CODE,
    digits_scan,
    gs1_scan,
    plain_gs1_scan,
    says_something,
    unmarked_scan,
)
from stockroom.barcodes.gtin import all_digits, expand_upc_e, normalise_gtin
from stockroom.barcodes.hibc import looks_like_hibc, read_hibc
from stockroom.barcodes.keyboards import other_meanings
from stockroom.barcodes.own_labels import looks_like_own_label, read_label, write_label
from stockroom.barcodes.ppn import (
    EOT,
    RS,
    Envelope,
    looks_enveloped,
    open_envelope,
    read_ppn,
    write_ppn,
)
from stockroom.barcodes.scan_facts import Doubt as Doubt
from stockroom.barcodes.scan_facts import Scan as Scan
from stockroom.barcodes.unreadable import (
    EmptyScan,
    ScanTooLong,
    ScanUnreadable,
    SchemeNotRead,
    StrayCharacter,
    TypedForAnotherKeyboard,
    code_point,
)

LIMIT_BYTES = 4096
TWO_MEANINGS = "\x1a"
"""Stands before each of two texts of which nobody knows which one was scanned (ASCII: substitute)."""
LONGEST_MISTYPED = 512
"""No code on a pack is longer; a longer text is not looked at again for each keyboard."""

_ISBT_128 = ("=", "&")
"""How every ISBT 128 data structure begins (ICCBBA)."""


def parse_scan(text: str, *, today: date, separators: tuple[str, ...] = (GS,)) -> Scan:
    """The reading of a scanned, typed or pasted text of at most 4 KiB.

    `today` places two-digit years.  `separators` are the characters that this clinic's scanners send for
    FNC1; spaces around the text are ignored.  Raises a `ScanUnreadable` with code and position for every
    text that cannot be read, and ValueError for a separator that could be part of a lot number.  A text
    without the shape of any scheme is a `Scan` of scheme `unknown`; one that is a sound code when it is
    taken as typed for another keyboard is in doubt, and the sound codes are its readings.
    """
    _require_separators(separators)
    _refuse_two_meanings(text)
    try:
        read = _as_it_stands(text, today, separators)
    except ScanUnreadable:
        if (doubt := _typed_elsewhere(text, today, separators)) is None:
            raise
        return Scan(scheme="unknown", raw=text, doubts=(doubt,))
    if read.scheme == "unknown" and (doubt := _typed_elsewhere(text, today, separators)) is not None:
        return replace(read, doubts=(doubt,))
    return read


def _refuse_two_meanings(text: str) -> None:
    """Raise TypedForAnotherKeyboard for a text of which `put_right` found two sound meanings."""
    if text.startswith(TWO_MEANINGS) and text.count(TWO_MEANINGS) == 2:
        as_it_stands, as_meant = text[1:].split(TWO_MEANINGS)
        raise TypedForAnotherKeyboard(position=0, as_it_stands=as_it_stands[:80], as_meant=as_meant[:80])


def _as_it_stands(text: str, today: date, separators: tuple[str, ...]) -> Scan:
    _require_length(text)
    start = len(text) - len(text.lstrip(" "))
    trimmed = text.strip(" ")
    if not trimmed:
        raise EmptyScan(position=0)
    inner = carried(trimmed)
    at = start + inner.position
    if inner.content is Content.ANYTHING and looks_like_hibc(inner.text):
        return replace(_hibc_scan(inner.text + text[start + len(trimmed) :], at, today), raw=text)
    for separator in separators:
        inner = replace(inner, text=inner.text.replace(separator, GS))
    enveloped = inner.content is Content.ANYTHING and looks_enveloped(inner.text)
    _require_characters(inner.text, at, also=RS + EOT if enveloped else "")
    read = (
        _enveloped_scan(open_envelope(inner.text, position=at), today)
        if enveloped
        else _read(inner, at, today)
    )
    return replace(read, raw=text)


def _typed_elsewhere(text: str, today: date, separators: tuple[str, ...]) -> Doubt | None:
    """Why an unreadable text may be a sound code typed for another keyboard.

    None when it is none, or when two keyboards make two codes of it.
    """
    if not text.strip() or len(text) > LONGEST_MISTYPED:
        return None
    meanings: dict[str, tuple[Scan, ...]] = {}
    for meant in other_meanings(text):
        try:
            read = _as_it_stands(meant.text, today, separators)
        except (ScanUnreadable, ValueError):
            continue
        ways = (read, *(cut for doubt in read.doubts for cut in doubt.readings))
        proven = tuple(each for each in ways if is_proven(each) and not each.doubts)
        if proven:
            meanings.setdefault(format_scan(proven[0]), proven)
    if len(meanings) != 1:  # one keyboard says this, another that: nothing is offered
        return None
    (readings,) = meanings.values()
    return Doubt(code="other_keyboard", field="raw", value=text, position=0, readings=readings)


def is_proven(scan: Scan) -> bool:
    """Whether a reading carries its own proof: a check digit or character, or the shape of a label of ours."""
    return bool(scan.gtin or scan.sscc or scan.scheme in ("hibc", "ppn", "stockroom"))


def format_scan(scan: Scan) -> str:
    """The canonical text of a reading; parsing it gives the same facts.

    GS1 elements: predefined lengths first, `GS` only where needed (at the front when the text would else
    be taken for a bare number or an unknown code); a GTIN as 14 digits.
    """
    if scan.label is not None:
        return write_label(scan.label)
    if scan.command is not None:
        return write_command(scan.command)
    if scan.text:
        return scan.text
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
        if len(separator) != 1 or separator in CSET_82 or separator in "$[] ":
            raise ValueError(f"{separator!r} cannot be a separator: it could be part of a code")


def _require_length(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > LIMIT_BYTES:
        raise ScanTooLong(position=min(len(text), LIMIT_BYTES), limit_bytes=LIMIT_BYTES)


def _require_characters(text: str, start: int, *, also: str) -> None:
    for offset, character in enumerate(text):
        if not (" " <= character <= "~" or character == GS or character in also):
            raise StrayCharacter(position=start + offset, character=code_point(character))


def _read(inner: Carried, start: int, today: date) -> Scan:
    text = inner.text
    if not text.strip(GS):
        raise EmptyScan(position=start)
    if inner.content is Content.ELEMENTS:
        return gs1_scan(read_element_string(text, position=start), text, today)
    if inner.content is not Content.ANYTHING:
        return _gtin_scan(text, start, upc=inner.content is Content.UPC)
    if text[0] in _ISBT_128:
        raise SchemeNotRead(position=start, scheme="ISBT 128")
    if looks_like_link(text):
        return plain_gs1_scan(read_link(text, position=start), text, today)
    if looks_like_command(text):
        command = read_command(text, position=start)
        return Scan(scheme="stockroom", raw=text, product_code=write_command(command), command=command)
    if looks_like_own_label(text):
        return _label_scan(text, start)
    if text[0] == "[" or (text[0] == "(" and text[1:2].isdigit()):
        return plain_gs1_scan(read_bracketed(text, position=start), text, today)
    if all_digits(text) and len(text) in DIGITS_OF_A_CODE:
        return digits_scan(text, start, today)
    return unmarked_scan(text, start, today)


def _gtin_scan(text: str, start: int, *, upc: bool) -> Scan:
    """A number whose symbol says that it is a GTIN; of eight digits in the UPC family it is UPC-E."""
    if upc and len(text) == 8:
        text, written = expand_upc_e(text, position=start), text
        return Scan(scheme="gtin", raw=written, gtin=normalise_gtin(text, position=start))
    return Scan(scheme="gtin", raw=text, gtin=normalise_gtin(text, position=start))


def _hibc_scan(text: str, start: int, today: date) -> Scan:
    facts = read_hibc(text, today=today, position=start)
    return Scan(
        scheme="hibc", raw=text, text=facts.text, product_code=facts.primary, check=facts.check,
        link=facts.link, lot_number=facts.lot_number, expires_on=facts.expires_on,
        expires_at=facts.expires_at, produced_on=facts.produced_on, serial=facts.serial,
        quantity=facts.quantity, others=facts.others,
    )  # fmt: skip


def _enveloped_scan(envelope: Envelope, today: date) -> Scan:
    if envelope.format == "05":
        elements = read_element_string(envelope.body, position=envelope.position)
        return gs1_scan(elements, envelope.body, today)
    facts = read_ppn(envelope, today=today)
    return Scan(
        scheme="ppn", raw=envelope.body, text=write_ppn(facts), product_code=facts.ppn, gtin=facts.gtin,
        lot_number=facts.lot_number, expires_on=facts.expires_on, produced_on=facts.produced_on,
        serial=facts.serial, others=facts.others,
    )  # fmt: skip


def _label_scan(text: str, start: int) -> Scan:
    label = read_label(text, position=start)
    return Scan(scheme="stockroom", raw=text, product_code=write_label(label), label=label)


def _needs_leading_separator(text: str, scan: Scan) -> bool:
    bare_number = all_digits(text) and len(text) in DIGITS_OF_A_CODE
    return bare_number or not says_something(scan)
