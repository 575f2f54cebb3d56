"""Which promises end with a movement that takes goods, and who is told?  Own ones used, others lost (L7).

Call `settle` before posting, hand what it says to the draft, and call `follow_up` after.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from stockroom.db.transaction import Work
from stockroom.ledger import allocations, facts
from stockroom.ledger.allocations import Promise
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.ledger.lost_promises import ALLOCATION_LOST, Standing, standing_at
from stockroom.rules import allocating


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What a movement takes of one lot at one place."""

    lot_id: int
    lot_number: str
    location_id: int
    on_hand: int
    needed: int
    """Base units that the place has less after it, by the books."""
    promised_to_others: int


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What a draft consumes and takes away, and what is to follow once it is posted."""

    consumes: dict[int, int] = field(default_factory=dict)
    gives_way: frozenset[int] = frozenset()
    lost: tuple[tuple[Standing, allocating.Ending], ...] = ()
    promised_anew: tuple[Promise, ...] = ()


NOTHING = Settlement()


def settle(
    work: Work,
    demands: Sequence[Demand],
    *,
    session_id: int | None = None,
    has_promises: bool = False,
    is_fact: bool = False,
) -> Settlement:
    """Say which promises end when `demands` are taken, in one statement, or none where none is touched.

    The session's own promises are used first.  Asking: unpromised stock is taken, then the latest planned
    session gives way; open preparations never do.  A fact (`is_fact`) is never refused: whatever no
    longer fits is lost.  Raises NotEnoughOnHand and, when asking, PromisedElsewhere.
    """
    for each in demands:
        if each.needed > each.on_hand:
            raise NotEnoughOnHand(lot_number=each.lot_number, wanted=each.needed)
    short = any(each.needed > each.on_hand - each.promised_to_others for each in demands)
    if not short and not has_promises:
        return NOTHING
    standing = standing_at(work, ((each.lot_id, each.location_id) for each in demands))
    facts.remember(work, promises=(each.promised for each in standing))
    parts = [_settle_one(each, standing, session_id, is_fact) for each in demands]
    return Settlement(
        consumes={key: used for part in parts for key, used in part.consumes.items()},
        gives_way=frozenset().union(*(part.gives_way for part in parts)),
        lost=tuple(each for part in parts for each in part.lost),
        promised_anew=tuple(each for part in parts for each in part.promised_anew),
    )


def _settle_one(
    demand: Demand, standing: Iterable[Standing], session_id: int | None, is_fact: bool
) -> Settlement:
    here = [
        each
        for each in standing
        if (each.promised.lot_id, each.promised.location_id) == (demand.lot_id, demand.location_id)
    ]
    own = [each for each in here if session_id is not None and each.session_id == session_id]
    consumes: dict[int, int] = {}
    rest = demand.needed
    for each in own:
        used = min(rest, each.promised.quantity)
        if used:
            consumes[each.promised.allocation_id] = allocating.settle(_as_rule(each), used).used
            rest -= used
    others = [each for each in here if each.promised.allocation_id not in consumes]
    if is_fact:
        endings = allocating.lose(demand.on_hand - demand.needed, map(_as_rule, others))
    elif rest:
        endings = allocating.give_way(
            rest,
            on_hand=demand.on_hand - (demand.needed - rest),
            allocations=map(_as_rule, others),
            lot_number=demand.lot_number,
        )
    else:
        endings = ()
    return _with_endings(demand, consumes, others, endings)


def _with_endings(
    demand: Demand,
    consumes: dict[int, int],
    others: Iterable[Standing],
    endings: Iterable[allocating.Ending],
) -> Settlement:
    by_id = {each.promised.allocation_id: each for each in others}
    ended = tuple((by_id[ending.allocation_id], ending) for ending in endings)
    return Settlement(
        consumes=consumes,
        gives_way=frozenset(each.promised.allocation_id for each, _ in ended),
        lost=ended,
        promised_anew=tuple(
            Promise(
                lot_id=demand.lot_id,
                lot_number=demand.lot_number,
                location_id=demand.location_id,
                quantity=ending.remainder,
                session_id=each.session_id,
                preparation_id=each.preparation_id,
            )
            for each, ending in ended
            if ending.remainder
        ),
    )


def follow_up(work: Work, settlement: Settlement) -> None:
    """After posting: promise remainders anew, say in the journal what was lost, and raise its alerts."""
    for promise in settlement.promised_anew:
        allocations.allocate(work, promise)
    if not settlement.lost:
        return
    work.payload["promises_lost"] = [each.promised.uid for each, _ in settlement.lost]
    raise_alerts(
        work,
        (
            Raised(
                kind=ALLOCATION_LOST,
                subject_kind="allocation",
                subject_uid=each.promised.uid,
                facts={
                    "lot": each.lot_uid,
                    "lost": ending.let_go,
                    "kept": ending.remainder,
                    "cause": work.kind,
                },
            )
            for each, ending in settlement.lost
        ),
    )


def _as_rule(standing: Standing) -> allocating.Allocation:
    return allocating.Allocation(
        allocation_id=standing.promised.allocation_id,
        quantity=standing.promised.quantity,
        planned_at=standing.planned_at,
    )
