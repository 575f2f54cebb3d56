"""What was made from a lot, through any number of cocktails, wherever it lies?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from stockroom.ledger.trace_lots import lots_with_ids
from stockroom.ledger.trace_walk import walk_forward
from stockroom.models import Clinic
from stockroom.vocabulary import LotKind


@dataclass(frozen=True, kw_only=True)
class MadeLot:
    """A prepared lot that holds some of the lots asked for."""

    lot_id: int
    lot_uid: str
    clinic_id: int


def offspring(connection: Connection, lot_ids: Iterable[int]) -> tuple[MadeLot, ...]:
    """Give every prepared lot that was made from these lots, in every clinic, nearest first.

    The walk of a trace: preparations that were reversed do not count, corrected ones count with the right lots
    however often they were corrected, and what was sent to another clinic is found there too.  A bounded number
    of statements at any depth; a circle ends.  Raises TraceTooLarge.
    """
    start = lots_with_ids(connection, tuple(lot_ids))
    if not start:
        return ()
    clinics = connection.execute(select(Clinic.id)).scalars().all()
    begun = {lot.lot_id for lot in start}
    ways = walk_forward(connection, clinics, start).ways
    made = (way for way in ways.values() if way.lot.kind is LotKind.PREPARED and way.lot.lot_id not in begun)
    return tuple(
        MadeLot(lot_id=way.lot.lot_id, lot_uid=way.lot.uid, clinic_id=way.lot.clinic_id)
        for way in sorted(made, key=lambda way: (way.depth, way.lot.lot_id))
    )
