"""How does a recall reach what was mixed from a recalled lot, and how does it let go of it?"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import select, update

from stockroom.db.transaction import Work
from stockroom.ledger import holds
from stockroom.ledger.lost_promises import in_clinic
from stockroom.models import ClinicHold
from stockroom.vocabulary import HoldReason

_STANDS = (ClinicHold.reason == HoldReason.RECALL, ClinicHold.released_at.is_(None))


def hold_made_lots(work: Work, clinic_by_lot: Mapping[int, int], *, recall_uid: str, note: str) -> None:
    """Hold prepared lots for a recall, each in its clinic, once for each recall that reaches it.

    The work has locked the journals of these clinics.
    """
    held = set[int | None]()
    if clinic_by_lot:
        known = select(ClinicHold.lot_id).where(
            *_STANDS, ClinicHold.origin_uid == recall_uid, ClinicHold.lot_id.in_(list(clinic_by_lot))
        )
        held.update(work.connection.execute(known).scalars())
    for lot_id, clinic_id in clinic_by_lot.items():
        if lot_id not in held:
            new = holds.NewHold(reason=HoldReason.RECALL, note=note, lot_id=lot_id, origin_uid=recall_uid)
            holds.place(in_clinic(work, clinic_id), new)


def let_go(work: Work, recall_uid: str, *, note: str) -> None:
    """Release the holds that this recall placed on prepared lots, and no others."""
    work.connection.execute(
        update(ClinicHold).where(*_STANDS, ClinicHold.origin_uid == recall_uid).values(_released(work, note))
    )


def held_without_origin(work: Work) -> frozenset[int]:
    """Give the prepared lots whose recall hold does not say which recall placed it: it was placed before they did."""
    held = select(ClinicHold.lot_id).where(
        *_STANDS, ClinicHold.origin_uid.is_(None), ClinicHold.lot_id.is_not(None)
    )
    return frozenset(lot_id for lot_id in work.connection.execute(held).scalars() if lot_id is not None)


def let_go_without_origin(work: Work, lot_ids: Collection[int], *, note: str) -> None:
    """Release the recall holds on these lots that do not say which recall placed them."""
    if not lot_ids:
        return
    work.connection.execute(
        update(ClinicHold)
        .where(*_STANDS, ClinicHold.origin_uid.is_(None), ClinicHold.lot_id.in_(lot_ids))
        .values(_released(work, note))
    )


def _released(work: Work, note: str) -> dict[str, object]:
    return {
        "released_at": work.recorded_at,
        "released_by_id": work.actor.person_id,
        "release_note": note,
    }
