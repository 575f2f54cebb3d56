"""What is known of each use beyond its line?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from stockroom.ledger.usages import UsageOf
from stockroom.models import Usage, UsageArea
from stockroom.rules.using import AreaUse
from stockroom.vocabulary import IdentifiedBy


def usages_by_line(connection: Connection, clinic_id: int, line_ids: Iterable[int]) -> dict[int, UsageOf]:
    """Give the usage that stands beside each of these lines, where there is one, in two statements."""
    wanted = set(line_ids)
    areas: dict[int, list[AreaUse]] = {}
    for row in connection.execute(
        select(UsageArea.__table__)
        .where(UsageArea.clinic_id == clinic_id, UsageArea.line_id.in_(wanted))
        .order_by(UsageArea.line_id, UsageArea.area)
    ):
        areas.setdefault(row.line_id, []).append(AreaUse(area=row.area, quantity=row.quantity))
    rows = connection.execute(
        select(Usage.__table__).where(Usage.clinic_id == clinic_id, Usage.line_id.in_(wanted))
    )
    return {
        row.line_id: UsageOf(
            identified_by=IdentifiedBy(row.identified_by),
            technique=row.technique,
            depth_um=row.depth_um,
            indication=row.indication,
            practitioner_id=row.practitioner_id,
            prescriber_id=row.prescriber_id,
            trade_item_id=row.trade_item_id,
            serial=row.serial,
            raw_scan=row.raw_scan,
            areas=tuple(areas.get(row.line_id, ())),
        )
        for row in rows
    }
