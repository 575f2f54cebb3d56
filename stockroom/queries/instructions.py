"""What is to be done before a session, and what of it was?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select
from sqlalchemy.orm import aliased

from stockroom.models import Person, ReferenceItem, SessionTick, TreatmentSession


@dataclass(frozen=True, slots=True, kw_only=True)
class InstructionRow:
    """One instruction, and who said when that it was followed."""

    slug: str
    name: str
    instruction: str
    audience: str
    """staff, or patient: she is asked whether she did it."""
    sources: tuple[str, ...]
    is_done: bool
    by: str | None
    at: datetime | None


def instructions_before(
    connection: Connection, clinic_id: int, *, session_uid: str
) -> tuple[InstructionRow, ...]:
    """Give every instruction for before a session with its latest tick in this one; one statement."""
    found: dict[str, Any] = {}
    for row in connection.execute(_rows(), {"clinic": clinic_id, "session": session_uid}):
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
    return (
        select(
            ReferenceItem.slug,
            ReferenceItem.name,
            ReferenceItem.detail,
            ReferenceItem.sources,
            ticked.is_done,
            ticked.recorded_at,
            Person.name.label("by"),
        )
        .select_from(ReferenceItem)
        .outerjoin(ticked, of_session)
        .outerjoin(Person, Person.id == ticked.recorded_by_id)
        .where(ReferenceItem.kind == "before_session")
        .order_by(ReferenceItem.name, ReferenceItem.slug, ticked.id)
    )


def _shown(row: Any) -> InstructionRow:
    detail = json.loads(row.detail)
    return InstructionRow(
        slug=row.slug,
        name=row.name,
        instruction=detail["instruction"],
        audience=detail["audience"],
        sources=tuple(row.sources.split()),
        is_done=bool(row.is_done),
        by=row.by if row.is_done else None,
        at=row.recorded_at if row.is_done else None,
    )
