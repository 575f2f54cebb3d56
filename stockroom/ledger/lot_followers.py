"""Which rows name a lot, and follow it when it turns out to be another one?

Lines never do: they are reversed and posted again.  What was counted and what deviated stays written as it was
read at that time; `lot.superseded_by_id` leads on from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import exists, insert, literal, select, update

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.allocations import Promised
from stockroom.ledger.receipt_changes import keep_receipt_lines
from stockroom.models import (
    ClinicHold,
    Container,
    HoldPlace,
    Lot,
    LotAlias,
    PreparationIngredient,
    ReceiptLine,
    Transfer,
    TransferLine,
)
from stockroom.vocabulary import TransferState


def keep_alias(
    work: Work,
    lot_id: int,
    *,
    number: str,
    expires_on: date | None,
    expires_at: datetime | None,
    reason: str,
) -> None:
    """Keep the number and expiry under which a lot was booked, so that it is still found by them."""
    work.connection.execute(
        insert(LotAlias).values(
            uid=new_uid(work.now),
            clinic_id=work.clinic_id,
            lot_id=lot_id,
            number=number,
            expires_on=expires_on,
            expires_at=expires_at,
            reason=reason,
            recorded_at=work.recorded_at,
        )
    )


def hand_over_containers(work: Work, *, old_id: int, new_id: int) -> None:
    """Make the containers of one lot those of another; what the ledger knew of these places is forgotten."""
    work.connection.execute(
        update(Container)
        .where(Container.clinic_id == work.clinic_id, Container.lot_id == old_id)
        .values(lot_id=new_id)
    )
    work.known.pop("places", None)


def hand_over(work: Work, *, old_id: int, new_id: int, line_ids: Mapping[int, int]) -> None:
    """Make receipts, cocktails, transfers and holds that named one lot name another; `line_ids`: old to new."""
    _receipt_lines(work, old_id, new_id, line_ids)
    work.connection.execute(
        update(PreparationIngredient)
        .where(PreparationIngredient.clinic_id == work.clinic_id, PreparationIngredient.lot_id == old_id)
        .values(lot_id=new_id)
    )
    _holds(work, old_id, new_id)
    _transfers(work, old_id, new_id)
    # Whoever was led to the old lot is led to the new one in one step.
    work.connection.execute(
        update(Lot)
        .where(Lot.clinic_id == work.clinic_id, (Lot.id == old_id) | (Lot.superseded_by_id == old_id))
        .values(superseded_by_id=new_id)
    )
    work.connection.execute(
        update(Lot).where(Lot.clinic_id == work.clinic_id, Lot.id == new_id).values(superseded_by_id=None)
    )


def hand_over_promise(work: Work, *, old_id: int, anew: Promised) -> None:
    """Make the open cocktail for which an allocation was made keep the one that took its place, where it lies."""
    work.connection.execute(
        update(PreparationIngredient)
        .where(
            PreparationIngredient.clinic_id == work.clinic_id,
            PreparationIngredient.allocation_id == old_id,
        )
        .values(allocation_id=anew.allocation_id, location_id=anew.location_id)
    )


def _receipt_lines(work: Work, old_id: int, new_id: int, line_ids: Mapping[int, int]) -> None:
    rows = work.connection.execute(
        select(ReceiptLine.id, ReceiptLine.line_id).where(
            ReceiptLine.clinic_id == work.clinic_id, ReceiptLine.lot_id == old_id
        )
    ).all()
    keep_receipt_lines(work, (row.id for row in rows))
    for row in rows:
        work.connection.execute(
            update(ReceiptLine)
            .where(ReceiptLine.id == row.id)
            .values(lot_id=new_id, line_id=line_ids.get(row.line_id, row.line_id))
        )


def _holds(work: Work, old_id: int, new_id: int) -> None:
    work.connection.execute(
        update(ClinicHold)
        .where(
            ClinicHold.clinic_id == work.clinic_id,
            ClinicHold.lot_id == old_id,
            ClinicHold.released_at.is_(None),
        )
        .values(lot_id=new_id)
    )
    covered = HoldPlace.__table__.alias()
    work.connection.execute(
        insert(HoldPlace).from_select(
            ["clinic_id", "hold_id", "lot_id", "location_id", "recorded_at"],
            select(
                HoldPlace.clinic_id,
                HoldPlace.hold_id,
                literal(new_id),
                HoldPlace.location_id,
                literal(work.recorded_at, HoldPlace.recorded_at.type),
            )
            .join(ClinicHold, ClinicHold.id == HoldPlace.hold_id)
            .where(
                HoldPlace.clinic_id == work.clinic_id,
                HoldPlace.lot_id == old_id,
                ClinicHold.released_at.is_(None),
                ~exists().where(
                    covered.c.clinic_id == HoldPlace.clinic_id,
                    covered.c.hold_id == HoldPlace.hold_id,
                    covered.c.lot_id == new_id,
                    covered.c.location_id == HoldPlace.location_id,
                ),
            ),
        )
    )


def lock_transfers(work: Work, lot_ids: Iterable[int]) -> None:
    """Hold the documents of goods of these lots that are on their way, so that nothing arrives meanwhile.

    An arrival locks its document before it reads what the lot is called; take it before `lock_products`,
    as an arrival does.
    """
    of_lots = select(TransferLine.transfer_id).where(TransferLine.from_lot_id.in_(set(lot_ids)))
    on_its_way = select(Transfer.id).where(
        Transfer.from_clinic_id == work.clinic_id,
        Transfer.state == TransferState.DISPATCHED,
        Transfer.id.in_(of_lots),
    )
    work.connection.execute(on_its_way.order_by(Transfer.id).with_for_update()).all()


def _transfers(work: Work, old_id: int, new_id: int) -> None:
    """What is still on its way is told the right name, so that its arrival finds the right lot."""
    new = work.connection.execute(
        select(Lot.number, Lot.expires_on, Lot.expires_at).where(
            Lot.clinic_id == work.clinic_id, Lot.id == new_id
        )
    ).one()
    on_its_way = select(Transfer.id).where(
        Transfer.from_clinic_id == work.clinic_id, Transfer.state == TransferState.DISPATCHED
    )
    work.connection.execute(
        update(TransferLine)
        .where(TransferLine.from_lot_id == old_id, TransferLine.transfer_id.in_(on_its_way))
        .values(lot_number=new.number, expires_on=new.expires_on, expires_at=new.expires_at)
    )
    for column in (TransferLine.from_lot_id, TransferLine.to_lot_id):
        work.connection.execute(update(TransferLine).where(column == old_id).values({column: new_id}))


def write_limits(
    work: Work, *, containers: Mapping[int, datetime | None], lots: Mapping[int, datetime]
) -> None:
    """Write the limits that were reckoned anew, of containers by location id and of prepared lots by id."""
    for location_id, limit in containers.items():
        work.connection.execute(
            update(Container)
            .where(Container.clinic_id == work.clinic_id, Container.location_id == location_id)
            .values(beyond_use_at=limit)
        )
    for lot_id, at in lots.items():
        work.connection.execute(
            update(Lot).where(Lot.clinic_id == work.clinic_id, Lot.id == lot_id).values(beyond_use_at=at)
        )
