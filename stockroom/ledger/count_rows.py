"""How is it written down that somebody went on with a count?  Its version counts every change of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, update

from stockroom.db.base import table_of
from stockroom.db.transaction import Work
from stockroom.models import CountFind, StockCount


def change_count_row(work: Work, count: Row[Any], **values: object) -> int:
    """Write these values and count the change; give the new version."""
    table = table_of(StockCount)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == count.id)
        .values(version=count.version + 1, updated_at=work.recorded_at, **values)
    )
    return int(count.version) + 1


def change_find_row(work: Work, find: Row[Any], **values: object) -> int:
    """Write these values of what somebody found; give its new version."""
    table = table_of(CountFind)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.uid == find.uid)
        .values(version=find.version + 1, **values)
    )
    return int(find.version) + 1
