"""What does one line of a delivery in work say?  Scan and typing together; a scan in doubt waits for a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from stockroom.barcodes.scan import Scan, format_bracketed, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import InvalidValue
from stockroom.reads.arrivals import NUMBER_MAX, agreed, printed_expiry
from stockroom.reads.trade_items import by_gtin, by_other_code, products_by_uid
from stockroom.rules.receiving import NOT_KNOWN_YET, PACKS_MAX, CostOf, check_text
from stockroom.vocabulary import BenchDecision, OrderChoice


@dataclass(frozen=True, kw_only=True)
class LineSaid:
    """What a person says of a line; it completes its scan and never contradicts it."""

    location_uid: str | None = None
    """Where it is put; on a new line the place where the product was put last, when nobody says."""
    reading: str | None = None
    """Which of several readings of the scan is printed on the pack."""
    product_uid: str | None = None
    lot_number: str | None = None
    expires_on: date | None = None
    expires_at: datetime | None = None
    serial: str | None = None
    pack_count: int | None = None
    """What the code says, else one, when nobody says."""
    cost: CostOf = NOT_KNOWN_YET
    decision: str = ""
    """Why expired, short-dated or doubtful goods are accepted."""
    bench: BenchDecision = BenchDecision.UNDECIDED
    order: OrderChoice = OrderChoice.UNDECIDED
    """Whether what is beyond the supplier's orders is kept, or it counts on no order."""


NOTHING_SAID = LineSaid()


@dataclass(frozen=True, kw_only=True)
class LineFacts:
    """What is known of one lot of a delivery: what its scan says and what was typed agree."""

    raw_scan: str | None
    reading: str | None
    in_doubt: bool
    gtin: str | None
    other_code: str | None
    lot_number: str | None
    expires_on: date | None
    expires_at: datetime | None
    serial: str | None


@dataclass(frozen=True, kw_only=True)
class ReadLine:
    """A line as it is written down: its facts, the product that a person chose, the packs of its scan."""

    facts: LineFacts
    product_id: int | None
    """None where a code names the product, or nothing does."""
    meant_id: int | None
    """The product that the code names now, else the chosen one."""
    scanned_count: int | None


def readings_of(text: str, *, today: date) -> dict[str, Scan]:
    """Give the readings of a scan by what is printed below the barcode: one, or several in doubt.

    Raises ScanUnreadable, and InvalidValue for what names no pack (a label of ours, a parcel).
    """
    scan = parse_scan(text, today=today)
    if scan.label is not None:
        raise InvalidValue(field="scan", problem="a label of ours; scan the manufacturer's code on the pack")
    if scan.command is not None:
        raise InvalidValue(field="scan", problem="a command card; scan the manufacturer's code on the pack")
    if scan.scheme == "sscc":
        raise InvalidValue(field="scan", problem="the number of a parcel; scan the packs that are in it")
    several = {format_bracketed(each): each for doubt in scan.doubts for each in doubt.readings}
    return several or {format_bracketed(scan): scan}


def doubtful_readings(text: str, *, today: date) -> tuple[str, ...]:
    """Give what a scan in doubt may say, as printed below a barcode; nothing when it is clear."""
    try:
        readings = readings_of(text, today=today)
    except (ScanUnreadable, InvalidValue):
        return ()
    return tuple(readings) if len(readings) > 1 else ()


def read_line(
    connection: Connection, n: int, text: str | None, said: LineSaid, *, zone: str, today: date
) -> ReadLine:
    """Read a scan and what was said together, in two statements at most.

    Raises what `readings_of` raises, InvalidValue, ScanContradicts, ExpiryImpossible, ThingNotFound.
    """
    _check_said(n, text, said)
    scan = None if text is None else _chosen(text, said.reading, today)
    scanned_on, scanned_at = (None, None) if scan is None else printed_expiry(scan, zone)
    dated = scanned_on or scanned_at
    agreed(n, "expiry", dated, said.expires_on or said.expires_at)
    facts = LineFacts(
        raw_scan=text,
        reading=said.reading,
        in_doubt=text is not None and scan is None,
        gtin=scan.gtin if scan else None,
        other_code=scan.other_code if scan else None,
        lot_number=agreed(n, "lot_number", scan.lot_number if scan else None, said.lot_number),
        expires_on=scanned_on if dated else said.expires_on,
        expires_at=scanned_at if dated else said.expires_at,
        serial=agreed(n, "serial", scan.serial if scan else None, said.serial),
    )
    product_id, meant_id = _products(connection, n, facts, said.product_uid, scan.item_code if scan else None)
    return ReadLine(
        facts=facts,
        product_id=product_id,
        meant_id=meant_id,
        scanned_count=scan.quantity if scan else None,
    )


def _check_said(n: int, text: str | None, said: LineSaid) -> None:
    if text is None and said.product_uid is None:
        raise InvalidValue(field=f"line {n}", problem="scan a pack, or choose the product")
    if said.expires_on is not None and said.expires_at is not None:
        raise InvalidValue(field=f"line {n}", problem="a day or an instant of expiry, not both")
    for what, number in (("lot number", said.lot_number), ("serial", said.serial)):
        if number is not None:
            check_text(f"line {n}, {what}", number, longest=NUMBER_MAX)
            if not number:
                raise InvalidValue(field=f"line {n}, {what}", problem="it is empty; leave it out instead")
    check_text(f"line {n}, decision", said.decision.strip(), may_break=True)
    check_packs(n, 1 if said.pack_count is None else said.pack_count)


def check_packs(n: int, packs: int) -> None:
    """Raise InvalidValue for a number of packs that no delivery has."""
    if not 0 < packs <= PACKS_MAX:
        raise InvalidValue(field=f"line {n}", problem=f"from 1 to {PACKS_MAX} packs, not {packs}")


def _chosen(text: str, reading: str | None, today: date) -> Scan | None:
    """The reading of a scan; None while it has several and nobody has chosen one."""
    readings = readings_of(text, today=today)
    if len(readings) == 1:
        (only,) = readings.values()
        return only
    if reading is None:
        return None
    if reading not in readings:
        raise InvalidValue(field="reading", problem="choose one of: " + " | ".join(readings))
    return readings[reading]


def _products(
    connection: Connection, n: int, facts: LineFacts, product_uid: str | None, item_code: str | None
) -> tuple[int | None, int | None]:
    """Give the product to write down and the one that is meant; a code speaks before a person."""
    gtins = by_gtin(connection, (facts.gtin,)) if facts.gtin else {}
    codes = by_other_code(connection, (facts.other_code,)) if facts.other_code else {}
    item = codes.get(facts.other_code or "") or gtins.get(facts.gtin or "")
    if product_uid is None:
        return None, item.product.product_id if item else None
    product = products_by_uid(connection, (product_uid,))[product_uid]
    if not product.is_manufactured:
        raise InvalidValue(field=f"line {n}", problem="name a bought product, or scan the code on its pack")
    if item is not None:
        agreed(n, "product", item.product.name, product.name)
        agreed(n, "product", item.product.product_uid, product.product_uid)
        return None, product.product_id
    if item_code is not None:
        problem = f"no product has the code {item_code} yet: add it to {product.name}, and this is resolved"
        raise InvalidValue(field=f"line {n}", problem=problem)
    return product.product_id, product.product_id
