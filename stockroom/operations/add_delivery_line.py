"""How does a scanned or read pack come onto a delivery in work?  At once, whether or not anybody knows its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from stockroom.actor import Actor
from stockroom.barcodes.carriers import carried
from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.hibc import joined
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.delivery_rows import change_delivery_row, change_line_row
from stockroom.models import DeliveryLine
from stockroom.reads.arrivals import LINES_MAX
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.deliveries import delivery_in_work, standing_lines
from stockroom.reads.delivery_lines import (
    NOTHING_SAID,
    LineSaid,
    ReadLine,
    check_packs,
    read_line,
    readings_of,
)
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.usual_places import usual_places
from stockroom.rules.receiving import NOT_KNOWN_YET, SerialTwice, cost_in
from stockroom.vocabulary import Action, BenchDecision, Carry


@dataclass(frozen=True, kw_only=True)
class AddDeliveryLine:
    """A pack that was scanned, or what was read on one by eye."""

    delivery_uid: str
    scan: str | None = None
    """The text exactly as the scanner gave it."""
    said: LineSaid = NOTHING_SAID


@dataclass(frozen=True, kw_only=True)
class DeliveryLineAdded:
    """The line as it stands now."""

    line_uid: str
    n: int
    version: int
    pack_count: int
    was_there: bool
    """The packs were added to a line of the same product, lot, pack and place."""
    delivery_version: int


def add_delivery_line(
    store: Store, command: AddDeliveryLine, *, actor: Actor, key: str, now: datetime
) -> DeliveryLineAdded:
    """Put a pack onto an open delivery; the same product, lot, pack and place again adds to its line.

    A code that nobody knows, and a scan with several readings, stand on the delivery as they were
    scanned and are resolved later.  A second label that says lot or expiry and no product completes the
    pack that the same person scanned last.
    Raises ScanUnreadable, ThingNotFound, DeliveryOver, InvalidValue, ScanContradicts, SerialTwice,
    NotAShelf, LocationClosed.
    """
    if command.scan is not None:
        with store.reading() as connection:
            zone = clinic_settings(connection, actor.clinic_id).time_zone
        readings_of(command.scan, today=civil_date(now, zone))
    return perform(
        store,
        Act(kind="delivery.add", action=Action.RECEIVE),
        command=command,
        body=lambda work: _add(work, command),
        answer=DeliveryLineAdded,
        actor=actor,
        key=key,
        now=now,
    )


def _add(work: Work, command: AddDeliveryLine) -> DeliveryLineAdded:
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    clinic = clinic_settings(work.connection, work.clinic_id)
    lines = standing_lines(work.connection, work.clinic_id, delivery.id)
    n = _next_number(work, delivery.id)
    today = civil_date(work.now, clinic.time_zone)
    second = _of_two_labels(work, lines, command.scan, today)
    text = command.scan if second is None else second.text
    read = read_line(work.connection, n, text, command.said, zone=clinic.time_zone, today=today)
    place_id = _place_id(work, command.said, read) if second is None else second.line.location_id
    _check_serial(n, lines, read)
    packs = command.said.pack_count or read.scanned_count or 1
    check_packs(n, packs)
    same = _same_line(lines, command.said, read, place_id)
    work.payload["delivery"] = delivery.uid
    if second is not None:
        kept = _complete(work, second.line, same, read)
    elif same is not None:
        kept = _add_to(work, same, packs)
    else:
        if len(lines) >= LINES_MAX:
            raise InvalidValue(field="lines", problem=f"at most {LINES_MAX}; post what is here first")
        uid = _insert(work, delivery.id, n, command.said, read, place_id, packs, clinic.currency)
        kept = {"line_uid": uid, "n": n, "pack_count": packs, "was_there": False, "version": 1}
    work.payload.update(line=kept["line_uid"], packs=packs)
    return DeliveryLineAdded(**kept, delivery_version=change_delivery_row(work, delivery))


@dataclass(frozen=True, kw_only=True)
class _SecondLabel:
    """The line that a second label completes, and what both labels say together."""

    line: Row[Any]
    text: str


def _of_two_labels(
    work: Work, lines: Sequence[Row[Any]], text: str | None, today: date
) -> _SecondLabel | None:
    """Where a pack carries its product and its lot in two barcodes, give the line of the first one.

    GS1 elements of several symbols on one item are read together (GS1 General Specifications, 4.14), and
    an HIBC label of its own names its pack by a link character.  Raises InvalidValue when nothing that the
    same person scanned last waits for it, LabelsOfTwoPacks.
    """
    if text is None:
        return None
    readings = tuple(readings_of(text, today=today).values())
    hibc = readings[0].link is not None
    if not hibc and any(scan.gtin is not None or not scan.elements for scan in readings):
        return None
    mine = [row for row in lines if row.entered_by_id == work.actor.person_id]
    last = max(mine, key=lambda row: row.n, default=None)
    code = last and (last.other_code if hibc else last.gtin)
    if last is None or not code or last.lot_number is not None or last.in_doubt:
        problem = "this label says a lot or a date and no product: scan the product's code on the pack first"
        raise InvalidValue(field="scan", problem=problem)
    if hibc:
        return _SecondLabel(line=last, text=joined(code, readings[0].text))
    in_doubt = len(readings) > 1  # then a person chooses, from the text as it was scanned
    said = carried(text.strip(" ")).text if in_doubt else write_element_string(readings[0].elements)
    return _SecondLabel(line=last, text=f"01{last.gtin}{said}")


def _complete(work: Work, line: Row[Any], same: Row[Any] | None, read: ReadLine) -> dict[str, Any]:
    """Write down what both labels say; a lot that is on the delivery already takes the packs."""
    if same is not None:
        change_line_row(work, line, removed_at=work.recorded_at)
        return _add_to(work, same, line.pack_count)
    version = change_line_row(work, line, **asdict(read.facts))
    return {
        "line_uid": line.uid,
        "n": line.n,
        "pack_count": line.pack_count,
        "was_there": True,
        "version": version,
    }


def _add_to(work: Work, same: Row[Any], packs: int) -> dict[str, Any]:
    count = same.pack_count + packs
    check_packs(same.n, count)
    version = change_line_row(work, same, pack_count=count)
    return {
        "line_uid": same.uid,
        "n": same.n,
        "pack_count": count,
        "was_there": True,
        "version": version,
    }


def _next_number(work: Work, delivery_id: int) -> int:
    """Numbers go on behind lines that were taken off: a number never means another line."""
    highest = select(func.max(DeliveryLine.n)).where(
        DeliveryLine.clinic_id == work.clinic_id, DeliveryLine.delivery_id == delivery_id
    )
    return (work.connection.execute(highest).scalar_one() or 0) + 1


def _place_id(work: Work, said: LineSaid, read: ReadLine) -> int | None:
    if said.location_uid is not None:
        place = shelves_by_uid(work.connection, work.clinic_id, (said.location_uid,))[said.location_uid]
        return int(place.id)
    if read.meant_id is None:
        return None
    usual = usual_places(work.connection, work.clinic_id, (read.meant_id,)).get(read.meant_id)
    return None if usual is None else int(usual.id)


def _check_serial(n: int, lines: Sequence[Row[Any]], read: ReadLine) -> None:
    """The same pack scanned twice is told at once, not when the delivery is posted."""
    facts = read.facts
    if facts.serial is None:
        return
    for row in lines:
        same_code = (row.gtin, row.other_code, row.product_id) == (
            facts.gtin, facts.other_code, read.product_id,
        )  # fmt: skip
        if same_code and row.serial == facts.serial:
            product = row.product_name or facts.gtin or facts.other_code or "?"
            raise SerialTwice(line=n, earlier=row.n, product=product, serial=facts.serial)


def _same_line(
    lines: Sequence[Row[Any]], said: LineSaid, read: ReadLine, place_id: int | None
) -> Row[Any] | None:
    """The line to which the packs are added; None for a line of their own.

    What has a serial is one pack; what has no lot number may be another lot, unless its product has none.
    """
    facts = read.facts
    plain = (said.cost, said.decision, said.bench) == (NOT_KNOWN_YET, "", BenchDecision.UNDECIDED)
    if not plain or facts.in_doubt or facts.serial is not None:
        return None
    wanted = (
        facts.gtin, facts.other_code, read.product_id, facts.lot_number, facts.expires_on, facts.expires_at,
        place_id,
    )  # fmt: skip
    for row in lines:
        has_lot = row.lot_number is not None or row.lot_carry == Carry.NONE
        told = (
            row.gtin, row.other_code, row.product_id, row.lot_number, row.expires_on, row.expires_at,
            row.location_id,
        )  # fmt: skip
        if has_lot and told == wanted and row.serial is None and not row.in_doubt:
            return row
    return None


def _insert(
    work: Work,
    delivery_id: int,
    n: int,
    said: LineSaid,
    read: ReadLine,
    place_id: int | None,
    packs: int,
    currency: str,
) -> str:
    cost = cost_in(said.cost, currency, line=n)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(DeliveryLine).values(
            uid=uid,
            clinic_id=work.clinic_id,
            delivery_id=delivery_id,
            n=n,
            version=1,
            **asdict(read.facts),
            product_id=read.product_id,
            pack_count=packs,
            location_id=place_id,
            cost_state=cost.state,
            unit_cost_minor=cost.unit_cost_minor,
            currency=cost.currency,
            decision=said.decision.strip(),
            bench_decision=said.bench,
            order_choice=said.order,
            entered_by_id=work.actor.person_id,
            entered_at=work.recorded_at,
        )
    )
    return uid
