"""Which promises give way when stock is needed elsewhere, and how does each promise end?

Each allocation ends exactly once: used, released or lost (L7).  Where only a part of a session's has to
go, the whole allocation ends and its remainder is promised anew; an open preparation's goes whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from stockroom.clock import civil_date
from stockroom.errors import Conflict, extracted
from stockroom.vocabulary import AllocationState, SessionState

UNDER_WAY = frozenset({SessionState.ARRIVED, SessionState.PREPARING, SessionState.IN_TREATMENT})
_LONGEST_VISIT = timedelta(days=1)
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(eq=False, kw_only=True)
class PromisedElsewhere(Conflict):
    """What is left when every session has given way is still too little."""

    code: ClassVar[str] = "promised_elsewhere"
    message: ClassVar[str] = extracted(
        "What is here of lot {lot_number} is needed for a cocktail that is being prepared, and the rest is too "
        "little. Take another lot, or finish or abandon that cocktail."
    )
    lot_number: str
    on_hand: int
    kept: int
    needed: int


@dataclass(frozen=True, kw_only=True)
class Allocation:
    """A quantity of one lot at one place that is promised; all of one call lie at the same place."""

    allocation_id: int
    quantity: int
    planned_at: datetime | None
    """When the session is to begin; None for an open preparation, which is happening now."""


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How one allocation ends: `used` and `let_go` make up its quantity with `remainder`.

    `remainder` is promised anew to the same session or preparation.
    """

    allocation_id: int
    state: AllocationState
    used: int = 0
    let_go: int = 0
    remainder: int = 0


def give_way(
    needed: int, *, on_hand: int, allocations: Iterable[Allocation], lot_number: str
) -> tuple[Ending, ...]:
    """Say which promises to others give way so that a patient who is here can have `needed`.

    `allocations` leaves out what is promised to whoever asks.  Unpromised stock is taken first, then
    the latest planned session gives way; an open preparation never does, for it is in the syringe.
    The endings are *released*.  Raises PromisedElsewhere.
    """
    promised = tuple(allocations)
    kept = sum(each.quantity for each in promised if each.planned_at is None)
    if needed > on_hand - kept:
        raise PromisedElsewhere(lot_number=lot_number, on_hand=on_hand, kept=kept, needed=needed)
    sessions = [each for each in promised if each.planned_at is not None]
    unpromised = on_hand - sum(each.quantity for each in promised)
    return _end_latest(sessions, needed - unpromised, AllocationState.RELEASED)


def lose(left: int, allocations: Iterable[Allocation]) -> tuple[Ending, ...]:
    """Say which promises are lost when a recorded fact leaves only `left` base units.

    A fact (breakage, count, disposal, recall) is never refused: the latest planned sessions lose
    first, open preparations last and whole.  The endings are *lost*.
    """
    promised = tuple(allocations)
    excess = sum(each.quantity for each in promised) - left
    return _end_latest(promised, excess, AllocationState.LOST)


def settle(allocation: Allocation, used: int) -> Ending:
    """End an allocation by its use: `used` of it is used and the rest let go; more is not its own.

    State *used* when anything was used, else *released*.  Raises ValueError when `used` is negative
    or more than was promised: what is drawn beyond the promise is taken as unpromised stock.
    """
    if not 0 <= used <= allocation.quantity:
        raise ValueError("an allocation is used for no more than it promises")
    return Ending(
        allocation_id=allocation.allocation_id,
        state=AllocationState.USED if used else AllocationState.RELEASED,
        used=used,
        let_go=allocation.quantity - used,
    )


def is_overdue(planned_at: datetime, state: SessionState, *, now: datetime, zone: str) -> bool:
    """Whether what is kept for a session is to be given back: its day in the clinic is over.

    A visit that is under way may run past midnight; a day later nobody is under way any more.
    """
    if civil_date(planned_at, zone) >= civil_date(now, zone):
        return False
    return state not in UNDER_WAY or now - planned_at >= _LONGEST_VISIT


def _end_latest(promised: Iterable[Allocation], excess: int, state: AllocationState) -> tuple[Ending, ...]:
    endings = []
    for each in sorted(promised, key=_gives_way_first, reverse=True):
        if excess <= 0:
            break
        # What is left of an open preparation's promise would not fill its syringe: it goes whole.
        gone = each.quantity if each.planned_at is None else min(excess, each.quantity)
        endings.append(
            Ending(allocation_id=each.allocation_id, state=state, let_go=gone, remainder=each.quantity - gone)
        )
        excess -= gone
    return tuple(endings)


def _gives_way_first(allocation: Allocation) -> tuple[bool, datetime, int]:
    planned_at = allocation.planned_at
    return (planned_at is not None, planned_at or _BEFORE_ALL, allocation.allocation_id)
