"""In which sessions was a device used, and which devices were used in the sessions of a trace?"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.errors import ThingNotFound
from stockroom.ledger.trace_lots import in_clinics, over
from stockroom.models import Clinic, Device, DeviceAct, Patient, Person, TreatmentSession
from stockroom.queries.finding_by_text import FoundThing, shown
from stockroom.queries.trace_rows import DeviceMet
from stockroom.vocabulary import DeviceActKind

_back = aliased(DeviceAct, name="back")


_MET = Once(
    select(
        Device.uid.label("device_uid"),
        Device.name,
        Device.manufacturer,
        Device.udi_di,
        Device.serial,
        TreatmentSession.uid.label("session_uid"),
        Patient.uid.label("patient_uid"),
        func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id"),
        DeviceAct.occurred_at,
        DeviceAct.recorded_at,
        Person.name.label("by"),
        DeviceAct.clinic_id,
        Clinic.uid.label("clinic_uid"),
        Clinic.name.label("clinic_name"),
        _back.recorded_at.label("taken_back_at"),
    )
    .select_from(DeviceAct)
    .join(Device, and_(Device.clinic_id == DeviceAct.clinic_id, Device.id == DeviceAct.device_id))
    .join(
        TreatmentSession,
        and_(TreatmentSession.clinic_id == DeviceAct.clinic_id, TreatmentSession.id == DeviceAct.session_id),
    )
    .join(Patient, Patient.id == TreatmentSession.patient_id)
    .join(Person, Person.id == DeviceAct.by_id)
    .join(Clinic, Clinic.id == DeviceAct.clinic_id)
    .outerjoin(_back, and_(_back.clinic_id == DeviceAct.clinic_id, _back.undoes_id == DeviceAct.id))
    .where(
        in_clinics(DeviceAct.clinic_id),
        among(DeviceAct.session_id, "ids"),
        DeviceAct.kind == DeviceActKind.USED.value,
    )
    .order_by(DeviceAct.occurred_at, DeviceAct.id)
)


def devices_met(
    connection: Connection, clinic_ids: Collection[int], session_ids: Collection[int], *, as_of: datetime
) -> tuple[DeviceMet, ...]:
    """Give the devices that were used in these sessions, as it was known at an instant; one statement."""
    return tuple(
        DeviceMet(**{name: value for name, value in row._mapping.items() if name != "taken_back_at"})
        for row in over(connection, _MET, clinic_ids, session_ids)
        if _stood(row, as_of)
    )


def sessions_of_device(
    connection: Connection, clinic_ids: Collection[int], *, uid: str, as_of: datetime
) -> tuple[int, ...]:
    """Give the sessions in which a device was used, as it was known at an instant; two statements.

    Raises ThingNotFound.
    """
    device = connection.execute(
        select(Device.id, Device.clinic_id).where(Device.uid == uid, Device.clinic_id.in_(list(clinic_ids)))
    ).one_or_none()
    if device is None:
        raise ThingNotFound(thing="device", uid=uid[:40])
    rows = connection.execute(
        select(DeviceAct.session_id, DeviceAct.recorded_at, _back.recorded_at.label("taken_back_at"))
        .outerjoin(_back, and_(_back.clinic_id == DeviceAct.clinic_id, _back.undoes_id == DeviceAct.id))
        .where(
            DeviceAct.clinic_id == device.clinic_id,
            DeviceAct.device_id == device.id,
            DeviceAct.kind == DeviceActKind.USED.value,
        )
    )
    return tuple(sorted({row.session_id for row in rows if _stood(row, as_of)}))


def _stood(row: Any, as_of: datetime) -> bool:
    return row.recorded_at <= as_of and (row.taken_back_at is None or row.taken_back_at > as_of)


def devices_called(clinic_id: int, text: str) -> Select[Any]:
    """The devices with this serial, identifier or short code."""
    return shown("device", Device.uid, Device.serial, Device.name).where(
        Device.clinic_id == clinic_id,
        or_(Device.serial == text, Device.short_code == text.upper(), Device.udi_di == text),
    )


def device_scanned(
    connection: Connection, clinic_id: int, *, code: str | None, serial: str
) -> tuple[FoundThing, ...]:
    """Give the device that a scanned code and serial name; one statement."""
    found = shown("device", Device.uid, Device.serial, Device.name).where(
        Device.clinic_id == clinic_id, Device.serial == serial
    )
    if code is not None:
        found = found.where(or_(Device.udi_di == code, Device.udi_di == code.lstrip("0")))
    return tuple(FoundThing(**row._mapping) for row in connection.execute(found))
