"""Are the books of an instant closed?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import ClosedPeriod


def is_closed(connection: Connection, clinic_id: int, at: datetime) -> bool:
    """True when the clinic's newest closed period reaches to `at` or beyond it.  One statement."""
    through_at = connection.execute(
        select(ClosedPeriod.through_at)
        .where(ClosedPeriod.clinic_id == clinic_id)
        .order_by(ClosedPeriod.through_seq.desc())
        .limit(1)
    ).scalar_one_or_none()
    return through_at is not None and at <= through_at
