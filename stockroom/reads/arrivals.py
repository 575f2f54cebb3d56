"""What does each line of a delivery say?  Scan and typing together: product, lot, expiry, how much, where to.

Nothing is guessed: a scan with several readings, a code nobody knows, and a scan that says something
else than was typed are refused, and the refusal carries what was read, so that nothing is scanned twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from stockroom.barcodes.scan import Scan, format_bracketed, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.trade_items import TradeItemFacts, by_gtin, by_other_code, products_by_uid
from stockroom.rules.expiry import end_of_day
from stockroom.rules.receiving import (
    NOT_KNOWN_YET,
    Arrival,
    CostOf,
    ProductFacts,
    check_text,
    cost_in,
    quantity_of,
)
from stockroom.vocabulary import BenchDecision, LocationKind, OrderChoice

LINES_MAX = 5_000
NUMBER_MAX = 100
_T = TypeVar("_T")


@dataclass(eq=False, kw_only=True)
class LineUnreadable(ScanUnreadable):
    """The scan of one line gives no reading."""

    code: ClassVar[str] = "line_unreadable"
    message: ClassVar[str] = extracted("Line {line}: {problem}")
    line: int
    raw: str
    reason: str
    """The code of the fault."""
    problem: str


@dataclass(eq=False, kw_only=True)
class LineInDoubt(Refused):
    """The text of a scan can be read in several ways (a separator was lost, or a number is ambiguous)."""

    code: ClassVar[str] = "line_in_doubt"
    message: ClassVar[str] = extracted(
        "Line {line}: this scan can be read in several ways. Compare with the pack and choose one: {readings}"
    )
    line: int
    raw: str
    field: str
    readings: tuple[str, ...]
    """Each as it would be printed below the barcode; send the chosen one as the line's `reading`."""


@dataclass(eq=False, kw_only=True)
class CodeUnknown(Refused):
    """No product goes by the code on the pack.  Carries everything that was read."""

    code: ClassVar[str] = "code_unknown"
    message: ClassVar[str] = extracted(
        "Line {line}: no product has the code {item_code}. Add it to a product of the catalogue, or choose the "
        "product; what was scanned is kept: lot {lot_number}, expiry {expires_on}."
    )
    line: int
    raw: str
    item_code: str
    gtin: str | None
    lot_number: str | None
    expires_on: date | None
    expires_at: datetime | None
    serial: str | None
    quantity: int | None


@dataclass(eq=False, kw_only=True)
class ScanContradicts(Refused):
    """What was scanned and what was typed are not the same."""

    code: ClassVar[str] = "scan_contradicts"
    message: ClassVar[str] = extracted(
        "Line {line}: the scan says {scanned} for the {field}, but {stated} was entered. Check the pack."
    )
    line: int
    field: str
    scanned: str
    stated: str


@dataclass(frozen=True, kw_only=True)
class ArrivingLine:
    """One line as it is handed in: a scan, or what was read by eye, or both where the scan says too little."""

    location_uid: str
    scan: str | None = None
    """The text exactly as the scanner gave it."""
    reading: str | None = None
    """Which reading of a doubtful scan a person chose, as the refusal offered it."""
    product_uid: str | None = None
    lot_number: str | None = None
    expires_on: date | None = None
    expires_at: datetime | None = None
    serial: str | None = None
    pack_count: int | None = None
    """Packs of the scanned level, or whole presentations where no code was scanned; 1 when nothing says it."""
    cost: CostOf = NOT_KNOWN_YET
    decision: str = ""
    """Why expired, short-dated or doubtful goods are accepted."""
    bench: BenchDecision = BenchDecision.UNDECIDED
    """What becomes of packs of this lot that the bench had received before."""
    order_choice: OrderChoice = OrderChoice.UNDECIDED
    """Of a delivery: whether what is beyond the supplier's orders is kept, or it counts on no order."""


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What the lines of a delivery name, looked up at once."""

    gtins: dict[str, TradeItemFacts]
    codes: dict[str, TradeItemFacts]
    products: dict[str, ProductFacts]
    places: dict[str, Row[Any]]


def parse_lines(scans: tuple[tuple[str | None, str | None], ...], *, today: date) -> tuple[Scan | None, ...]:
    """Read pairs of scan and chosen reading, before anything is locked.

    Raises LineUnreadable, LineInDoubt, InvalidValue for no lines or too many.
    """
    if not 0 < len(scans) <= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"from 1 to {LINES_MAX} lines, not {len(scans)}")
    return tuple(
        None if text is None else _parsed(n, text, reading, today)
        for n, (text, reading) in enumerate(scans, start=1)
    )


def read_lines(
    connection: Connection, clinic: Row[Any], lines: tuple[ArrivingLine, ...], scans: tuple[Scan | None, ...]
) -> tuple[Arrival, ...]:
    """Give what each line says, in four statements at most.

    `clinic` is the clinic's row; `scans` are those that `parse_lines` read.
    Raises CodeUnknown, ScanContradicts, InvalidValue, ThingNotFound, NotAShelf, LocationClosed,
    ExpiryImpossible.
    """
    read = [scan for scan in scans if scan is not None]
    known = _Known(
        gtins=by_gtin(connection, (scan.gtin for scan in read if scan.gtin is not None)),
        codes=by_other_code(connection, (scan.other_code for scan in read if scan.other_code is not None)),
        products=products_by_uid(connection, (line.product_uid for line in lines if line.product_uid)),
        places=shelves_by_uid(connection, clinic.id, (line.location_uid for line in lines)),
    )
    pairs = zip(lines, scans, strict=True)
    return tuple(_arrival(n, line, scan, known, clinic) for n, (line, scan) in enumerate(pairs, start=1))


def printed_expiry(scan: Scan, zone: str) -> tuple[date | None, datetime | None]:
    """Give the day or the instant that a scan says its goods expire; where it says both, the earlier.

    AI 7003 is the wall time at the label's maker; it is taken as that of the clinic.
    Raises ExpiryImpossible.
    """
    if scan.expires_at is None:
        return scan.expires_on, None
    at = scan.expires_at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if scan.expires_on is not None and end_of_day(scan.expires_on, zone) < at:
        return scan.expires_on, None
    return None, at


def agreed(line: int, field: str, scanned: _T | None, stated: _T | None) -> _T | None:
    """Give what scan or typing says.  Raises ScanContradicts when both say something and not the same."""
    if scanned is not None and stated is not None and scanned != stated:
        raise ScanContradicts(line=line, field=field, scanned=str(scanned), stated=str(stated))
    return stated if scanned is None else scanned


def unknown_code(line: int, scan: Scan, zone: str) -> CodeUnknown:
    """Give the refusal that carries everything which was read of a pack that nobody knows."""
    expires_on, expires_at = printed_expiry(scan, zone)
    return CodeUnknown(
        line=line,
        raw=scan.raw,
        item_code=scan.item_code or scan.raw.strip(),
        gtin=scan.gtin,
        lot_number=scan.lot_number,
        expires_on=expires_on,
        expires_at=expires_at,
        serial=scan.serial,
        quantity=scan.quantity,
    )


def _parsed(n: int, text: str, reading: str | None, today: date) -> Scan:
    try:
        scan = parse_scan(text, today=today)
    except ScanUnreadable as error:
        raise LineUnreadable(
            line=n, raw=text[:200], position=error.position, reason=error.code, problem=str(error)
        ) from error
    if not scan.doubts:
        return scan
    readings = {format_bracketed(each): each for doubt in scan.doubts for each in doubt.readings}
    if reading not in readings:
        raise LineInDoubt(line=n, raw=scan.raw, field=scan.doubts[0].field, readings=tuple(readings))
    return replace(readings[reading], raw=scan.raw)


def _arrival(n: int, line: ArrivingLine, scan: Scan | None, known: _Known, clinic: Row[Any]) -> Arrival:
    item = _item(n, line, scan, known, clinic.time_zone)
    product = known.products[line.product_uid] if line.product_uid else item.product if item else None
    if product is None or not product.is_manufactured:
        raise InvalidValue(field=f"line {n}", problem="name a bought product, or scan the code on its pack")
    _check_texts(n, line)
    expires_on, expires_at = _expiry(n, line, scan, clinic.time_zone)
    packs = agreed(n, "pack_count", scan.quantity if scan else None, line.pack_count)
    packs = 1 if packs is None else packs
    place = known.places[line.location_uid]
    return Arrival(
        line=n,
        product=product,
        lot_number=agreed(n, "lot_number", scan.lot_number if scan else None, line.lot_number),
        expires_on=expires_on,
        expires_at=expires_at,
        serial=agreed(n, "serial", scan.serial if scan else None, line.serial),
        pack_count=packs,
        quantity=quantity_of(packs, item.presentation_count if item else 1, product.content_quantity, line=n),
        trade_item_id=item.trade_item_id if item else None,
        location_id=place.id,
        location_kind=LocationKind(place.kind),
        raw_scan=scan.raw if scan else None,
        decision=line.decision,
        cost=cost_in(line.cost, clinic.currency, line=n),
        bench=line.bench,
    )


def _item(n: int, line: ArrivingLine, scan: Scan | None, known: _Known, zone: str) -> TradeItemFacts | None:
    """The trade item that was scanned; None when only a typed product names the goods."""
    if scan is None:
        return None
    item = known.codes.get(scan.other_code or "") or known.gtins.get(scan.gtin or "")
    if item is None and (scan.scheme != "unknown" or line.product_uid is None):
        raise unknown_code(n, scan, zone)
    if item is not None and line.product_uid is not None:
        agreed(n, "product", item.product.name, known.products[line.product_uid].name)
        agreed(n, "product", item.product.product_uid, line.product_uid)
    return item


def _expiry(n: int, line: ArrivingLine, scan: Scan | None, zone: str) -> tuple[date | None, datetime | None]:
    scanned_on, scanned_at = (None, None) if scan is None else printed_expiry(scan, zone)
    if line.expires_on is not None and line.expires_at is not None:
        raise InvalidValue(field=f"line {n}", problem="a day or an instant of expiry, not both")
    scanned = scanned_on or scanned_at
    agreed(n, "expiry", scanned, line.expires_on or line.expires_at)
    return (scanned_on, scanned_at) if scanned else (line.expires_on, line.expires_at)


def _check_texts(n: int, line: ArrivingLine) -> None:
    for what, text in (("lot number", line.lot_number), ("serial", line.serial)):
        if text is not None:
            check_text(f"line {n}, {what}", text, longest=NUMBER_MAX)
            if not text:
                raise InvalidValue(field=f"line {n}, {what}", problem="it is empty; leave it out instead")
    check_text(f"line {n}, decision", line.decision.strip(), may_break=True)
