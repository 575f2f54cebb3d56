"""What holds goods that are on their way to another clinic, and goes there with them?  (L8)"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, or_, select

from stockroom.models import ClinicHold, HoldPlace, Line, Lot, Movement, Transfer, TransferLine
from stockroom.vocabulary import HoldReason


@dataclass(frozen=True, kw_only=True)
class TravellingHold:
    """A hold of the sending clinic that stands, and the lines of the transfer that it covers."""

    uid: str
    reason: HoldReason
    note: str
    numbers: frozenset[int]


def _statement() -> Any:
    """Holds on a whole lot; and those on goods that lay where they were taken from when they left."""
    lay_there = and_(
        HoldPlace.clinic_id == Line.clinic_id,
        HoldPlace.hold_id == ClinicHold.id,
        HoldPlace.lot_id == Line.lot_id,
        HoldPlace.location_id == Line.from_id,
        HoldPlace.recorded_at <= Movement.recorded_at,
    )
    is_covered = or_(ClinicHold.lot_id == TransferLine.from_lot_id, HoldPlace.hold_id.is_not(None))
    return (
        select(ClinicHold.id, ClinicHold.uid, ClinicHold.reason, ClinicHold.note, TransferLine.n)
        .select_from(Transfer)
        .join(TransferLine, TransferLine.transfer_id == Transfer.id)
        .join(Movement, Movement.id == Transfer.dispatch_movement_id)
        .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(ClinicHold, ClinicHold.clinic_id == Transfer.from_clinic_id)
        .outerjoin(HoldPlace, lay_there)
        .where(
            Transfer.id == bindparam("transfer"),
            # The lot may have been put right while it was on its way.
            func.coalesce(Lot.superseded_by_id, Lot.id) == TransferLine.from_lot_id,
            ClinicHold.released_at.is_(None),
            ClinicHold.reason != HoldReason.RECALL,
            is_covered,
        )
        .distinct()
        .order_by(ClinicHold.id, TransferLine.n)
    )


_HOLDS = _statement()


def travelling_holds(connection: Connection, transfer_id: int) -> tuple[TravellingHold, ...]:
    """Give the holds of the sending clinic that stand on goods of a transfer now, in one statement.

    One that was lifted there meanwhile does not travel; a recall reaches every clinic by itself.
    """
    rows = connection.execute(_HOLDS, {"transfer": transfer_id}).all()
    return tuple(
        TravellingHold(
            uid=uid,
            reason=HoldReason(of_hold[0].reason),
            note=of_hold[0].note,
            numbers=frozenset(row.n for row in of_hold),
        )
        for uid in dict.fromkeys(row.uid for row in rows)
        if (of_hold := [row for row in rows if row.uid == uid])
    )
