"""Is a delivery in the books already?  Two people who enter the same one are told of each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Row, and_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.transaction import Work
from stockroom.errors import NeedsOverride, extracted
from stockroom.models import Line, Lot, Person, Receipt, ReceiptLine
from stockroom.rules.receiving import Arrival

LINES_NAMED = 20
"""So many of the goods that are there already are told."""


@dataclass(eq=False, kw_only=True)
class DeliveryInBooks(NeedsOverride):
    """The supplier's delivery note was received before, with the same goods."""

    code: ClassVar[str] = "delivery_in_books"
    message: ClassVar[str] = extracted(
        "Nothing was booked. {received_by} has received delivery note {delivery_note} with these goods before: "
        "{lines}. If this is the same delivery, leave it. If more of it came, say why it is booked again."
    )
    receipt_uid: str
    """The first receipt that has them."""
    delivery_note: str
    received_by: str
    lines: tuple[str, ...]
    """Each as `line: lot number, product`."""


_reversal = aliased(Line, name="reversal")
_COLUMNS: list[Any] = [
    Receipt.uid, Receipt.delivery_note, Person.name.label("received_by"),
    ReceiptLine.serial, ReceiptLine.lot_id, Lot.product_id, Lot.number_is_ours,
]  # fmt: skip
_BEFORE = (
    select(*_COLUMNS)
    .join(ReceiptLine, and_(ReceiptLine.clinic_id == Receipt.clinic_id, ReceiptLine.receipt_id == Receipt.id))
    .join(Lot, and_(Lot.clinic_id == ReceiptLine.clinic_id, Lot.id == ReceiptLine.lot_id))
    .join(Person, Person.id == Receipt.received_by_id)
    .where(
        Receipt.clinic_id == bindparam("clinic"),
        Receipt.supplier_id == bindparam("supplier"),
        func.lower(Receipt.delivery_note) == func.lower(bindparam("note")),
        or_(
            Lot.id.in_(bindparam("lots", expanding=True)),
            and_(Lot.number_is_ours, Lot.product_id.in_(bindparam("products", expanding=True))),
        ),
        ~exists().where(
            _reversal.clinic_id == ReceiptLine.clinic_id, _reversal.reverses_line_id == ReceiptLine.line_id
        ),
    )
    .order_by(Receipt.id, ReceiptLine.n)
)


def receipts_before(
    work: Work,
    *,
    supplier_id: int,
    delivery_note: str,
    arrivals: Iterable[Arrival],
    lots: Mapping[int, int],
    is_decided: bool,
) -> None:
    """Raise DeliveryInBooks when goods of this paper stand in the books; with a decision, journal which receipts.

    `lots` gives the lot of each line that was in the books before.  Packs with serials are the same when their
    serials are; goods that carry no lot number are told apart by their product alone.  What was taken back is
    not in the books.  It asks nothing when no lot of the delivery was known: then it cannot have come before.
    """
    judged = tuple(arrivals)
    unnumbered = {each.product.product_id for each in judged if each.number_is_ours}
    if not lots and not unnumbered:
        return
    asked = {
        "clinic": work.clinic_id,
        "supplier": supplier_id,
        "note": delivery_note,
        "lots": sorted(set(lots.values())),
        "products": sorted(unnumbered),
    }
    rows = work.connection.execute(_BEFORE, asked).all()
    met = [(each, row) for row in rows for each in judged if _is_same(each, lots.get(each.line), row)]
    if not met:
        return
    if is_decided:
        work.payload["booked_again"] = sorted({row.uid for _, row in met})
        return
    _, first = met[0]
    raise DeliveryInBooks(
        receipt_uid=first.uid,
        delivery_note=first.delivery_note,
        received_by=first.received_by,
        lines=_named({each.line: each for each, _ in met}.values()),
    )


def _is_same(arrival: Arrival, lot_id: int | None, row: Row[Any]) -> bool:
    if arrival.number_is_ours:
        return bool(row.number_is_ours) and row.product_id == arrival.product.product_id
    is_one_pack = arrival.serial is None or row.serial is None or arrival.serial == row.serial
    return row.lot_id == lot_id and is_one_pack


def _named(same: Collection[Arrival]) -> tuple[str, ...]:
    return tuple(
        f"{each.line}: {'-' if each.number_is_ours else each.lot_number}, {each.product.name}"
        for each in tuple(same)[:LINES_NAMED]
    )
