"""May a device be used now: not on hold, serviced, and cleaned since the patient before?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from stockroom.errors import Refused, extracted


@dataclass(eq=False, kw_only=True)
class DeviceStopped(Refused):
    """The device may not be used on a patient now; nobody overrides it."""

    code: ClassVar[str] = "device_stopped"
    message: ClassVar[str] = extracted("{device} may not be used now. Take another device.")
    answered_for: ClassVar[bool] = True
    device: str
    device_uid: str


@dataclass(eq=False, kw_only=True)
class DeviceRetired(DeviceStopped):
    code: ClassVar[str] = "device_retired"
    message: ClassVar[str] = extracted("{device} was taken out of use. Take another device.")


@dataclass(eq=False, kw_only=True)
class DeviceOnHold(DeviceStopped):
    code: ClassVar[str] = "device_on_hold"
    message: ClassVar[str] = extracted(
        "{device} is on hold: {reason}. Take another device, or have the hold released."
    )
    reason: str


@dataclass(eq=False, kw_only=True)
class ServiceOverdue(DeviceStopped):
    code: ClassVar[str] = "service_overdue"
    message: ClassVar[str] = extracted(
        "The service of {device} held until {serviced_until}. Take another device, and have this one serviced."
    )
    serviced_until: date


@dataclass(eq=False, kw_only=True)
class ServiceNotKnown(DeviceStopped):
    code: ClassVar[str] = "service_not_known"
    message: ClassVar[str] = extracted(
        "Nobody has written down until when the service of {device} holds. Write it on the page of the device."
    )


@dataclass(eq=False, kw_only=True)
class DeviceNotCleaned(DeviceStopped):
    code: ClassVar[str] = "device_not_cleaned"
    message: ClassVar[str] = extracted(
        "{device} was used on another patient ({used_at}) and was not cleaned since. Clean it, say so, and "
        "take it again."
    )
    used_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeviceState:
    """What is known of a device when somebody wants to use it."""

    uid: str
    name: str
    is_retired: bool
    hold_reason: str
    needs_service: bool
    serviced_until: date | None
    used_at: datetime | None
    """Its last use that stands and after which it was not cleaned; None where it is clean."""
    used_on_patient_id: int | None
    today: date

    @property
    def is_clean(self) -> bool:
        return self.used_at is None

    @property
    def is_overdue(self) -> bool:
        """True where its service has run out, or nobody knows until when it holds."""
        return self.needs_service and (self.serviced_until is None or self.serviced_until < self.today)


def stop_of(state: DeviceState, *, patient_id: int | None) -> DeviceStopped | None:
    """Give what stops the use of a device on a patient; None where nothing does.

    On the patient on whom it was used last it is used again without being cleaned in between.
    """
    said = {"device": state.name, "device_uid": state.uid}
    if state.is_retired:
        return DeviceRetired(**said)
    if state.hold_reason:
        return DeviceOnHold(**said, reason=state.hold_reason)
    if state.needs_service and state.serviced_until is None:
        return ServiceNotKnown(**said)
    if state.is_overdue and state.serviced_until is not None:
        return ServiceOverdue(**said, serviced_until=state.serviced_until)
    if state.used_at is not None and state.used_on_patient_id != patient_id:
        return DeviceNotCleaned(**said, used_at=state.used_at)
    return None
