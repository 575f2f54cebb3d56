"""How do goods that come in get into the books?  Lots, one movement and one receipt, whole or not at all.

Shared by receiving a delivery, a pack at the bench, and bringing forward opening stock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import bindparam, insert, select, update

from stockroom.barcodes.dates import yymmdd
from stockroom.barcodes.short_code import short_code
from stockroom.db.adding_many import AddingMany
from stockroom.db.base import table_of
from stockroom.db.compiled_once import Once
from stockroom.db.identifiers import new_uid, random_bytes
from stockroom.db.transaction import Work
from stockroom.ledger import facts
from stockroom.ledger.accounts import accounts
from stockroom.ledger.deviations import Broke, write_broken
from stockroom.ledger.lot_rows import BookedLot, LotKey, LotOf, ensure_lots
from stockroom.ledger.post import post
from stockroom.ledger.receipt_changes import keep_receipt_lines
from stockroom.ledger.same_paper import receipts_before
from stockroom.models import Alert, BenchMatch, Receipt, ReceiptLine
from stockroom.notices import AlertKind, AlertState
from stockroom.rules.bench_matching import BenchLine, Taken
from stockroom.rules.posting import Draft, Line, LotFacts, PlaceFacts
from stockroom.rules.receiving import Arrival, CostOf, names_number
from stockroom.vocabulary import ArrivalState, CostState, LocationKind, MovementKind, Rule

_SOURCES = {
    MovementKind.RECEIVE: LocationKind.SUPPLIER,
    MovementKind.BRING_FORWARD: LocationKind.ADJUSTMENT,
}


# Statements of every receipt.
_ADD_RECEIPT = Once(insert(table_of(Receipt)).returning(Receipt.id))
_ADD_LINES = AddingMany(
    ReceiptLine,
    (
        "uid", "clinic_id", "receipt_id", "n", "line_id", "lot_id", "trade_item_id", "pack_count", "quantity",
        "taken_off_quantity", "cost_state", "unit_cost_minor", "currency", "serial", "raw_scan", "decision",
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ReceiptOf:
    """What is said of a delivery, or of a clinic's opening stock, as a whole."""

    kind: MovementKind
    supplier_id: int | None
    delivery_note: str
    arrived_at: datetime
    arrived_on: date
    """The civil day of arrival, for numbers that we give."""
    state_on_arrival: ArrivalState
    received_by_id: int
    books_begin_on: date | None = None
    reason: str = ""
    is_recorded_late: bool = False
    late_rules: tuple[Rule, ...] = ()
    """What coming so late breaks; each is signed by a second person."""
    at_bench: bool = False
    """One pack, taken in where it was needed."""
    again_reason: str = ""
    """Why it is booked although a receipt of the same paper has these goods."""


@dataclass(frozen=True, kw_only=True)
class BookedLine:
    """One line of a receipt, as an answer gives it."""

    receipt_line_uid: str
    lot_uid: str
    lot_number: str
    number_is_ours: bool
    quantity: int
    """As it was delivered; what the bench had received before was taken off in the books."""


@dataclass(frozen=True, kw_only=True)
class Booked:
    """A receipt in the books."""

    receipt_uid: str
    movement_uid: str
    lines: tuple[BookedLine, ...]
    """In the order of the request."""


def book(work: Work, receipt: ReceiptOf, arrivals: Iterable[Arrival], taken: Taken | None = None) -> Booked:
    """Put goods that came in into the books of the work's clinic.

    1. number what carries no lot number, find or insert the lots
    2. post one movement with one line for each lot and place, less what the bench had received before
    3. insert the receipt and a line for each line of the request; match what was taken off
    The number of statements does not grow with the lines.
    Raises LotExpiryDiffers, LotSuperseded, DeliveryInBooks, and what `post` raises.
    """
    off = taken or {}
    numbered = _with_our_numbers(arrivals, receipt.arrived_on)
    lots = ensure_lots(work, (_lot_of(arrival) for arrival in numbered))
    _check_paper(work, receipt, numbered, lots)
    uid = new_uid(work.now)
    movement, line_ids = _post(work, receipt, uid, numbered, lots, off)
    receipt_id = _insert_receipt(work, receipt, uid, movement.movement_id)
    uids = _insert_lines(work, receipt_id, numbered, lots, line_ids, off)
    _match(work, numbered, uids, off)
    lines = tuple(
        BookedLine(
            receipt_line_uid=line_uid,
            lot_uid=lots[_key(arrival)].lot_uid,
            lot_number=_key(arrival)[1],
            number_is_ours=arrival.number_is_ours,
            quantity=arrival.quantity,
        )
        for arrival, line_uid in zip(numbered, uids, strict=True)
    )
    _journal(work, receipt, uid, numbered, lines)
    return Booked(receipt_uid=uid, movement_uid=movement.uid, lines=lines)


def _check_paper(
    work: Work, receipt: ReceiptOf, arrivals: list[Arrival], lots: dict[LotKey, BookedLot]
) -> None:
    if receipt.supplier_id is None:
        return
    receipts_before(
        work,
        supplier_id=receipt.supplier_id,
        delivery_note=receipt.delivery_note,
        arrivals=arrivals,
        lots={each.line: lots[_key(each)].lot_id for each in arrivals if not lots[_key(each)].is_new},
        is_decided=bool(receipt.again_reason),
    )


@dataclass(frozen=True, kw_only=True)
class _ByMovement:
    """The movement by which the goods came into the books."""

    movement_id: int
    uid: str


def _with_our_numbers(arrivals: Iterable[Arrival], on: date) -> list[Arrival]:
    """Number goods that carry no lot number; what nothing tells apart is one lot."""
    given: dict[tuple[int, date | None, datetime | None], str] = {}
    numbered = []
    for arrival in arrivals:
        if arrival.lot_number is None:
            alike = (arrival.product.product_id, arrival.expires_on, arrival.expires_at)
            number = given.setdefault(alike, f"OWN-{short_code(random_bytes(16))}-{yymmdd(on)}")
            arrival = replace(arrival, lot_number=number, number_is_ours=True)
        numbered.append(arrival)
    return numbered


def _key(arrival: Arrival) -> LotKey:
    assert arrival.lot_number is not None
    return arrival.product.product_id, arrival.lot_number


def _lot_of(arrival: Arrival) -> LotOf:
    return LotOf(
        product_id=arrival.product.product_id,
        product_name=arrival.product.name,
        number=_key(arrival)[1],
        expires_on=arrival.expires_on,
        expires_at=arrival.expires_at,
        number_is_ours=arrival.number_is_ours,
        is_confirmed=names_number(arrival.decision, _key(arrival)[1]),
    )


def _post(
    work: Work,
    receipt: ReceiptOf,
    uid: str,
    arrivals: list[Arrival],
    lots: dict[LotKey, BookedLot],
    off: Taken,
) -> tuple[_ByMovement, dict[tuple[int, int], int]]:
    """Post what is not in the books yet; the movement of the bench stands for goods that all are."""
    sums: dict[tuple[int, int], int] = {}
    for arrival in arrivals:
        put = (lots[_key(arrival)].lot_id, arrival.location_id)
        sums[put] = sums.get(put, 0) + arrival.quantity - _quantity(off.get(arrival.line, ()))
    sums = {put: quantity for put, quantity in sums.items() if quantity}
    if not sums:
        bench = next(iter(off.values()))[0]
        return _ByMovement(movement_id=bench.movement_id, uid=bench.movement_uid), {}
    source = _SOURCES[receipt.kind]
    from_id = accounts(work, source)[source]
    _remember(work, arrivals, lots, PlaceFacts(location_id=from_id, kind=source))
    lines = tuple(
        Line(lot_id=lot_id, from_id=from_id, to_id=location_id, quantity=quantity)
        for (lot_id, location_id), quantity in sums.items()
    )
    draft = Draft(
        kind=receipt.kind,
        lines=lines,
        occurred_at=receipt.arrived_at,
        document_kind="receipt",
        document_uid=uid,
        reason="; ".join(filter(None, (receipt.reason, receipt.again_reason))),
        supplier_id=receipt.supplier_id,
        is_recorded_late=receipt.is_recorded_late,
    )
    posted = post(work, draft)
    late = [Broke(rule=rule, lot_id=lot_id) for rule in receipt.late_rules for lot_id, _ in sums]
    write_broken(work, posted.movement_id, posted.uid, late, reason=receipt.reason)
    by = _ByMovement(movement_id=posted.movement_id, uid=posted.uid)
    return by, dict(zip(sums, posted.line_ids, strict=True))


def _remember(work: Work, arrivals: list[Arrival], lots: dict[LotKey, BookedLot], source: PlaceFacts) -> None:
    """Keep for posting what was read of products and places under the lock."""
    facts.remember(
        work,
        lots=(
            LotFacts(
                lot_id=lots[_key(each)].lot_id,
                lot_number=_key(each)[1],
                product_id=each.product.product_id,
                content_quantity=each.product.content_quantity,
            )
            for each in arrivals
        ),
        places=(
            source,
            *(PlaceFacts(location_id=each.location_id, kind=each.location_kind) for each in arrivals),
        ),
    )


def _quantity(bench: Iterable[BenchLine]) -> int:
    return sum(each.quantity for each in bench)


def _insert_receipt(work: Work, receipt: ReceiptOf, uid: str, movement_id: int) -> int:
    row = {
        "uid": uid,
        "clinic_id": work.clinic_id,
        "supplier_id": receipt.supplier_id,
        "delivery_note": receipt.delivery_note,
        "arrived_at": receipt.arrived_at,
        "state_on_arrival": receipt.state_on_arrival,
        "received_by_id": receipt.received_by_id,
        "movement_id": movement_id,
        "books_begin_on": receipt.books_begin_on,
        "at_bench": receipt.at_bench,
    }
    receipt_id: int = _ADD_RECEIPT.scalar(work.connection, row)
    return receipt_id


def _insert_lines(
    work: Work,
    receipt_id: int,
    arrivals: list[Arrival],
    lots: dict[LotKey, BookedLot],
    line_ids: dict[tuple[int, int], int],
    off: Taken,
) -> list[str]:
    rows: list[dict[str, object]] = []
    for arrival in arrivals:
        lot_id, bench = lots[_key(arrival)].lot_id, off.get(arrival.line, ())
        posted = line_ids.get((lot_id, arrival.location_id))
        rows.append(
            {
                "uid": new_uid(work.now),
                "clinic_id": work.clinic_id,
                "receipt_id": receipt_id,
                "n": arrival.line,
                "line_id": bench[0].line_id if posted is None else posted,
                "lot_id": lot_id,
                "trade_item_id": arrival.trade_item_id,
                "pack_count": arrival.pack_count,
                "quantity": arrival.quantity,
                "taken_off_quantity": _quantity(bench),
                "cost_state": arrival.cost.state,
                "unit_cost_minor": arrival.cost.unit_cost_minor,
                "currency": arrival.cost.currency,
                "serial": arrival.serial,
                "raw_scan": arrival.raw_scan,
                "decision": arrival.decision.strip(),
            }
        )
    _ADD_LINES.add(work.connection, rows)
    return [str(row["uid"]) for row in rows]


def _match(work: Work, arrivals: list[Arrival], uids: list[str], off: Taken) -> None:
    """Match what the bench had received with the lines that take it off: cost and alert follow."""
    matched = [
        (uid, arrival, bench)
        for arrival, uid in zip(arrivals, uids, strict=True)
        for bench in off.get(arrival.line, ())
    ]
    if not matched:
        return
    table = table_of(ReceiptLine)
    wanted = [uid for uid, _, _ in matched]
    found = work.connection.execute(select(table.c.uid, table.c.id).where(table.c.uid.in_(wanted)))
    ids: dict[str, int] = {row.uid: row.id for row in found}
    work.connection.execute(
        insert(BenchMatch),
        [
            {
                "clinic_id": work.clinic_id,
                "receipt_line_id": ids[uid],
                "bench_line_id": bench.receipt_line_id,
                "quantity": bench.quantity,
            }
            for uid, _, bench in matched
        ],
    )
    price_bench_lines(work, {bench.receipt_line_id: arrival.cost for _, arrival, bench in matched})
    _resolve_alerts(work, [bench.receipt_uid for _, _, bench in matched])
    work.payload["taken_off"] = [[uid, bench.receipt_line_uid, bench.quantity] for uid, _, bench in matched]


def _resolve_alerts(work: Work, receipt_uids: list[str]) -> None:
    """The cause of these alerts is gone: the delivery is there."""
    work.connection.execute(
        update(Alert)
        .where(
            Alert.clinic_id == work.clinic_id,
            Alert.kind == AlertKind.BENCH_RECEIPT_UNMATCHED,
            Alert.subject_uid.in_(receipt_uids),
            Alert.resolved_at.is_(None),
        )
        .values(state=AlertState.RESOLVED, resolved_at=work.recorded_at, snoozed_until=None)
    )


def price_bench_lines(work: Work, costs: Mapping[int, CostOf]) -> None:
    """Set what packs cost that the bench had received: what the delivery says that brought them."""
    known = {line_id: cost for line_id, cost in costs.items() if cost.state is not CostState.UNKNOWN}
    if not known:
        return
    keep_receipt_lines(work, known)
    table = table_of(ReceiptLine)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == bindparam("which"))
        .values(
            cost_state=bindparam("state"),
            unit_cost_minor=bindparam("unit_cost"),
            currency=bindparam("in_currency"),
        ),
        [
            {
                "which": line_id,
                "state": cost.state.value,
                "unit_cost": cost.unit_cost_minor,
                "in_currency": cost.currency,
            }
            for line_id, cost in known.items()
        ],
    )


def _journal(
    work: Work, receipt: ReceiptOf, uid: str, arrivals: list[Arrival], lines: tuple[BookedLine, ...]
) -> None:
    work.payload.update(
        receipt=uid,
        delivery_note=receipt.delivery_note,
        state_on_arrival=receipt.state_on_arrival,
        books_begin_on=receipt.books_begin_on,
        lines=[
            [
                line.receipt_line_uid,
                line.lot_uid,
                line.quantity,
                arrival.cost.state,
                arrival.cost.unit_cost_minor,
                arrival.cost.currency,
            ]
            for arrival, line in zip(arrivals, lines, strict=True)
        ],
    )
