"""Which opened vial that serves one patient is spoken for?  What was promised of it to one is nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import Connection, and_, func, select

from stockroom.models import Allocation, PreparationSession, TreatmentSession
from stockroom.reads.mixtures import stands_for
from stockroom.rules.usability import Thing
from stockroom.rules.using import is_dedicated_on_use
from stockroom.vocabulary import AllocationState


def as_promised(
    connection: Connection, clinic_id: int, things: Sequence[Thing], *, patient_id: int | None
) -> tuple[Thing, ...]:
    """Give the things, such a vial as hers to whom it was promised, in a session or for an open cocktail.

    One statement, and none where no such vial was promised to anybody.
    """
    return _spoken_for(connection, clinic_id, things, patient_id, only_drawn=False)


def as_drawn(
    connection: Connection, clinic_id: int, things: Sequence[Thing], *, patient_id: int | None
) -> tuple[Thing, ...]:
    """Give the things, such a vial as hers for whose open cocktail it was drawn from.

    What is only kept for a session gives way to the patient who is here.  One statement at most.
    """
    return _spoken_for(connection, clinic_id, things, patient_id, only_drawn=True)


def _spoken_for(
    connection: Connection,
    clinic_id: int,
    things: Sequence[Thing],
    patient_id: int | None,
    *,
    only_drawn: bool,
) -> tuple[Thing, ...]:
    asked = {
        each.location_id
        for each in things
        if is_dedicated_on_use(each) and each.dedicated_patient_id is None and each.allocated
    }
    if not asked:
        return tuple(things)
    kept_for = and_(
        PreparationSession.clinic_id == Allocation.clinic_id,
        PreparationSession.preparation_id == Allocation.preparation_id,
        PreparationSession.ended_at.is_(None),
    )
    session_id = func.coalesce(Allocation.session_id, PreparationSession.session_id)
    statement = (
        select(Allocation.location_id, stands_for(TreatmentSession.patient_id).label("patient_id"))
        .outerjoin(PreparationSession, kept_for)
        .join(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Allocation.clinic_id, TreatmentSession.id == session_id),
        )
        .where(
            Allocation.clinic_id == clinic_id,
            Allocation.location_id.in_(sorted(asked)),
            Allocation.state == AllocationState.ACTIVE,
        )
        .order_by(Allocation.id)
    )
    if only_drawn:
        statement = statement.where(Allocation.preparation_id.is_not(None))
    others = {
        row.location_id: row.patient_id
        for row in connection.execute(statement)
        if row.patient_id != patient_id
    }
    return tuple(
        replace(each, dedicated_patient_id=others[each.location_id]) if each.location_id in others else each
        for each in things
    )
