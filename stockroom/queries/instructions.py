"""What is to be done before a session, and what of it was?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, case, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Patient, PatientFlag, Person, ReferenceItem, SessionTick, TreatmentSession


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionRow:
    """One instruction, and who said when that it was followed."""

    slug: str
    name: str
    instruction: str
    audience: str
    """staff, or patient: she is asked whether she did it."""
    lasts_from: int | None
    """For how long at least, and at most, before the session, where a source says it."""
    lasts_to: int | None
    lasts_unit: str
    sources: tuple[str, ...]
    is_done: bool
    by: str | None
    at: datetime | None
    is_asked_singly: bool
    """A flag of hers stands to which it speaks: it is not ticked together with the others."""


_FLAG_OF = {"stop-blood-thinners": "anticoagulants"}
"""By instruction the flag with which it is asked by itself: a prescribed medicine is stopped by its prescriber."""


def instructions_before(
    connection: Connection, clinic_id: int, *, session_uid: str, today: date
) -> tuple[InstructionRow, ...]:
    """Give every instruction for before a session with its latest tick in this one; one statement."""
    found: dict[str, Any] = {}
    asked = {"clinic": clinic_id, "session": session_uid, "today": today}
    for row in connection.execute(_rows(), asked):
        found[row.slug] = row  # the latest tick of each comes last
    return tuple(_shown(row) for row in found.values())


@cache
def _rows() -> Any:
    ticked = aliased(SessionTick)
    its_own = select(TreatmentSession.id).where(
        TreatmentSession.clinic_id == bindparam("clinic"), TreatmentSession.uid == bindparam("session")
    )
    of_session = and_(
        ticked.clinic_id == bindparam("clinic"),
        ticked.session_id == its_own.scalar_subquery(),
        ticked.instruction == ReferenceItem.slug,
    )
    flagged = (
        select(PatientFlag.id)
        .join(
            Patient,
            or_(PatientFlag.patient_id == Patient.id, PatientFlag.patient_id == Patient.merged_into_id),
        )
        .join(TreatmentSession, TreatmentSession.patient_id == Patient.id)
        .where(
            TreatmentSession.clinic_id == bindparam("clinic"),
            TreatmentSession.uid == bindparam("session"),
            PatientFlag.flag == case(_FLAG_OF, value=ReferenceItem.slug),
            PatientFlag.from_on <= bindparam("today"),
            or_(PatientFlag.until_on.is_(None), PatientFlag.until_on >= bindparam("today")),
        )
        .correlate(ReferenceItem)
        .exists()
    )
    return (
        select(
            ReferenceItem.slug,
            ReferenceItem.name,
            ReferenceItem.detail,
            ReferenceItem.sources,
            ticked.is_done,
            ticked.recorded_at,
            Person.name.label("by"),
            flagged.label("is_asked_singly"),
        )
        .select_from(ReferenceItem)
        .outerjoin(ticked, of_session)
        .outerjoin(Person, Person.id == ticked.recorded_by_id)
        .where(ReferenceItem.kind == "before_session")
        .order_by(ReferenceItem.name, ReferenceItem.slug, ticked.id)
    )


def _shown(row: Any) -> InstructionRow:
    detail = json.loads(row.detail)
    span = detail.get("duration") or {}
    return InstructionRow(
        slug=row.slug,
        name=row.name,
        instruction=detail["instruction"],
        audience=detail["audience"],
        lasts_from=span.get("lowest"),
        lasts_to=span.get("highest"),
        lasts_unit=span.get("unit", ""),
        sources=tuple(row.sources.split()),
        is_done=bool(row.is_done),
        by=row.by if row.is_done else None,
        at=row.recorded_at if row.is_done else None,
        is_asked_singly=bool(row.is_asked_singly),
    )
