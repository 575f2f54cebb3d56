"""Which cocktails keep for less long because they lie in a fridge no longer?  They, and what was mixed from them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from stockroom.db.transaction import Work
from stockroom.ledger.cocktails import take_out_of_fridge
from stockroom.ledger.lot_followers import write_limits
from stockroom.reads.derived_limits import shorter_mixtures
from stockroom.reads.lives import kept_cold
from stockroom.reads.past_uses import Shortened, write_late_uses


@dataclass(frozen=True, kw_only=True)
class LeftFridge:
    """What became of cocktails that lie in a fridge no longer."""

    shortened: tuple[str, ...] = ()
    """The lots, by uid, that keep for less long."""
    late_uses: int = 0
    """Movements that turn out to have used them too late."""


def leave_the_fridge(
    work: Work, lot_ids: Collection[int], *, at: datetime, late_reason: str = ""
) -> LeftFridge:
    """Shorten the cocktails among these lots that lay in a fridge until `at`, and what was mixed from them (L11).

    With `late_reason`, written down only now, a second person signs what was used meanwhile and too late.
    One statement where there is none.
    """
    cold = kept_cold(work.connection, work.clinic_id, lot_ids, at=at)
    shorter = take_out_of_fridge(work, cold, at=at)
    write_limits(work, containers={}, lots=shorter)
    lots = {
        row.lot_id: Shortened(old=row.beyond_use_at, new=shorter[row.lot_id])
        for row in cold
        if row.lot_id in shorter
    }
    for lot_id in shorter:
        lots |= shorten_mixtures(work, lot_id)
    late = 0
    if late_reason:
        # Until then it lay in the fridge, and was within the limit of what does.
        late_then = {lot_id: replace(each, new=max(each.new, at)) for lot_id, each in lots.items()}
        late = write_late_uses(
            work, lots=late_then, containers={}, reason=late_reason, cause="taken_out_of_fridge"
        )
    uids = tuple(row.lot_uid for row in cold if row.lot_id in shorter)
    return LeftFridge(shortened=uids, late_uses=late)


def shorten_mixtures(work: Work, lot_id: int) -> dict[int, Shortened]:
    """Nothing that was mixed from a lot outlives it, or the vial of it that was drawn from (L11).

    Gives the prepared lots whose limit is earlier now.
    """
    shorter = {
        made_id: Shortened(old=each.old, new=each.new)
        for made_id, each in shorter_mixtures(work.connection, work.clinic_id, lot_id).items()
        if each.new is not None
    }
    write_limits(work, containers={}, lots={made_id: each.new for made_id, each in shorter.items()})
    return shorter
