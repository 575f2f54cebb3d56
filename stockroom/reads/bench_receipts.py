"""Which packs were received at the bench, and has no delivery taken off yet?"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, and_, bindparam, exists, false, func, select, tuple_
from sqlalchemy.orm import aliased

from stockroom.db.compiled_once import Once
from stockroom.models import BenchMatch, Line, Lot, Movement, Receipt, ReceiptLine
from stockroom.rules.bench_matching import BenchLine
from stockroom.rules.receiving import Arrival

LotKey = tuple[int, str]

_reversal = aliased(Line, name="reversal")
_matched = aliased(ReceiptLine, name="matched")
_matched_reversal = aliased(Line, name="matched_reversal")

IS_REVERSED = exists().where(
    _reversal.clinic_id == ReceiptLine.clinic_id, _reversal.reverses_line_id == ReceiptLine.line_id
)
IS_MATCHED = exists().where(
    BenchMatch.clinic_id == ReceiptLine.clinic_id,
    BenchMatch.bench_line_id == ReceiptLine.id,
    _matched.clinic_id == BenchMatch.clinic_id,
    _matched.id == BenchMatch.receipt_line_id,
    ~exists().where(
        _matched_reversal.clinic_id == _matched.clinic_id,
        _matched_reversal.reverses_line_id == _matched.line_id,
    ),
)
"""A delivery has taken it off, and that line of the delivery stands."""


_UNMATCHED = Once(
    select(
        ReceiptLine.id.label("receipt_line_id"),
        ReceiptLine.uid.label("receipt_line_uid"),
        Receipt.uid.label("receipt_uid"),
        ReceiptLine.line_id,
        Receipt.movement_id,
        Movement.uid.label("movement_uid"),
        Lot.product_id,
        Lot.number.label("lot_number"),
        ReceiptLine.quantity,
        ReceiptLine.serial,
    )
    .select_from(Lot)
    .outerjoin(ReceiptLine, and_(ReceiptLine.clinic_id == Lot.clinic_id, ReceiptLine.lot_id == Lot.id))
    .outerjoin(
        Receipt, and_(Receipt.clinic_id == ReceiptLine.clinic_id, Receipt.id == ReceiptLine.receipt_id)
    )
    .outerjoin(Movement, and_(Movement.clinic_id == Receipt.clinic_id, Movement.id == Receipt.movement_id))
    .where(
        Lot.clinic_id == bindparam("clinic"),
        tuple_(Lot.product_id, Lot.number).in_(bindparam("lots", expanding=True)),
        func.coalesce(Receipt.at_bench, false()),
        ~IS_REVERSED,
        ~IS_MATCHED,
    )
    .order_by(ReceiptLine.id)
)
"""Begun at the lots: it joins outwards, so that SQLite does not begin at all receipts."""


def lots_of(arrivals: Iterable[Arrival]) -> frozenset[LotKey]:
    """Give the lots that goods say they are, by product and number."""
    return frozenset(
        (each.product.product_id, each.lot_number) for each in arrivals if each.lot_number is not None
    )


def unmatched_lines(
    connection: Connection, clinic_id: int, lots: Collection[LotKey]
) -> tuple[BenchLine, ...]:
    """Give what the bench received of these lots and no delivery has taken off, the oldest first; one statement."""
    if not lots:
        return ()
    rows = _UNMATCHED.all(connection, {"clinic": clinic_id, "lots": sorted(lots)})
    return tuple(BenchLine(**row._asdict()) for row in rows)
