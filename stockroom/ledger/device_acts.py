"""How is written down what was done with a device?  One row, which stays."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.named_rows import name_rows
from stockroom.models import DeviceAct
from stockroom.vocabulary import DeviceActKind


def write_device_act(
    work: Work,
    device_id: int,
    kind: DeviceActKind,
    *,
    session_id: int | None = None,
    occurred_at: datetime | None = None,
    serviced_until: date | None = None,
    reason: str = "",
    raw_scan: str | None = None,
    undoes_id: int | None = None,
) -> str:
    """Add the row, as done by the actor, now where no other instant is given, named by the entry; give its uid."""
    uid = new_uid(work.now)
    work.connection.execute(
        insert(DeviceAct).values(
            uid=uid,
            clinic_id=work.clinic_id,
            device_id=device_id,
            kind=kind,
            session_id=session_id,
            occurred_at=occurred_at or work.now,
            recorded_at=work.recorded_at,
            by_id=work.actor.person_id,
            serviced_until=serviced_until,
            reason=reason,
            raw_scan=raw_scan,
            undoes_id=undoes_id,
        )
    )
    name_rows(work, DeviceAct, [uid])
    return uid
