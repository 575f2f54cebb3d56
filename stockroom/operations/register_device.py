"""How does a device come to be known, and what is put right of it: its name, its room, whether it needs service?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import bindparam, insert, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.named_rows import name_rows
from stockroom.models import Device, Location, ReferenceItem
from stockroom.reads.finding import one_by_uid
from stockroom.reads.short_codes import free_short_code, taken_codes
from stockroom.vocabulary import Action, LocationKind

_TAKEN = taken_codes(Device.short_code, Device.clinic_id == bindparam("clinic"))
_LENGTHS = {"name": 100, "manufacturer": 200, "udi_di": 60, "serial": 90}


@dataclass(eq=False, kw_only=True)
class DeviceKnown(Refused):
    """A device with this identifier and serial number is known already."""

    code: ClassVar[str] = "device_known"
    message: ClassVar[str] = extracted(
        "A device with this UDI and serial number is known already: {device}. Look at it, or check the number."
    )
    device: str
    device_uid: str


@dataclass(eq=False, kw_only=True)
class DeviceChanged(Stale):
    """Somebody changed the device since it was read."""

    code: ClassVar[str] = "device_changed"
    message: ClassVar[str] = extracted(
        "This device was changed by somebody else. Look at it again before you change it."
    )
    device: str


@dataclass(frozen=True, kw_only=True)
class DeviceFacts:
    """What is said of a device."""

    kind: str
    """A slug of the reference data's devices, of those that are no needle and no consumable."""
    name: str
    manufacturer: str = ""
    udi_di: str = ""
    serial: str
    room_uid: str | None = None
    needs_service: bool = True


@dataclass(frozen=True, kw_only=True)
class RegisterDevice:
    facts: DeviceFacts
    serviced_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class ChangeDevice:
    """All that is said of it, as it should read from now on."""

    device_uid: str
    version: int
    facts: DeviceFacts


@dataclass(frozen=True, kw_only=True)
class DeviceSaved:
    device_uid: str
    short_code: str
    """For its label."""
    version: int


def register_device(
    store: Store, command: RegisterDevice, *, actor: Actor, key: str, now: datetime
) -> DeviceSaved:
    """Make a device of the clinic known.  Raises InvalidValue, ThingNotFound (its room), DeviceKnown."""
    return perform(
        store,
        Act(kind="device.register", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _register(work, command),
        answer=DeviceSaved,
        actor=actor,
        key=key,
        now=now,
    )


def change_device(
    store: Store, command: ChangeDevice, *, actor: Actor, key: str, now: datetime
) -> DeviceSaved:
    """Put right what is said of a device; what was done with it stays.

    Raises ThingNotFound, DeviceChanged, InvalidValue, DeviceKnown.
    """
    return perform(
        store,
        Act(kind="device.change", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _change(work, command),
        answer=DeviceSaved,
        actor=actor,
        key=key,
        now=now,
    )


def _register(work: Work, command: RegisterDevice) -> DeviceSaved:
    values = _values(work, command.facts, but=0)
    code = free_short_code(work.connection, _TAKEN, clinic=work.clinic_id)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(Device).values(
            uid=uid,
            clinic_id=work.clinic_id,
            short_code=code,
            serviced_until=command.serviced_until,
            hold_reason="",
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
            **values,
        )
    )
    name_rows(work, Device, [uid])
    work.payload.update(
        device=uid,
        kind=command.facts.kind,
        room=command.facts.room_uid,
        needs_service=command.facts.needs_service,
        serviced_until=command.serviced_until,
    )
    return DeviceSaved(device_uid=uid, short_code=code, version=1)


def _change(work: Work, command: ChangeDevice) -> DeviceSaved:
    row = one_by_uid(work.connection, Device, command.device_uid, thing="device", clinic_id=work.clinic_id)
    if row.version != command.version:
        raise DeviceChanged(device=row.uid)
    values = _values(work, command.facts, but=row.id)
    changed = sorted(name for name, value in values.items() if getattr(row, name) != value)
    work.connection.execute(
        update(Device)
        .where(Device.clinic_id == work.clinic_id, Device.id == row.id)
        .values(version=row.version + 1, updated_at=work.recorded_at, **values)
    )
    name_rows(work, Device, [row.uid])
    work.payload.update(device=row.uid, changed=changed, room=command.facts.room_uid)
    return DeviceSaved(device_uid=row.uid, short_code=row.short_code, version=row.version + 1)


def _values(work: Work, facts: DeviceFacts, *, but: int) -> dict[str, object]:
    """The columns that these facts fill.  Raises InvalidValue, ThingNotFound, DeviceKnown."""
    texts = {name: getattr(facts, name).strip() for name in _LENGTHS}
    for name, text in texts.items():
        if len(text) > _LENGTHS[name] or "\x00" in text:
            raise InvalidValue(field=name, problem=f"at most {_LENGTHS[name]} readable characters")
    for name in ("name", "serial"):
        if not texts[name]:
            raise InvalidValue(field=name, problem="a device has a name and a serial number")
    _check_kind(work, facts.kind)
    known = select(Device.name, Device.uid).where(
        Device.clinic_id == work.clinic_id,
        Device.udi_di == texts["udi_di"],
        Device.serial == texts["serial"],
        Device.id != but,
    )
    if (row := work.connection.execute(known).first()) is not None:
        raise DeviceKnown(device=row.name, device_uid=row.uid)
    return {
        **texts,
        "kind": facts.kind,
        "room_id": _room(work, facts.room_uid),
        "needs_service": facts.needs_service,
    }


def _check_kind(work: Work, kind: str) -> None:
    listed = select(ReferenceItem.detail).where(ReferenceItem.kind == "devices", ReferenceItem.slug == kind)
    detail = work.connection.execute(listed).scalar()
    if detail is None or '"kind":"device"' not in detail.replace(" ", ""):
        raise InvalidValue(field="kind", problem=f"{kind[:40]} is not a device of the list")


def _room(work: Work, uid: str | None) -> int | None:
    if uid is None:
        return None
    row = one_by_uid(work.connection, Location, uid, thing="place", clinic_id=work.clinic_id)
    if row.kind != LocationKind.ROOM or row.closed_at is not None:
        raise InvalidValue(field="room_uid", problem="a device stands in a room that is open")
    return int(row.id)
