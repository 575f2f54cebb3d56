"""How does a promise begin and end?  Made once, ended exactly once: used, released or lost (L7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import bindparam, select

from stockroom.db.base import table_of
from stockroom.db.built_once import adding_one, changing
from stockroom.db.columns import written
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger import balances
from stockroom.models import Allocation
from stockroom.vocabulary import AllocationState

# Statements of every act, built once.
_KEPT = table_of(Allocation).c
_NAMED = (
    select(_KEPT.id, _KEPT.uid, _KEPT.lot_id, _KEPT.location_id, _KEPT.quantity, _KEPT.state)
    .where(_KEPT.clinic_id == bindparam("clinic"), _KEPT.id.in_(bindparam("ids", expanding=True)))
    .order_by(_KEPT.id)
)
_IS_ACTIVE = _KEPT.state == written(AllocationState.ACTIVE)
_END = changing(Allocation, "clinic_id", "id").where(_IS_ACTIVE)
_OF_SESSION = (
    select(_KEPT.id, _KEPT.uid, _KEPT.lot_id, _KEPT.location_id, _KEPT.quantity)
    .where(_KEPT.clinic_id == bindparam("clinic"), _KEPT.session_id == bindparam("session"), _IS_ACTIVE)
    .order_by(_KEPT.location_id, _KEPT.lot_id, _KEPT.id)
)


@dataclass(eq=False, kw_only=True)
class AllocationEnded(Conflict):
    """The promise was used, released or lost in the meantime."""

    code: ClassVar[str] = "allocation_ended"
    message: ClassVar[str] = extracted(
        "What was kept for this was taken back in the meantime. Scan the lot again."
    )
    allocation: str


@dataclass(frozen=True, kw_only=True)
class Promise:
    """A lot's quantity at a place, for one session or one open preparation."""

    lot_id: int
    lot_number: str
    location_id: int
    quantity: int
    session_id: int | None = None
    preparation_id: int | None = None
    overrides: str = ""
    """What was overridden for it, by whom and why, as canonical JSON; free text never enters a journal (L14)."""


@dataclass(frozen=True, kw_only=True)
class Promised:
    """An allocation as it stands."""

    allocation_id: int
    uid: str
    lot_id: int
    location_id: int
    quantity: int


def allocate(work: Work, promise: Promise) -> Promised:
    """Bind a lot and place.  Raises NotEnoughOnHand when less than that is neither used nor promised."""
    balances.promise(
        work,
        lot_id=promise.lot_id,
        location_id=promise.location_id,
        quantity=promise.quantity,
        lot_number=promise.lot_number,
    )
    uid = new_uid(work.now)
    allocation_id = work.connection.execute(
        adding_one(Allocation),
        {
            "uid": uid,
            "clinic_id": work.clinic_id,
            "lot_id": promise.lot_id,
            "location_id": promise.location_id,
            "quantity": promise.quantity,
            "session_id": promise.session_id,
            "preparation_id": promise.preparation_id,
            "state": AllocationState.ACTIVE,
            "used_quantity": 0,
            "made_at": work.recorded_at,
            "overrides": promise.overrides,
        },
    ).scalar_one()
    return Promised(
        allocation_id=allocation_id,
        uid=uid,
        lot_id=promise.lot_id,
        location_id=promise.location_id,
        quantity=promise.quantity,
    )


def active(work: Work, allocation_ids: Iterable[int]) -> dict[int, Promised]:
    """Give the allocations that are still active, by id.  Raises AllocationEnded when one is not."""
    wanted = set(allocation_ids)
    asked = {"clinic": work.clinic_id, "ids": sorted(wanted)}
    rows = work.connection.execute(_NAMED, asked).all()
    for row in rows:
        if row.state != AllocationState.ACTIVE:
            raise AllocationEnded(allocation=row.uid)
    found = {
        row.id: Promised(
            allocation_id=row.id,
            uid=row.uid,
            lot_id=row.lot_id,
            location_id=row.location_id,
            quantity=row.quantity,
        )
        for row in rows
    }
    if wanted - found.keys():
        raise RuntimeError("a posting consumes a promise that was never made here")
    return found


def end(
    work: Work, promised: Promised, state: AllocationState, *, used: int = 0, movement_id: int | None = None
) -> None:
    """Mark an allocation ended, once.  The balance is the caller's: `release`, `lose` or a posting."""
    done = work.connection.execute(
        _END,
        {
            "its_clinic_id": work.clinic_id,
            "its_id": promised.allocation_id,
            "state": state,
            "used_quantity": used,
            "ended_at": work.recorded_at,
            "ended_by_id": movement_id,
        },
    )
    if done.rowcount != 1:
        raise AllocationEnded(allocation=promised.uid)


def release(work: Work, promised: Promised) -> None:
    """Give a promise back: the goods are available again."""
    balances.withdraw_promise(
        work, lot_id=promised.lot_id, location_id=promised.location_id, quantity=promised.quantity
    )
    end(work, promised, AllocationState.RELEASED)


def lose(work: Work, promised: Promised) -> None:
    """End a promise that a recorded fact (breakage, count, recall) or a patient who is here takes away."""
    balances.withdraw_promise(
        work, lot_id=promised.lot_id, location_id=promised.location_id, quantity=promised.quantity
    )
    end(work, promised, AllocationState.LOST)


def release_of_session(work: Work, session_id: int) -> tuple[str, ...]:
    """Give back everything that is kept for a session; give the uids of what ended."""
    rows = work.connection.execute(_OF_SESSION, {"clinic": work.clinic_id, "session": session_id}).all()
    for row in rows:
        promised = Promised(
            allocation_id=row.id,
            uid=row.uid,
            lot_id=row.lot_id,
            location_id=row.location_id,
            quantity=row.quantity,
        )
        release(work, promised)
    return tuple(row.uid for row in rows)
