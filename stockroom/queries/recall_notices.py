"""What do the notices of a recall say, the newest first?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.orm import aliased

from stockroom.models import Person, RecallNotice, Supplier

_received_by = aliased(Person, name="received_by")
_filed_by = aliased(Person, name="filed_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """A notice as it was filed."""

    uid: str
    number: int
    issuer: str
    reference: str
    recall_class: str
    received_at: datetime
    received_how: str
    received_by: str
    answer_by: datetime | None
    supplier_uid: str | None
    supplier: str | None
    asked: str
    note: str
    filed_at: datetime
    filed_by: str


def notices_of_case(connection: Connection, *, case_id: int) -> tuple[NoticeRow, ...]:
    """Give the notices of a case, the newest, which counts, first; one statement."""
    rows = connection.execute(
        select(
            RecallNotice.uid,
            RecallNotice.n.label("number"),
            RecallNotice.issuer,
            RecallNotice.reference,
            RecallNotice.recall_class,
            RecallNotice.received_at,
            RecallNotice.received_how,
            _received_by.name.label("received_by"),
            RecallNotice.answer_by,
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier"),
            RecallNotice.asked,
            RecallNotice.note,
            RecallNotice.recorded_at.label("filed_at"),
            _filed_by.name.label("filed_by"),
        )
        .join(_received_by, _received_by.id == RecallNotice.received_by_id)
        .join(_filed_by, _filed_by.id == RecallNotice.recorded_by_id)
        .outerjoin(Supplier, Supplier.id == RecallNotice.supplier_id)
        .where(RecallNotice.case_id == case_id)
        .order_by(RecallNotice.n.desc())
    )
    return tuple(NoticeRow(**row._mapping) for row in rows)
