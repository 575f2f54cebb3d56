"""How does a count that several people made come into the books, whole?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.count_rows import change_count_row
from stockroom.ledger.stocktakes import CountBooked, book
from stockroom.reads.agreements import second_person
from stockroom.reads.counted_things import check_lots_in_vials, needs_second, reconciled
from stockroom.reads.stock_counts import as_finds, count_in_work, standing_finds
from stockroom.rules.confirming import check_second
from stockroom.rules.counting import Find, check_bookable, together
from stockroom.vocabulary import Action, CountReason, CountState, SignOnWay


@dataclass(frozen=True, kw_only=True)
class Because:
    """Why one thing differs from the books; in place of what was said before."""

    lot_uid: str
    location_uid: str
    reason: CountReason


@dataclass(frozen=True, kw_only=True)
class ConfirmCount:
    count_uid: str
    version: int
    """The version that was looked through: nothing is booked that nobody has seen."""
    reasons: tuple[Because, ...] = ()
    second_person_uid: str | None = None
    """Who confirms it too; asked for where the differences are more than the clinic tolerates."""
    second_person_way: SignOnWay = SignOnWay.PASSWORD


def confirm_count(
    store: Store, command: ConfirmCount, *, actor: Actor, key: str, now: datetime
) -> CountBooked:
    """Book a count in work as a stocktake: of each thing the difference against the books when it was counted.

    What moved while people counted is reconciled, not refused.  What nobody counted stays as it is in the
    books.  Raises ThingNotFound, CountOver, CountChanged, InvalidValue for a count of nothing, LotElsewhere,
    CountReasonMissing, PartsMoved, CountedVialDiscarded, CountedSince, CountOvertaken, CountUnclear,
    CountNeedsSecondPerson, SecondPersonMayNotConfirm, PartOfPresentation, CodeOnAnotherContainer.
    """
    return perform(
        store,
        Act(kind="count.confirm", action=Action.COUNT),
        command=command,
        body=lambda work: _confirm(work, command),
        answer=CountBooked,
        actor=actor,
        key=key,
        now=now,
    )


def _confirm(work: Work, command: ConfirmCount) -> CountBooked:
    count = count_in_work(work.connection, work.clinic_id, command.count_uid, version=command.version)
    rows = standing_finds(work.connection, work.clinic_id, count.id)
    if not rows:
        raise InvalidValue(field="finds", problem="count something first, or give the count up")
    finds = _with_reasons(rows, command.reasons)
    check_lots_in_vials(work.connection, work.clinic_id, finds)
    things = reconciled(work.connection, work.clinic_id, together(finds))
    check_bookable(things)
    second = second_person(work, command.second_person_uid, way=command.second_person_way)
    why = needs_second(work.connection, work.clinic_id, things)
    check_second(why, second)
    kept = book(
        work,
        things,
        uids={(row.lot_id, row.location_id): (row.lot_uid, row.location_uid) for row in rows},
        second_person_id=None if second is None else second.person_id,
    )
    work.payload.update(
        count=count.uid,
        second_person=command.second_person_uid,
        needed_for=[each.value for each in why],
    )
    change_count_row(
        work,
        count,
        state=CountState.BOOKED,
        stocktake_id=kept.stocktake_id,
        ended_by_id=work.actor.person_id,
    )
    return kept.booked


def _with_reasons(rows: Sequence[Row[Any]], said: Sequence[Because]) -> tuple[Find, ...]:
    """The finds, each with the reason that is given for its thing now, if one is."""
    reasons = {(each.lot_uid, each.location_uid): each.reason for each in said}
    return tuple(
        replace(find, reason=reasons.get((row.lot_uid, row.location_uid), find.reason))
        for row, find in zip(rows, as_finds(rows), strict=True)
    )
