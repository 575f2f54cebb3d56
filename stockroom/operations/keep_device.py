"""What is done with a device between patients: cleaned, serviced, held, released, taken out of use?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import Row, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.device_acts import write_device_act
from stockroom.ledger.named_rows import name_rows
from stockroom.models import Device
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action, DeviceActKind

REASON_MAX = 500


@dataclass(eq=False, kw_only=True)
class DeviceNotHeld(Conflict):
    code: ClassVar[str] = "device_not_held"
    message: ClassVar[str] = extracted("{device} is not on hold any more. Nothing was changed.")
    device: str


@dataclass(eq=False, kw_only=True)
class DeviceHeldAlready(Conflict):
    code: ClassVar[str] = "device_held_already"
    message: ClassVar[str] = extracted("{device} is on hold already: {reason}.")
    device: str
    reason: str


@dataclass(eq=False, kw_only=True)
class OutOfUse(Conflict):
    code: ClassVar[str] = "device_out_of_use"
    message: ClassVar[str] = extracted("{device} was taken out of use: nothing more is done with it.")
    device: str


@dataclass(frozen=True, kw_only=True)
class CleanDevice:
    """Whoever sends it has cleaned the device."""

    device_uid: str
    how: str = ""


@dataclass(frozen=True, kw_only=True)
class ServiceDevice:
    """It was serviced, and the service holds until a day."""

    device_uid: str
    serviced_until: date
    by_whom: str = ""


@dataclass(frozen=True, kw_only=True)
class HoldDevice:
    device_uid: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReleaseDevice:
    device_uid: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class RetireDevice:
    """It leaves the clinic for good."""

    device_uid: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DeviceKept:
    device_uid: str
    version: int


def clean_device(store: Store, command: CleanDevice, *, actor: Actor, key: str, now: datetime) -> DeviceKept:
    """Write down that a device was cleaned.  Raises ThingNotFound, OutOfUse, InvalidValue."""
    return _perform(store, "clean", Action.KEEP_DAY, command, _clean, actor=actor, key=key, now=now)


def service_device(
    store: Store, command: ServiceDevice, *, actor: Actor, key: str, now: datetime
) -> DeviceKept:
    """Write down a service and until when it holds.  Raises ThingNotFound, OutOfUse, InvalidValue."""
    return _perform(
        store, "service", Action.MAINTAIN_CLINIC, command, _service, actor=actor, key=key, now=now
    )


def hold_device(store: Store, command: HoldDevice, *, actor: Actor, key: str, now: datetime) -> DeviceKept:
    """Stop a device from being used.  Raises ThingNotFound, OutOfUse, DeviceHeldAlready, InvalidValue."""
    return _perform(store, "hold", Action.HOLD, command, _hold, actor=actor, key=key, now=now)


def release_device(
    store: Store, command: ReleaseDevice, *, actor: Actor, key: str, now: datetime
) -> DeviceKept:
    """Let a device that was held be used again.  Raises ThingNotFound, OutOfUse, DeviceNotHeld, InvalidValue."""
    return _perform(store, "release", Action.RELEASE_HOLD, command, _release, actor=actor, key=key, now=now)


def retire_device(
    store: Store, command: RetireDevice, *, actor: Actor, key: str, now: datetime
) -> DeviceKept:
    """Take a device out of use for good; what was done with it stays.  Raises ThingNotFound, OutOfUse, InvalidValue."""
    return _perform(store, "retire", Action.MAINTAIN_CLINIC, command, _retire, actor=actor, key=key, now=now)


def _perform(
    store: Store,
    kind: str,
    action: Action,
    command: Any,
    do: Callable[[Work, Row[Any], Any], dict[str, object]],
    *,
    actor: Actor,
    key: str,
    now: datetime,
) -> DeviceKept:
    return perform(
        store,
        Act(kind=f"device.{kind}", action=action),
        command=command,
        body=lambda work: _kept(work, command, do),
        answer=DeviceKept,
        actor=actor,
        key=key,
        now=now,
    )


def _kept(work: Work, command: Any, do: Callable[[Work, Row[Any], Any], dict[str, object]]) -> DeviceKept:
    row = one_by_uid(work.connection, Device, command.device_uid, thing="device", clinic_id=work.clinic_id)
    if row.retired_at is not None:
        raise OutOfUse(device=row.name)
    changed = do(work, row, command)
    version = row.version + (1 if changed else 0)
    if changed:
        work.connection.execute(
            update(Device)
            .where(Device.clinic_id == work.clinic_id, Device.id == row.id)
            .values(version=version, updated_at=work.recorded_at, **changed)
        )
        name_rows(work, Device, [row.uid])
    work.payload["device"] = row.uid
    return DeviceKept(device_uid=row.uid, version=version)


def _clean(work: Work, row: Row[Any], command: CleanDevice) -> dict[str, object]:
    write_device_act(work, row.id, DeviceActKind.CLEANED, reason=_text("how", command.how, needed=False))
    return {}


def _service(work: Work, row: Row[Any], command: ServiceDevice) -> dict[str, object]:
    said = _text("by_whom", command.by_whom, needed=False)
    write_device_act(work, row.id, DeviceActKind.SERVICED, serviced_until=command.serviced_until, reason=said)
    work.payload["serviced_until"] = command.serviced_until
    return {"serviced_until": command.serviced_until}


def _hold(work: Work, row: Row[Any], command: HoldDevice) -> dict[str, object]:
    if row.held_at is not None:
        raise DeviceHeldAlready(device=row.name, reason=row.hold_reason)
    reason = _text("reason", command.reason, needed=True)
    write_device_act(work, row.id, DeviceActKind.HELD, reason=reason)
    return {"held_at": work.recorded_at, "hold_reason": reason}


def _release(work: Work, row: Row[Any], command: ReleaseDevice) -> dict[str, object]:
    if row.held_at is None:
        raise DeviceNotHeld(device=row.name)
    write_device_act(
        work, row.id, DeviceActKind.RELEASED, reason=_text("reason", command.reason, needed=True)
    )
    return {"held_at": None, "hold_reason": ""}


def _retire(work: Work, row: Row[Any], command: RetireDevice) -> dict[str, object]:
    reason = _text("reason", command.reason, needed=True)
    held: dict[str, object] = {} if row.held_at else {"held_at": work.recorded_at, "hold_reason": reason}
    write_device_act(work, row.id, DeviceActKind.HELD, reason=reason)
    return {"retired_at": work.recorded_at, **held}


def _text(field: str, text: str, *, needed: bool) -> str:
    said = text.strip()
    if needed and not said:
        raise InvalidValue(field=field, problem="say why")
    if len(said) > REASON_MAX or "\x00" in said:
        raise InvalidValue(field=field, problem=f"at most {REASON_MAX} readable characters")
    return said
