"""What is still kept for sessions whose day is over, and which alerts of lost promises concern nobody any more?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select

from stockroom.db.columns import written
from stockroom.models import Alert, Allocation, Preparation, TreatmentSession
from stockroom.notices import AlertKind
from stockroom.rules.allocating import is_overdue
from stockroom.vocabulary import CLOSED_SESSION_STATES, AllocationState, PreparationState, SessionState


@dataclass(frozen=True, slots=True, kw_only=True)
class OverdueAllocation:
    """A promise to a session whose day is over."""

    uid: str
    session_uid: str
    planned_at: datetime


def overdue_allocations(
    connection: Connection, clinic_id: int, *, zone: str, now: datetime
) -> tuple[OverdueAllocation, ...]:
    """Give the promises of a clinic that are to be given back; one statement over what is promised now."""
    rows = connection.execute(
        select(
            Allocation.uid,
            TreatmentSession.uid.label("session_uid"),
            TreatmentSession.planned_at,
            TreatmentSession.state,
        )
        .join(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == Allocation.clinic_id,
                TreatmentSession.id == Allocation.session_id,
            ),
        )
        .where(
            Allocation.clinic_id == clinic_id,
            Allocation.state == written(AllocationState.ACTIVE),
            TreatmentSession.planned_at < now,
        )
        .order_by(Allocation.id)
    )
    return tuple(
        OverdueAllocation(uid=row.uid, session_uid=row.session_uid, planned_at=row.planned_at)
        for row in rows
        if is_overdue(row.planned_at, SessionState(row.state), now=now, zone=zone)
    )


def lost_and_over(connection: Connection, clinic_id: int, *, zone: str, now: datetime) -> tuple[str, ...]:
    """Give the unresolved alerts of lost promises whose session or cocktail is over, by uid; two statements."""
    told = {
        row.subject_uid: row.uid
        for row in connection.execute(
            select(Alert.uid, Alert.subject_uid).where(
                Alert.clinic_id == clinic_id,
                Alert.kind == AlertKind.ALLOCATION_LOST,
                Alert.resolved_at.is_(None),
            )
        )
    }
    if not told:
        return ()
    rows = connection.execute(
        select(
            Allocation.uid,
            TreatmentSession.state.label("session_state"),
            TreatmentSession.planned_at,
            Preparation.state.label("preparation_state"),
        )
        .outerjoin(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == Allocation.clinic_id,
                TreatmentSession.id == Allocation.session_id,
            ),
        )
        .outerjoin(
            Preparation,
            and_(Preparation.clinic_id == Allocation.clinic_id, Preparation.id == Allocation.preparation_id),
        )
        .where(Allocation.clinic_id == clinic_id, Allocation.uid.in_(sorted(told)))
    )
    return tuple(
        told[row.uid]
        for row in rows
        if _is_over(row.session_state, row.planned_at, row.preparation_state, zone=zone, now=now)
    )


def _is_over(
    session_state: str | None,
    planned_at: datetime | None,
    preparation_state: str | None,
    *,
    zone: str,
    now: datetime,
) -> bool:
    if session_state is None or planned_at is None:
        return preparation_state != PreparationState.DRAFT
    state = SessionState(session_state)
    return state in CLOSED_SESSION_STATES or is_overdue(planned_at, state, now=now, zone=zone)
