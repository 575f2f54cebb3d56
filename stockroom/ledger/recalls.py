"""How does a recall reach what was mixed from a recalled lot, and how does it let go of it?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select, update

from stockroom.db.transaction import Work
from stockroom.ledger import holds
from stockroom.ledger.lost_promises import in_clinic
from stockroom.models import ClinicHold
from stockroom.vocabulary import HoldReason


def hold_made_lots(work: Work, clinic_by_lot: Mapping[int, int], *, note: str) -> dict[int, int]:
    """Hold prepared lots for a recall, each in its clinic, once however many recalls reach it.

    The work has locked the journals of these clinics.  Gives the lots as they were given, held now.
    """
    held = set(_recall_holds(work, clinic_by_lot))
    for lot_id, clinic_id in clinic_by_lot.items():
        if lot_id not in held:
            new = holds.NewHold(reason=HoldReason.RECALL, note=note, lot_id=lot_id)
            holds.place(in_clinic(work, clinic_id), new)
    return dict(clinic_by_lot)


def let_go(work: Work, lot_ids: Collection[int], *, note: str) -> None:
    """Release the recall holds on these prepared lots.  Which ones no other recall reaches is the caller's."""
    if not lot_ids:
        return
    work.connection.execute(
        update(ClinicHold)
        .where(
            ClinicHold.lot_id.in_(lot_ids),
            ClinicHold.reason == HoldReason.RECALL,
            ClinicHold.released_at.is_(None),
        )
        .values(released_at=work.recorded_at, released_by_id=work.actor.person_id, release_note=note)
    )


def held_made_lots(work: Work) -> frozenset[int]:
    """Give every prepared lot that a recall holds now, in every clinic."""
    held = select(ClinicHold.lot_id).where(
        ClinicHold.reason == HoldReason.RECALL,
        ClinicHold.released_at.is_(None),
        ClinicHold.lot_id.is_not(None),
    )
    return frozenset(lot_id for lot_id in work.connection.execute(held).scalars() if lot_id is not None)


def _recall_holds(work: Work, lot_ids: Collection[int]) -> list[int]:
    if not lot_ids:
        return []
    rows = work.connection.execute(
        select(ClinicHold.lot_id).where(
            ClinicHold.lot_id.in_(lot_ids),
            ClinicHold.reason == HoldReason.RECALL,
            ClinicHold.released_at.is_(None),
        )
    )
    return [lot_id for lot_id in rows.scalars() if lot_id is not None]
