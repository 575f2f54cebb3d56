"""Which promises does a fact take away, and who is told?  Breakage, count, recall, reversal: each with an alert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import and_, func, select, tuple_

from stockroom.db.transaction import Work
from stockroom.ledger import allocations
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.models import Allocation, Balance, Lot, Patient, TreatmentSession
from stockroom.notices import AlertKind
from stockroom.rules import allocating
from stockroom.rules.allocating import Ending
from stockroom.rules.posting import Line
from stockroom.vocabulary import AllocationState

ALLOCATION_LOST = AlertKind.ALLOCATION_LOST.value
"""The kind of alert that says that something promised is no longer there."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An active allocation with what is needed to end it and promise its remainder anew."""

    promised: allocations.Promised
    lot_uid: str
    lot_number: str
    session_id: int | None
    preparation_id: int | None
    planned_at: datetime | None


def in_clinic(work: Work, clinic_id: int) -> Work:
    """Give the same act as it reaches into another clinic, whose journal head it has locked.

    The ledger's writers file rows under the clinic of the work.  What they look up is kept apart.
    """
    if clinic_id == work.clinic_id:
        return work
    return replace(work, actor=replace(work.actor, clinic_id=clinic_id), known={})


def standing_at(work: Work, places: Iterable[tuple[int, int]]) -> tuple[Standing, ...]:
    """Give the active allocations at these (lot, location) places, in one statement."""
    wanted = set(places)
    if not wanted:
        return ()
    return _standing(work, tuple_(Allocation.lot_id, Allocation.location_id).in_(wanted))


def standing_of(work: Work, lot_ids: Iterable[int]) -> tuple[Standing, ...]:
    """Give the active allocations of these lots at all places, in one statement."""
    return _standing(work, Allocation.lot_id.in_(set(lot_ids)))


def lose_beyond(work: Work, left: Mapping[tuple[int, int], int], *, cause: str) -> tuple[str, ...]:
    """End as lost what can no longer be kept when only `left` base units stay at each (lot, location).

    The latest planned sessions lose first, open preparations last; of an allocation that is lost in
    part, the rest is promised anew.  Call it before the posting that takes the goods.  Gives the uids
    of the allocations that ended.
    """
    by_place: dict[tuple[int, int], list[Standing]] = {}
    for each in standing_at(work, left):
        by_place.setdefault((each.promised.lot_id, each.promised.location_id), []).append(each)
    lost: list[str] = []
    for place, standing in by_place.items():
        by_id = {each.promised.allocation_id: each for each in standing}
        promised = [
            allocating.Allocation(
                allocation_id=each.promised.allocation_id,
                quantity=each.promised.quantity,
                planned_at=each.planned_at,
            )
            for each in standing
        ]
        for ending in allocating.lose(max(left[place], 0), promised):
            lost.append(_end(work, by_id[ending.allocation_id], ending, cause))
    return tuple(lost)


def taken_from(lines: Iterable[Line]) -> dict[tuple[int, int], int]:
    """Sum what lines take of each lot from each place."""
    taken: dict[tuple[int, int], int] = {}
    for line in lines:
        place = (line.lot_id, line.from_id)
        taken[place] = taken.get(place, 0) + line.quantity
    return taken


def left_after(work: Work, taken: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Give what stays of each lot at each place after so much is taken (nothing, at least), in one statement."""
    if not taken:
        return {}
    rows = work.connection.execute(
        select(Balance.lot_id, Balance.location_id, Balance.quantity).where(
            Balance.clinic_id == work.clinic_id,
            tuple_(Balance.lot_id, Balance.location_id).in_(list(taken)),
        )
    )
    on_hand = {(row.lot_id, row.location_id): row.quantity for row in rows}
    return {place: max(on_hand.get(place, 0) - quantity, 0) for place, quantity in taken.items()}


def lose_all(work: Work, standing: Iterable[Standing], *, cause: str) -> tuple[str, ...]:
    """End these allocations as lost, each with an alert.  Gives their uids."""
    ended = []
    for each in standing:
        ending = Ending(
            allocation_id=each.promised.allocation_id,
            state=AllocationState.LOST,
            let_go=each.promised.quantity,
        )
        ended.append(_end(work, each, ending, cause))
    return tuple(ended)


def lose_those_of_others(work: Work, lot_id: int, location_id: int, *, patient_id: int) -> tuple[str, ...]:
    """End as lost what is promised of a vial that is this patient's from now on (id; of merged records the one that
    goes on) to the sessions of others.  Gives their uids; two statements at most.

    What an open cocktail was promised may be drawn already: it is judged when the cocktail is finished.
    """
    standing = [each for each in standing_at(work, [(lot_id, location_id)]) if each.session_id is not None]
    if not standing:
        return ()
    hers = work.connection.execute(
        select(TreatmentSession.id)
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .where(
            TreatmentSession.clinic_id == work.clinic_id,
            TreatmentSession.id.in_([each.session_id for each in standing]),
            func.coalesce(Patient.merged_into_id, Patient.id) == patient_id,
        )
    ).scalars()
    kept = set(hers)
    return lose_all(work, (each for each in standing if each.session_id not in kept), cause="one_patient")


def _standing(work: Work, condition: object) -> tuple[Standing, ...]:
    session = and_(
        TreatmentSession.clinic_id == Allocation.clinic_id, TreatmentSession.id == Allocation.session_id
    )
    rows = work.connection.execute(
        select(
            Allocation.id,
            Allocation.uid,
            Allocation.lot_id,
            Allocation.location_id,
            Allocation.quantity,
            Allocation.session_id,
            Allocation.preparation_id,
            Lot.uid.label("lot_uid"),
            Lot.number,
            TreatmentSession.planned_at,
        )
        .join(Lot, and_(Lot.clinic_id == Allocation.clinic_id, Lot.id == Allocation.lot_id))
        .outerjoin(TreatmentSession, session)
        .where(
            Allocation.clinic_id == work.clinic_id,
            Allocation.state == AllocationState.ACTIVE,
            condition,  # type: ignore[arg-type]
        )
        .order_by(Allocation.id)
    )
    return tuple(
        Standing(
            promised=allocations.Promised(
                allocation_id=row.id,
                uid=row.uid,
                lot_id=row.lot_id,
                location_id=row.location_id,
                quantity=row.quantity,
            ),
            lot_uid=row.lot_uid,
            lot_number=row.number,
            session_id=row.session_id,
            preparation_id=row.preparation_id,
            planned_at=row.planned_at,
        )
        for row in rows
    )


def _end(work: Work, standing: Standing, ending: Ending, cause: str) -> str:
    allocations.lose(work, standing.promised)
    if ending.remainder:
        allocations.allocate(
            work,
            allocations.Promise(
                lot_id=standing.promised.lot_id,
                lot_number=standing.lot_number,
                location_id=standing.promised.location_id,
                quantity=ending.remainder,
                session_id=standing.session_id,
                preparation_id=standing.preparation_id,
            ),
        )
    facts = {"lot": standing.lot_uid, "lost": ending.let_go, "kept": ending.remainder, "cause": cause}
    lost = Raised(
        kind=ALLOCATION_LOST, subject_kind="allocation", subject_uid=standing.promised.uid, facts=facts
    )
    raise_alerts(work, [lost])
    return standing.promised.uid
