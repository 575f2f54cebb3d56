"""Which receipts and suppliers did a lot come from?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.db.compiled_once import Once
from stockroom.ledger.trace_lines import NEWEST, is_first_booking
from stockroom.ledger.trace_lots import in_clinics, is_asked, over
from stockroom.ledger.trace_reversals import REVERSAL_COLUMNS, stood, with_reversal
from stockroom.models import Clinic, Line, Location, Lot, Movement, Receipt, ReceiptLine, Supplier
from stockroom.queries.trace_rows import Origin
from stockroom.vocabulary import LocationKind

_source = aliased(Location, name="source")
_posted = aliased(Movement, name="posted")

_RECEIPTS = Once(
    with_reversal(
        select(
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            (ReceiptLine.quantity - ReceiptLine.taken_off_quantity).label("quantity"),
            Receipt.uid.label("receipt_uid"),
            Receipt.delivery_note,
            Receipt.arrived_at,
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier_name"),
            Clinic.uid.label("clinic_uid"),
            Clinic.name.label("clinic_name"),
            Line.movement_id,
            Movement.recorded_at,
            _posted.recorded_at.label("posted_at"),
            *REVERSAL_COLUMNS,
        )
        .select_from(ReceiptLine)
        .outerjoin(
            Receipt, and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id)
        )
        .outerjoin(_posted, and_(_posted.clinic_id == Receipt.clinic_id, _posted.id == Receipt.movement_id))
        .outerjoin(Line, and_(Line.clinic_id == ReceiptLine.clinic_id, Line.id == ReceiptLine.line_id))
        .outerjoin(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .outerjoin(Lot, and_(Lot.clinic_id == ReceiptLine.clinic_id, Lot.id == ReceiptLine.lot_id))
        .outerjoin(Clinic, Clinic.id == ReceiptLine.clinic_id)
        .outerjoin(Supplier, Supplier.id == Receipt.supplier_id)
    )
    .where(in_clinics(ReceiptLine.clinic_id), is_asked(ReceiptLine.lot_id))
    .order_by(Receipt.arrived_at, ReceiptLine.id)
)

_later = aliased(Movement, name="later")
_again = (
    select(Movement.clinic_id, Movement.id.label("movement_id"))
    .where(in_clinics(Movement.clinic_id), is_asked(Movement.replaces_movement_id))
    .cte("again", recursive=True)
)
_again = _again.union(
    select(_later.clinic_id, _later.id)
    .select_from(_again)
    .join(
        _later,
        and_(_later.clinic_id == _again.c.clinic_id, _later.replaces_movement_id == _again.c.movement_id),
    )
)
_BOOKED_AGAIN = Once(
    with_reversal(
        select(
            Movement.replaces_movement_id,
            Line.movement_id,
            Movement.seq,
            Movement.recorded_at,
            *REVERSAL_COLUMNS,
        )
        .select_from(_again)
        .outerjoin(
            Movement,
            and_(Movement.clinic_id == _again.c.clinic_id, Movement.id == _again.c.movement_id),
        )
        .outerjoin(
            Line,
            and_(
                Line.clinic_id == Movement.clinic_id,
                Line.movement_id == Movement.id,
                is_first_booking(Line),
            ),
        )
        .outerjoin(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
    ).where(func.coalesce(_source.kind, "").in_([LocationKind.SUPPLIER, LocationKind.ADJUSTMENT]))
)
"""Every movement that was posted in the place of these, or of what was posted in their place."""


def origins_of(
    connection: Connection,
    clinic_ids: Collection[int],
    lot_ids: Collection[int],
    *,
    as_of: datetime = NEWEST,
) -> tuple[Origin, ...]:
    """Give the receipts by which these lots came, as the books stood at an instant: those left out that were
    posted later, or reversed and not booked again.

    One statement; one more where a receipt was corrected.
    """
    rows = [
        row for row in over(connection, _RECEIPTS, clinic_ids, lot_ids) if (row.posted_at or NEWEST) <= as_of
    ]
    gone = [row for row in rows if not _stands(row, as_of)]
    again = _booked_again(connection, clinic_ids, gone, as_of) if gone else {}
    return tuple(_origin(row) for row in rows if _stands(row, as_of) or _stands_again(row, again, as_of))


def _stands(row: Any, as_of: datetime) -> bool:
    """Whether the line did; one that a later correction put in the place of another stood as that one."""
    return row.recorded_at > as_of or stood(row, as_of)


def _booked_again(
    connection: Connection, clinic_ids: Collection[int], gone: Sequence[Any], as_of: datetime
) -> dict[tuple[int, int], list[Any]]:
    """By a movement and the act that reversed it: what that act booked in its place."""
    found: dict[tuple[int, int], list[Any]] = {}
    for row in over(connection, _BOOKED_AGAIN, clinic_ids, {row.movement_id for row in gone}):
        if row.recorded_at <= as_of:
            found.setdefault((row.replaces_movement_id, row.seq), []).append(row)
    return found


def _stands_again(row: Any, again: dict[tuple[int, int], list[Any]], as_of: datetime) -> bool:
    seen: set[int] = set()
    waiting = [row]
    while waiting:
        gone = waiting.pop()
        for each in again.get((gone.movement_id, gone.reversed_seq), ()):
            if stood(each, as_of):
                return True
            if each.movement_id not in seen:
                seen.add(each.movement_id)
                waiting.append(each)
    return False


def _origin(row: Any) -> Origin:
    return Origin(
        lot_uid=row.lot_uid,
        lot_number=row.lot_number,
        quantity=row.quantity,
        receipt_uid=row.receipt_uid,
        delivery_note=row.delivery_note,
        arrived_at=row.arrived_at,
        supplier_uid=row.supplier_uid,
        supplier_name=row.supplier_name,
        clinic_uid=row.clinic_uid,
        clinic_name=row.clinic_name,
    )
