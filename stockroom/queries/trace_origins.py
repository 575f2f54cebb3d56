"""Which receipts and suppliers did a lot come from?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.models import Clinic, Line, Location, Lot, Movement, Receipt, ReceiptLine, Supplier
from stockroom.queries.trace_lines import is_first_booking, reversed_by, with_reversal
from stockroom.queries.trace_lots import in_clinics, is_asked, over
from stockroom.queries.trace_rows import Origin
from stockroom.vocabulary import LocationKind

_source = aliased(Location, name="source")

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
            reversed_by.seq.label("reversed_seq"),
        )
        .select_from(ReceiptLine)
        .outerjoin(
            Receipt, and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id)
        )
        .outerjoin(Line, and_(Line.clinic_id == ReceiptLine.clinic_id, Line.id == ReceiptLine.line_id))
        .outerjoin(Lot, and_(Lot.clinic_id == ReceiptLine.clinic_id, Lot.id == ReceiptLine.lot_id))
        .outerjoin(Clinic, Clinic.id == ReceiptLine.clinic_id)
        .outerjoin(Supplier, Supplier.id == Receipt.supplier_id)
    )
    .where(in_clinics(ReceiptLine.clinic_id), is_asked(ReceiptLine.lot_id))
    .order_by(Receipt.arrived_at, ReceiptLine.id)
)

_BOOKED_AGAIN = Once(
    with_reversal(
        select(Movement.replaces_movement_id, Line.movement_id, reversed_by.seq.label("reversed_seq"))
        .select_from(Movement)
        .outerjoin(
            Line,
            and_(
                Line.clinic_id == Movement.clinic_id,
                Line.movement_id == Movement.id,
                is_first_booking(Line),
            ),
        )
        .outerjoin(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
    ).where(
        in_clinics(Movement.clinic_id),
        among(Movement.seq, "acts"),
        is_asked(Movement.replaces_movement_id),
        func.coalesce(_source.kind, "").in_([LocationKind.SUPPLIER, LocationKind.ADJUSTMENT]),
    )
)


def origins_of(
    connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]
) -> tuple[Origin, ...]:
    """Give the receipts by which these lots came, those left out that were reversed and not booked again.

    One statement; one more for each time that a receipt was corrected.
    """
    rows = over(connection, _RECEIPTS, clinic_ids, lot_ids)
    standing = _standing(connection, clinic_ids, rows)
    return tuple(_origin(row) for n, row in enumerate(rows) if n in standing)


def _standing(connection: Connection, clinic_ids: Collection[int], rows: Sequence[Any]) -> set[int]:
    """Which of the rows stand, themselves or as they were booked again (and again) by their correction."""
    standing: set[int] = set()
    open_ends: dict[tuple[int, int], set[int]] = {}
    for n, row in enumerate(rows):
        _place(standing, open_ends, row, {n})
    while open_ends:
        found = _BOOKED_AGAIN.all(
            connection,
            {
                "clinic_ids": tuple(clinic_ids),
                "ids": tuple({movement_id for movement_id, _ in open_ends}),
                "acts": tuple({seq for _, seq in open_ends}),
            },
        )
        further: dict[tuple[int, int], set[int]] = {}
        for row in found:
            _place(standing, further, row, _meant(open_ends, row.replaces_movement_id))
        open_ends = further
    return standing


def _place(standing: set[int], open_ends: dict[tuple[int, int], set[int]], row: Any, meant: set[int]) -> None:
    if row.reversed_seq is None:
        standing |= meant
    else:
        open_ends.setdefault((row.movement_id, row.reversed_seq), set()).update(meant)


def _meant(open_ends: dict[tuple[int, int], set[int]], movement_id: int) -> set[int]:
    return {n for (replaced, _), each in open_ends.items() if replaced == movement_id for n in each}


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
