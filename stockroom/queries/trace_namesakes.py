"""Which other lots of a clinic bear the same number, of other products or in other letters?  They are never one."""

from __future__ import annotations

from sqlalchemy import Connection, func

from stockroom.ledger.trace_lots import LotNamed
from stockroom.models import Lot, Product
from stockroom.queries.finding_by_text import FOUND_MAX, FoundThing, shown


def namesakes_of(connection: Connection, clinic_id: int, lot: LotNamed) -> tuple[FoundThing, ...]:
    """Give the lots that somebody may have meant who wrote this lot's number; one statement.

    What was once taken for this lot, or turned out to be it, is this lot, and not given.
    """
    rows = connection.execute(
        shown("lot", Lot.uid, Lot.number, Product.name)
        .join(Product, Product.id == Lot.product_id)
        .where(
            Lot.clinic_id == clinic_id,
            func.lower(Lot.number) == func.lower(lot.number),
            Lot.id != lot.lot_id,
            Lot.superseded_by_id.is_(None),
        )
        .order_by(Product.name, Lot.number)
        .limit(FOUND_MAX)
    )
    return tuple(FoundThing(**row._mapping) for row in rows)
