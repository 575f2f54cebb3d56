"""How do goods of another clinic arrive here?  By scan against the transfer document; what is short or broken is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Row, bindparam, func, select, update
from sqlalchemy.orm import aliased

from stockroom.actor import Actor
from stockroom.barcodes.scan import Scan
from stockroom.clock import civil_date
from stockroom.db.base import table_of
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger import facts, holds
from stockroom.ledger.accounts import accounts
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.lot_rows import BookedLot, LotExpiryDiffers, LotKey, LotOf, ensure_lots
from stockroom.ledger.post import Posted, post
from stockroom.models import Lot, Product, Transfer, TransferLine
from stockroom.reads.arrivals import parse_lines, printed_expiry, unknown_code
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.trade_items import TradeItemFacts, by_item_code
from stockroom.reads.travelling_holds import travelling_holds
from stockroom.rules.arriving import Fate, Sent, Total, reason_of, totals
from stockroom.rules.posting import Draft, Line
from stockroom.rules.receiving import check_text, quantity_of
from stockroom.vocabulary import SHELF_KINDS, Action, LocationKind, MovementKind, TransferState


@dataclass(eq=False, kw_only=True)
class TransferArrived(Conflict):
    """The arrival of this transfer was booked before."""

    code: ClassVar[str] = "transfer_arrived"
    message: ClassVar[str] = extracted(
        "The arrival of this transfer was booked already ({arrived_at}). Look at it before you book anything else."
    )
    transfer: str
    arrived_at: datetime | None


@dataclass(eq=False, kw_only=True)
class NotInTransfer(Refused):
    """What was scanned is not on the transfer document.  Carries what was read."""

    code: ClassVar[str] = "not_in_transfer"
    message: ClassVar[str] = extracted(
        "Line {line}: lot {lot_number} of {product} is not on this transfer. Put it aside and ask the clinic "
        "that sent it."
    )
    line: int
    raw: str
    product: str
    lot_number: str | None
    expires_on: date | None


@dataclass(frozen=True, kw_only=True)
class ArrivedLine:
    """What became of a line of the document, or of a part of it; base units."""

    number: int | None = None
    """Which line of the document, where nothing was scanned."""
    scan: str | None = None
    reading: str | None = None
    """Which reading of a doubtful scan a person chose."""
    location_uid: str | None = None
    """Where it was put; needed for what arrived whole."""
    arrived_quantity: int | None = None
    """What the scanned packs hold when None."""
    pack_count: int | None = None
    """Packs of the scanned level; 1 when neither this nor the scan says it."""
    short_quantity: int = 0
    broken_quantity: int = 0


@dataclass(frozen=True, kw_only=True)
class ArriveGoods:
    """A transfer that arrived, accounted for whole."""

    transfer_uid: str
    arrived_at: datetime
    lines: tuple[ArrivedLine, ...]
    shortage_reason: str = ""
    breakage_reason: str = ""
    late_reason: str = ""
    """Why it is entered although the books of its day are closed."""


@dataclass(frozen=True, kw_only=True)
class GoodsArrived:
    transfer_uid: str
    movement_uid: str
    lot_uids: tuple[str, ...]
    """The lots here, in the order of the document."""
    hold_uids: tuple[str, ...] = ()
    """Holds with which the goods came; each is lifted here by itself."""


def arrive_goods(
    store: Store, command: ArriveGoods, *, actor: Actor, key: str, now: datetime
) -> GoodsArrived:
    """Book the arrival of a transfer in the receiving clinic, whole or not at all: one movement ARRIVE.

    In transit -> shelf for what arrived, -> adjustment for what is short, -> disposal for what is broken.
    The lot is the sender's as it stands in the books now, under a row of this clinic.  What holds the
    goods there holds them here too, by a hold of this clinic that names the other as its origin (L8).
    Raises ThingNotFound (also for another clinic's transfer), TransferArrived, LineUnreadable, LineInDoubt,
    CodeUnknown, NotInTransfer, LotExpiryDiffers, ArrivalDiffers, ArrivalReasonMissing, InvalidValue,
    NotAShelf, LocationClosed, OccursInFuture, PeriodClosed (without a `late_reason`), PartOfPresentation.
    """
    with store.reading() as connection:
        zone = clinic_settings(connection, actor.clinic_id).time_zone
    read = tuple((line.scan, line.reading) for line in command.lines)
    scans = parse_lines(read, today=civil_date(now, zone))
    return perform(
        store,
        Act(kind="goods.arrive", action=Action.RECEIVE),
        command=command,
        body=lambda work: _arrive(work, command, scans, zone),
        answer=GoodsArrived,
        actor=actor,
        key=key,
        now=now,
    )


def _arrive(work: Work, command: ArriveGoods, scans: tuple[Scan | None, ...], zone: str) -> GoodsArrived:
    transfer = _transfer(work, command)
    sent = _sent(work, transfer.id)
    fates = _fates(work, command, scans, sent, zone)
    found = totals(
        fates, {n: Sent(lot_number=row.number, dispatched=row.dispatched_quantity) for n, row in sent.items()}
    )
    reason = reason_of(found.values(), shortage=command.shortage_reason, breakage=command.breakage_reason)
    lots = ensure_lots(work, (_lot_of(row) for row in sent.values()))
    check_text("late_reason", command.late_reason, may_break=True)
    why = "; ".join(each for each in (reason, command.late_reason) if each)
    lines = _lines(work, fates, sent, lots)
    posted = _post(work, command, lines, why)
    _close(work, transfer, command, posted)
    _write_lines(work, sent, lots, found)
    held = _hold_again(work, transfer.id, {n: lots[_key(row)].lot_id for n, row in sent.items()}, lines)
    work.payload.update(
        transfer=transfer.uid,
        holds=held,
        lines=[[n, lots[_key(row)].lot_uid, found[n]] for n, row in sent.items()],
    )
    return GoodsArrived(
        transfer_uid=transfer.uid,
        movement_uid=posted.uid,
        lot_uids=tuple(lots[_key(row)].lot_uid for row in sent.values()),
        hold_uids=tuple(uid for uid, _ in held),
    )


def _transfer(work: Work, command: ArriveGoods) -> Row[Any]:
    """The transfer to this clinic, locked: the sender may be taking it back."""
    one_by_uid(work.connection, Transfer, command.transfer_uid, thing="transfer")
    row = work.connection.execute(
        select(Transfer.__table__)
        .where(Transfer.uid == command.transfer_uid, Transfer.to_clinic_id == work.clinic_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise ThingNotFound(thing="transfer", uid=command.transfer_uid)
    if row.state != TransferState.DISPATCHED:
        raise TransferArrived(transfer=row.uid, arrived_at=row.arrived_at)
    if command.arrived_at < row.dispatched_at:
        raise InvalidValue(field="arrived_at", problem="goods arrive after they were sent")
    return row


def _sent(work: Work, transfer_id: int) -> dict[int, Row[Any]]:
    """The lines of the document by number, each with its lot as it stands in the sender's books now."""
    sent = aliased(Lot)
    columns: list[Any] = [
        TransferLine.id, TransferLine.n, TransferLine.product_id, TransferLine.dispatched_quantity,
        Product.name, Product.content_quantity,
        Lot.number, Lot.expires_on, Lot.expires_at, Lot.number_is_ours,
    ]  # fmt: skip
    rows = work.connection.execute(
        select(*columns)
        .join(Product, Product.id == TransferLine.product_id)
        .join(sent, sent.id == TransferLine.from_lot_id)
        .join(Lot, Lot.id == func.coalesce(sent.superseded_by_id, sent.id))
        .where(TransferLine.transfer_id == transfer_id)
        .order_by(TransferLine.n)
    )
    return {row.n: row for row in rows}


def _fates(
    work: Work,
    command: ArriveGoods,
    scans: tuple[Scan | None, ...],
    sent: dict[int, Row[Any]],
    zone: str,
) -> list[Fate]:
    items = by_item_code(work.connection, (scan.item_code for scan in scans if scan and scan.item_code))
    fates = []
    for n, (line, scan) in enumerate(zip(command.lines, scans, strict=True), start=1):
        item = None
        if scan is not None:
            item = items.get(scan.item_code or "")
            if item is None:
                raise unknown_code(n, scan, zone)
        number = _number(n, line, scan, item, sent, zone)
        arrived = _arrived(n, line, scan, item, sent[number])
        if min(arrived, line.short_quantity, line.broken_quantity) < 0:
            raise InvalidValue(field=f"line {n}", problem="quantities are zero or more")
        fates.append(
            Fate(
                number=number,
                location_uid=line.location_uid,
                arrived=arrived,
                short=line.short_quantity,
                broken=line.broken_quantity,
            )
        )
    return fates


def _number(
    n: int,
    line: ArrivedLine,
    scan: Scan | None,
    item: TradeItemFacts | None,
    sent: dict[int, Row[Any]],
    zone: str,
) -> int:
    """Which line of the document it is."""
    if scan is None or item is None:
        if line.number not in sent:
            raise InvalidValue(field=f"line {n}", problem="scan it, or name a line of the transfer document")
        return line.number
    of_product = {k: row for k, row in sent.items() if row.product_id == item.product.product_id}
    if scan.lot_number is not None:
        of_product = {k: row for k, row in of_product.items() if row.number == scan.lot_number}
    if len(of_product) != 1 or line.number not in (None, *of_product):
        raise NotInTransfer(
            line=n,
            raw=scan.raw,
            product=item.product.name,
            lot_number=scan.lot_number,
            expires_on=scan.expires_on,
        )
    number, row = next(iter(of_product.items()))
    printed, booked = printed_expiry(scan, zone), (row.expires_on, row.expires_at)
    if printed != (None, None) and printed != booked:
        raise LotExpiryDiffers(
            lot_number=row.number,
            product=row.name,
            known=booked[0] or booked[1],
            stated=printed[0] or printed[1],
        )
    return number


def _arrived(n: int, line: ArrivedLine, scan: Scan | None, item: TradeItemFacts | None, row: Row[Any]) -> int:
    if line.arrived_quantity is not None or scan is None or item is None:
        return line.arrived_quantity or 0
    packs = line.pack_count or scan.quantity or 1
    return quantity_of(packs, item.presentation_count, row.content_quantity, line=n)


def _key(row: Row[Any]) -> LotKey:
    return row.product_id, row.number


def _lot_of(row: Row[Any]) -> LotOf:
    return LotOf(
        product_id=row.product_id,
        product_name=row.name,
        number=row.number,
        expires_on=row.expires_on,
        expires_at=row.expires_at,
        number_is_ours=row.number_is_ours,
        is_confirmed=True,  # nobody read it here: it is the lot of this number in the sender's books
    )


def _lines(
    work: Work, fates: list[Fate], sent: dict[int, Row[Any]], lots: dict[LotKey, BookedLot]
) -> tuple[Line, ...]:
    uids = {fate.location_uid for fate in fates if fate.arrived}
    if None in uids:
        raise InvalidValue(field="location_uid", problem="say where what arrived was put")
    shelves = shelves_by_uid(work.connection, work.clinic_id, (uid for uid in uids if uid is not None))
    ids = accounts(work, LocationKind.IN_TRANSIT, LocationKind.ADJUSTMENT, LocationKind.DISPOSAL)
    sums: dict[tuple[int, int], int] = {}
    for fate in fates:
        lot_id = lots[_key(sent[fate.number])].lot_id
        put = [(ids[LocationKind.ADJUSTMENT], fate.short), (ids[LocationKind.DISPOSAL], fate.broken)]
        if fate.arrived and fate.location_uid is not None:
            put.append((shelves[fate.location_uid].id, fate.arrived))
        for location_id, quantity in put:
            sums[lot_id, location_id] = sums.get((lot_id, location_id), 0) + quantity
    return tuple(
        Line(lot_id=lot_id, from_id=ids[LocationKind.IN_TRANSIT], to_id=location_id, quantity=quantity)
        for (lot_id, location_id), quantity in sums.items()
        if quantity
    )


def _post(work: Work, command: ArriveGoods, lines: tuple[Line, ...], reason: str) -> Posted:
    return post(
        work,
        Draft(
            kind=MovementKind.ARRIVE,
            lines=lines,
            occurred_at=command.arrived_at,
            document_kind="transfer",
            document_uid=command.transfer_uid,
            reason=reason,
            is_recorded_late=bool(command.late_reason),
        ),
    )


def _hold_again(
    work: Work, transfer_id: int, lot_ids: dict[int, int], lines: tuple[Line, ...]
) -> list[tuple[str, str]]:
    """Hold here what came held, where it was put; give the new holds with the origin of each."""
    kinds = {place_id: each.kind for place_id, each in facts.places_of(work, lines).items()}
    puts = [(line.lot_id, line.to_id) for line in lines if kinds[line.to_id] in SHELF_KINDS]
    placed: list[tuple[str, str]] = []
    for hold in travelling_holds(work.connection, transfer_id):
        came = {lot_ids[n] for n in hold.numbers}
        if places := tuple(put for put in puts if put[0] in came):
            new = holds.NewHold(reason=hold.reason, note=hold.note, places=places, origin_uid=hold.uid)
            placed.append((holds.place(work, new), hold.uid))
    return placed


def _close(work: Work, transfer: Row[Any], command: ArriveGoods, posted: Posted) -> None:
    done = work.connection.execute(
        update(Transfer)
        .where(Transfer.id == transfer.id, Transfer.state == TransferState.DISPATCHED)
        .values(
            state=TransferState.ARRIVED,
            arrived_at=command.arrived_at,
            arrived_by_id=work.actor.person_id,
            arrive_movement_id=posted.movement_id,
        )
    )
    if done.rowcount != 1:
        raise TransferArrived(transfer=transfer.uid, arrived_at=None)


def _write_lines(
    work: Work,
    sent: dict[int, Row[Any]],
    lots: dict[LotKey, BookedLot],
    found: dict[int, Total],
) -> None:
    table = table_of(TransferLine)
    work.connection.execute(
        update(table)
        .where(table.c.id == bindparam("which"))
        .values(
            to_lot_id=bindparam("lot_id"),
            arrived_quantity=bindparam("arrived"),
            short_quantity=bindparam("short"),
            broken_quantity=bindparam("broken"),
        ),
        [
            {
                "which": row.id,
                "lot_id": lots[_key(row)].lot_id,
                "arrived": found[n].arrived,
                "short": found[n].short,
                "broken": found[n].broken,
            }
            for n, row in sent.items()
        ],
    )
