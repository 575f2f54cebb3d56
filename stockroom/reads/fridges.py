"""Which cocktails keep for less long because they lie in a fridge no longer?  They, and what was mixed from them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from stockroom.db.transaction import Work
from stockroom.ledger.cocktails import take_out_of_fridge
from stockroom.ledger.lot_followers import write_limits
from stockroom.reads.derived_limits import shorter_mixtures
from stockroom.reads.lives import kept_cold


def leave_the_fridge(work: Work, lot_ids: Collection[int], *, at: datetime) -> tuple[str, ...]:
    """Shorten the cocktails among these lots that lay in a fridge until `at`, and what was mixed from them (L11).

    Gives the uids of those that keep for less long; one statement where there is none.
    """
    cold = kept_cold(work.connection, work.clinic_id, lot_ids, at=at)
    shorter = take_out_of_fridge(work, cold, at=at)
    write_limits(work, containers={}, lots=shorter)
    for lot_id in shorter:
        shorten_mixtures(work, lot_id)
    return tuple(row.lot_uid for row in cold if row.lot_id in shorter)


def shorten_mixtures(work: Work, lot_id: int) -> None:
    """Nothing that was mixed from a lot outlives it, or the vial of it that was drawn from (L11)."""
    shorter = shorter_mixtures(work.connection, work.clinic_id, lot_id)
    limits = {made_id: each.new for made_id, each in shorter.items() if each.new is not None}
    write_limits(work, containers={}, lots=limits)
