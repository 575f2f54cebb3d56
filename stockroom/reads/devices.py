"""In which state is each device: cleaned since it was used last, and on whom was that?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import DeviceAct, TreatmentSession
from stockroom.reads.mixtures import stands_for
from stockroom.rules.devices import DeviceState
from stockroom.vocabulary import DeviceActKind


def device_states(
    connection: Connection, clinic_id: int, rows: Iterable[Any], *, today: date
) -> dict[int, DeviceState]:
    """Give by id the state of these rows of `device`; one statement, or none."""
    devices = list(rows)
    last = _last_uses(connection, clinic_id, [row.id for row in devices]) if devices else {}
    return {row.id: _state(row, last.get(row.id), today) for row in devices}


def _state(row: Any, use: Any, today: date) -> DeviceState:
    return DeviceState(
        uid=row.uid,
        name=row.name,
        is_retired=row.retired_at is not None,
        hold_reason=row.hold_reason,
        needs_service=row.needs_service,
        serviced_until=row.serviced_until,
        used_at=None if use is None else use.occurred_at,
        used_on_patient_id=None if use is None else use.patient_id,
        today=today,
    )


def _last_uses(connection: Connection, clinic_id: int, device_ids: list[int]) -> dict[int, Any]:
    """The last use of each that stands and that no cleaning follows."""
    back, later = aliased(DeviceAct), aliased(DeviceAct)
    cleaned = (
        select(func.max(later.id))
        .where(
            later.clinic_id == DeviceAct.clinic_id,
            later.device_id == DeviceAct.device_id,
            later.kind == DeviceActKind.CLEANED,
        )
        .correlate(DeviceAct)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(
            DeviceAct.device_id,
            DeviceAct.occurred_at,
            stands_for(TreatmentSession.patient_id).label("patient_id"),
        )
        .join(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == DeviceAct.clinic_id,
                TreatmentSession.id == DeviceAct.session_id,
            ),
        )
        .outerjoin(back, and_(back.clinic_id == DeviceAct.clinic_id, back.undoes_id == DeviceAct.id))
        .where(
            DeviceAct.clinic_id == clinic_id,
            DeviceAct.device_id.in_(sorted(device_ids)),
            DeviceAct.kind == DeviceActKind.USED,
            DeviceAct.id > func.coalesce(cleaned, 0),
            back.id.is_(None),
        )
        .order_by(DeviceAct.id)
    )
    return {row.device_id: row for row in rows}
