"""What must somebody look at, and which deviations wait for a second signature?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.orm import aliased

from stockroom.models import Alert, Deviation, Lot, Movement, Person
from stockroom.queries.paging import PAGE_ROWS, Page, page_of

_signed_by = aliased(Person, name="signed_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An alert; its facts are canonical JSON of uids, codes and numbers."""

    uid: str
    kind: str
    subject_kind: str
    subject_uid: str
    period: str
    facts: str
    raised_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationRow:
    """A rule that an act broke."""

    uid: str
    rule: str
    reason: str
    was_asked: bool
    movement_uid: str
    lot_uid: str
    lot_number: str
    recorded_at: datetime
    recorded_by: str
    signed_at: datetime | None
    signed_by: str | None


def alerts(
    connection: Connection,
    clinic_id: int,
    *,
    with_resolved: bool = False,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[AlertRow]:
    """Give the clinic's alerts, the newest first; one statement.  Raises CursorUnreadable."""
    columns = [getattr(Alert, name) for name in AlertRow.__dataclass_fields__]
    statement: Any = select(*columns).where(Alert.clinic_id == clinic_id)
    if not with_resolved:
        statement = statement.where(Alert.resolved_at.is_(None))
    return page_of(
        connection,
        statement,
        Alert,
        lambda row: AlertRow(**row._mapping),
        after=after,
        limit=limit,
        newest_first=True,
    )


def deviations(
    connection: Connection,
    clinic_id: int,
    *,
    with_signed: bool = False,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[DeviationRow]:
    """Give the clinic's deviations, the newest first; one statement.  Raises CursorUnreadable."""
    statement: Any = (
        select(
            Deviation.uid,
            Deviation.rule,
            Deviation.reason,
            Deviation.was_asked,
            Movement.uid.label("movement_uid"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Deviation.recorded_at,
            Person.name.label("recorded_by"),
            Deviation.signed_at,
            _signed_by.name.label("signed_by"),
        )
        .join(Movement, Movement.id == Deviation.movement_id)
        .join(Lot, Lot.id == Deviation.lot_id)
        .join(Person, Person.id == Deviation.recorded_by_id)
        .outerjoin(_signed_by, _signed_by.id == Deviation.signed_by_id)
        .where(Deviation.clinic_id == clinic_id)
    )
    if not with_signed:
        statement = statement.where(Deviation.signed_at.is_(None))
    return page_of(connection, statement, Deviation, _deviation, after=after, limit=limit, newest_first=True)


def _deviation(row: Row[Any]) -> DeviationRow:
    return DeviationRow(**row._mapping)
