"""What does a Data Matrix in the envelope of ISO/IEC 15434 say, such as the PPN of German pharmacies?

`[)>`, RS, a format, GS, the fields parted by GS, RS, EOT.  Format 06 holds data identifiers (9N the
pharmacy product number, 1T lot, D expiry, S serial, 16D made, 8P GTIN), format 05 GS1 elements.  Scanners
that type cannot always type RS and EOT, so that both may be missing.

Sources: IFA Coding System, PPN-Code Specification 2.01 (fields, lengths, check number modulo 97);
ISO/IEC 15434 (envelope); ANSI MH10.8.2 (identifiers); domain facts D.8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from stockroom.barcodes.dates import civil_date
from stockroom.barcodes.elements import CSET_82, GS, Element
from stockroom.barcodes.gtin import all_digits, normalise_gtin
from stockroom.barcodes.unreadable import (
    ElementMissing,
    ElementsContradict,
    ElementTooLong,
    ElementTruncated,
    ElementUnreadable,
    ImpossibleDate,
    SchemeNotRead,
    StrayCharacter,
    UnknownElement,
    WrongCheckCharacter,
    code_point,
)

RS, EOT = "\x1e", "\x04"
ENVELOPE = "[)>"
_HEAD = re.compile(r"\[\)>\x1e?([0-9]{2})\x1d")
_TAIL = re.compile(r"[\x1d\x1e\x04]*$")
_DATA_IDENTIFIER = re.compile(r"[0-9]{0,3}[A-Z]")
_SHORTEST_PPN, _LONGEST_PPN, _LONGEST_TEXT = 5, 22, 20
_READ = frozenset({"9N", "1T", "D", "S", "8P", "16D"})
_ALPHANUMERIC = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class PpnFacts:
    """What one PPN code says; an absent fact is None."""

    ppn: str
    gtin: str | None = None
    lot_number: str | None = None
    expires_on: date | None = None
    produced_on: date | None = None
    serial: str | None = None
    fields: tuple[Element, ...] = ()
    """All fields in the order of the specification, verbatim."""

    @property
    def others(self) -> tuple[Element, ...]:
        """The fields that have no attribute here."""
        return tuple(field for field in self.fields if field.ai not in _READ)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The inside of an envelope, its format, and where it begins in the scan."""

    format: str
    body: str
    position: int


def looks_enveloped(text: str) -> bool:
    """Whether the text begins as an ISO/IEC 15434 message does."""
    return text.startswith(ENVELOPE)


def open_envelope(text: str, *, position: int = 0) -> Envelope:
    """The body of a message of format 05 or 06.

    Raises `SchemeNotRead` for another format, `ElementTruncated` when the head is not whole.
    """
    head = _HEAD.match(text)
    if head is None:
        raise ElementTruncated(position=position + len(ENVELOPE), ai=ENVELOPE, value=text[3:12])
    if head[1] not in ("05", "06"):
        raise SchemeNotRead(position=position, scheme=f"ISO 15434 format {head[1]}")
    body = _TAIL.sub("", text[head.end() :])
    return Envelope(head[1], body, position + head.end())


def ppn_check_number(text: str) -> str:
    """The two digits that end a PPN: its characters' ASCII values weighted 2, 3, 4 … modulo 97.

    >>> ppn_check_number("1103752864")
    '14'
    """
    return f"{sum(ord(character) * weight for weight, character in enumerate(text, 2)) % 97:02}"


def normalise_ppn(text: str, *, position: int = 0) -> str:
    """A PPN as a trade item keeps it.

    >>> normalise_ppn("110375286414")
    '110375286414'

    Raises `StrayCharacter`, `ElementTruncated`, `ElementTooLong` or `WrongCheckCharacter`.
    """
    for offset, character in enumerate(text):
        if character not in _ALPHANUMERIC:
            raise StrayCharacter(position=position + offset, character=code_point(character))
    if len(text) < _SHORTEST_PPN:
        raise ElementTruncated(position=position + len(text), ai="9N", value=text)
    if len(text) > _LONGEST_PPN:
        raise ElementTooLong(position=position + _LONGEST_PPN, ai="9N", value=text[:40])
    expected = ppn_check_number(text[:-2])
    if text[-2:] != expected:
        raise WrongCheckCharacter(position=position + len(text) - 2, value=text, expected=expected)
    return text


def read_ppn(envelope: Envelope, *, today: date) -> PpnFacts:
    """The facts of a message of format 06.

    Raises a `ScanUnreadable`; `ElementMissing` when no field names a product (9N).
    """
    fields = _fields(envelope)
    said = {field.ai: field for field in fields}
    if "9N" not in said:
        raise ElementMissing(position=envelope.position, ai="[)>06", needs="9N")
    facts = PpnFacts(ppn=normalise_ppn(said["9N"].value, position=said["9N"].position), fields=fields)
    for field in fields:
        facts = _with_field(facts, field, today)
    return facts


def write_ppn(facts: PpnFacts) -> str:
    """The canonical message; `read_ppn` gives the facts back."""
    body = GS.join(field.ai + field.value for field in facts.fields)
    return f"{ENVELOPE}{RS}06{GS}{body}{RS}{EOT}"


def _fields(envelope: Envelope) -> tuple[Element, ...]:
    """The fields in the order of the specification; one that is there twice must say the same."""
    found: dict[str, Element] = {}
    at = envelope.position
    for part in envelope.body.split(GS):
        mark = _DATA_IDENTIFIER.match(part)
        if mark is None:
            raise UnknownElement(position=at, found=part[:4])
        field = Element(mark[0], part[mark.end() :], at + mark.end())
        _require_text(field)
        earlier = found.setdefault(field.ai, field)
        if earlier != field:
            raise ElementsContradict(
                position=field.position, ai=field.ai, value=field.value,
                other_ai=field.ai, other_value=earlier.value,
            )  # fmt: skip
        at += len(part) + 1
    ranks = {"9N": 0, "1T": 1, "D": 2, "S": 3}
    return tuple(sorted(found.values(), key=lambda field: (ranks.get(field.ai, len(ranks)), field.ai)))


def _require_text(field: Element) -> None:
    if not field.value:
        raise ElementTruncated(position=field.position, ai=field.ai, value="")
    for offset, character in enumerate(field.value):
        if character not in CSET_82:
            raise StrayCharacter(position=field.position + offset, character=code_point(character))
    if field.ai in ("1T", "S") and len(field.value) > _LONGEST_TEXT:
        raise ElementTooLong(
            position=field.position + _LONGEST_TEXT, ai=field.ai, value=field.value[:40]
        )  # fmt: skip


def _with_field(facts: PpnFacts, field: Element, today: date) -> PpnFacts:
    if field.ai == "1T":
        return replace(facts, lot_number=field.value)
    if field.ai == "S":
        return replace(facts, serial=field.value)
    if field.ai == "8P":
        return replace(facts, gtin=normalise_gtin(field.value, position=field.position))
    if field.ai == "D":
        return replace(facts, expires_on=_date(field, 6, today))
    if field.ai == "16D":
        return replace(facts, produced_on=_date(field, 8, today))
    return facts


def _date(field: Element, length: int, today: date) -> date:
    """The day of six digits (day 00: the month's end) or of eight."""
    value = field.value
    if len(value) != length or not all_digits(value):
        raise ElementUnreadable(position=field.position, ai=field.ai, value=value[:40])
    try:
        if length == 6:
            return civil_date(value, today=today)
        return date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError as fault:
        raise ImpossibleDate(position=field.position, ai=field.ai, value=value) from fault
