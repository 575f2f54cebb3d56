"""Which devices does a clinic have, in which state, and which were used in a session?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import Device, DeviceAct, Location, Person, ReferenceItem, TreatmentSession
from stockroom.queries.paging import is_uid
from stockroom.reads.devices import device_states
from stockroom.rules.devices import DeviceState
from stockroom.vocabulary import DeviceActKind

HISTORY_MAX = 200


@dataclass(frozen=True, kw_only=True)
class DeviceRow:
    """A device, and what of it would stop a use now."""

    id: int
    uid: str
    version: int
    kind: str
    kind_name: str
    name: str
    manufacturer: str
    udi_di: str
    serial: str
    short_code: str
    room_uid: str | None
    room: str
    needs_service: bool
    serviced_until: date | None
    held_at: datetime | None
    hold_reason: str
    retired_at: datetime | None
    state: DeviceState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceActRow:
    """Something that was done with a device."""

    uid: str
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    by: str
    session_uid: str | None
    session_code: str | None
    serviced_until: date | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceUse:
    """A device that was used in a session, also where that was taken back."""

    uid: str
    device_uid: str
    name: str
    kind_name: str
    manufacturer: str
    udi_di: str
    serial: str
    occurred_at: datetime
    by: str
    by_id: int
    taken_back_at: datetime | None
    taken_back_by: str


def devices_of(
    connection: Connection,
    clinic_id: int,
    *,
    today: date,
    uid: str | None = None,
    with_retired: bool = False,
) -> tuple[DeviceRow, ...]:
    """Give the clinic's devices by room and name, or the one that is named; two statements."""
    kind = aliased(ReferenceItem, name="kind_item")
    statement = (
        select(
            Device.__table__,
            func.coalesce(kind.name, Device.kind).label("kind_name"),
            Location.uid.label("room_uid"),
            func.coalesce(Location.name, "").label("room"),
        )
        .outerjoin(kind, and_(kind.kind == "devices", kind.slug == Device.kind))
        .outerjoin(Location, and_(Location.clinic_id == Device.clinic_id, Location.id == Device.room_id))
        .where(Device.clinic_id == clinic_id)
        .order_by(Location.name, Device.name, Device.id)
    )
    if uid is not None:
        statement = statement.where(Device.uid == uid)
    elif not with_retired:
        statement = statement.where(Device.retired_at.is_(None))
    rows = connection.execute(statement).all()
    states = device_states(connection, clinic_id, rows, today=today)
    own = ("clinic_id", "room_id", "created_at", "updated_at")
    return tuple(
        DeviceRow(
            state=states[row.id],
            **{name: value for name, value in row._mapping.items() if name not in own},
        )
        for row in rows
    )


def device(connection: Connection, clinic_id: int, *, uid: str, today: date) -> DeviceRow:
    """Give one device, also a retired one; two statements.  Raises ThingNotFound."""
    found = devices_of(connection, clinic_id, today=today, uid=uid) if is_uid(uid) else ()
    if not found:
        raise ThingNotFound(thing="device", uid=uid[:40])
    return found[0]


def history_of_device(connection: Connection, clinic_id: int, device_id: int) -> tuple[DeviceActRow, ...]:
    """Give what was done with a device, the newest first; one statement."""
    rows = connection.execute(
        select(
            DeviceAct.uid,
            DeviceAct.kind,
            DeviceAct.occurred_at,
            DeviceAct.recorded_at,
            Person.name.label("by"),
            TreatmentSession.uid.label("session_uid"),
            TreatmentSession.short_code.label("session_code"),
            DeviceAct.serviced_until,
            DeviceAct.reason,
        )
        .join(Person, Person.id == DeviceAct.by_id)
        .outerjoin(
            TreatmentSession,
            and_(
                TreatmentSession.clinic_id == DeviceAct.clinic_id,
                TreatmentSession.id == DeviceAct.session_id,
            ),
        )
        .where(DeviceAct.clinic_id == clinic_id, DeviceAct.device_id == device_id)
        .order_by(DeviceAct.id.desc())
        .limit(HISTORY_MAX)
    )
    return tuple(DeviceActRow(**row._mapping) for row in rows)


def devices_used(
    connection: Connection, clinic_id: int, session_ids: Collection[int]
) -> Mapping[int, list[DeviceUse]]:
    """Give by session the devices that were used in it, those taken back too; one statement."""
    found: dict[int, list[DeviceUse]] = {}
    if not session_ids:
        return found
    for row in connection.execute(_used(clinic_id, session_ids)):
        values = {name: value for name, value in row._mapping.items() if name != "session_id"}
        found.setdefault(row.session_id, []).append(
            DeviceUse(**{**values, "taken_back_by": row.taken_back_by or ""})
        )
    return found


def _used(clinic_id: int, session_ids: Collection[int]) -> Any:
    back, taker, kind = aliased(DeviceAct), aliased(Person), aliased(ReferenceItem)
    return (
        select(
            DeviceAct.session_id,
            DeviceAct.uid,
            Device.uid.label("device_uid"),
            Device.name,
            func.coalesce(kind.name, Device.kind).label("kind_name"),
            Device.manufacturer,
            Device.udi_di,
            Device.serial,
            DeviceAct.occurred_at,
            Person.name.label("by"),
            DeviceAct.by_id,
            back.recorded_at.label("taken_back_at"),
            taker.name.label("taken_back_by"),
        )
        .join(Device, and_(Device.clinic_id == DeviceAct.clinic_id, Device.id == DeviceAct.device_id))
        .join(Person, Person.id == DeviceAct.by_id)
        .outerjoin(kind, and_(kind.kind == "devices", kind.slug == Device.kind))
        .outerjoin(back, and_(back.clinic_id == DeviceAct.clinic_id, back.undoes_id == DeviceAct.id))
        .outerjoin(taker, taker.id == back.by_id)
        .where(
            DeviceAct.clinic_id == clinic_id,
            DeviceAct.session_id.in_(sorted(session_ids)),
            DeviceAct.kind == DeviceActKind.USED,
        )
        .order_by(DeviceAct.id)
    )


def device_scanned(
    connection: Connection,
    clinic_id: int,
    *,
    code: str | None,
    serial: str | None,
    text: str,
    today: date,
    short_code: str | None = None,
) -> DeviceRow | None:
    """Give the device that a scan names: by our label, its UDI (code and serial), its serial, or its short code.

    Nothing where none of the clinic's is meant, or it is out of use.
    """
    said = text.strip().casefold()
    for each in devices_of(connection, clinic_id, today=today):
        if short_code is not None:
            is_meant = each.short_code == short_code
        elif code is not None:
            is_meant = each.serial == serial and each.udi_di.lstrip("0") == code.lstrip("0")
        else:
            is_meant = said in (each.serial.casefold(), each.short_code.casefold())
        if is_meant:
            return each
    return None
