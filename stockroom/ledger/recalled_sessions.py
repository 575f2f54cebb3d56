"""In which sessions was something of these lots used, and which of them stand on no list of a recall yet?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.models import (
    Line,
    Location,
    ProductHold,
    RecallSession,
    TreatmentSession,
)
from stockroom.vocabulary import LocationKind

_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")


@dataclass(frozen=True, kw_only=True, order=True)
class UsedIn:
    """A session in which some of the lots was used."""

    clinic_id: int
    session_id: int
    patient_id: int


def sessions_not_listed(connection: Connection, case_id: int, lot_ids: Collection[int]) -> tuple[UsedIn, ...]:
    """Give the sessions with a use of these lots that stands, but those on the case's list; one statement."""
    if not lot_ids:
        return ()
    undone = and_(_undone.clinic_id == _reversal.clinic_id, _undone.reverses_line_id == _reversal.id)
    reversal = and_(_reversal.clinic_id == Line.clinic_id, _reversal.reverses_line_id == Line.id)
    listed = and_(
        RecallSession.case_id == case_id,
        RecallSession.clinic_id == Line.clinic_id,
        RecallSession.session_id == Line.session_id,
    )
    rows = connection.execute(
        select(Line.clinic_id, Line.session_id, TreatmentSession.patient_id)
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .join(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .where(
            among(Line.lot_id, "lots"),
            Line.reverses_line_id.is_(None),
            Location.kind == LocationKind.PATIENT,
            ~select(_reversal.id).where(reversal, ~select(_undone.id).where(undone).exists()).exists(),
            ~select(RecallSession.id).where(listed).exists(),
        )
        .distinct(),
        {"lots": tuple(lot_ids)},
    )
    return tuple(sorted(UsedIn(**row._mapping) for row in rows))


def holding_cases(connection: Connection) -> tuple[int, ...]:
    """Give the cases that hold something now; one statement."""
    rows = connection.execute(_HOLDING)
    return tuple(row.case_id for row in rows)


_HOLDING = (
    select(ProductHold.case_id)
    .where(ProductHold.released_at.is_(None), ProductHold.case_id.is_not(None))
    .distinct()
    .order_by(ProductHold.case_id)
)
